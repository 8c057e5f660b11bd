"""What a container shows at ``/app``: one artefact at a time, copied.

A mount cannot be handed into a container that may make none. What it does show is a directory of ours, to which only
the engine writes: whoever is inside may only read. Copies, because a file of the compile cache may have one name only.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from sandboxes.errors import SetupError


class AppDirectory:
    """The directory at ``path``, which is made. Nothing may run that sees it while it is changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._shown: Path | None = None
        path.mkdir(parents=True)
        path.chmod(0o755)

    def show(self, artefact: Path | None) -> None:
        """Have it hold what ``artefact`` holds, or nothing. Raises :class:`SetupError`."""
        if artefact == self._shown:
            return
        self._shown = None
        try:
            for entry in list(self.path.iterdir()):
                _remove(entry)
            if artefact is not None:
                _mirror(artefact, self.path)
        except OSError as error:
            raise SetupError(f"{artefact} cannot be shown in a container: {error}") from error
        self._shown = artefact


def _remove(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()


def _mirror(source: Path, target: Path) -> None:
    with os.scandir(source) as entries:
        for entry in entries:
            copy = target / entry.name
            if entry.is_dir(follow_symlinks=False):
                copy.mkdir()
                _mirror(Path(entry.path), copy)
                shutil.copymode(entry.path, copy)
            else:
                shutil.copy2(entry.path, copy, follow_symlinks=False)
