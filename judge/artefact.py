"""The directory that a run shows its program at ``/app``: sources as submitted, and what the compiler made of them.

Only the engine writes here, names it has checked, and nothing in it can be written afterwards.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from judge.errors import ArtefactError


class Artefact:
    """``src/`` and ``out/`` in a fresh directory below ``workspace``; removed by :meth:`close`."""

    def __init__(self, workspace: Path, *, sources: Mapping[str, bytes], outputs: Mapping[str, bytes]) -> None:
        """Write everything. Raises :class:`ArtefactError` when the disk refuses or a name is not plain."""
        try:
            self.path = Path(tempfile.mkdtemp(dir=workspace))
            try:
                _fill(self.path / "src", sources, mode=0o444)
                _fill(self.path / "out", outputs, mode=0o555)
                self.path.chmod(0o555)
            except BaseException:
                self.close()
                raise
        except OSError as error:
            raise ArtefactError(f"the compiled program cannot be stored: {error}") from error

    def close(self) -> None:
        """Remove the directory."""
        shutil.rmtree(self.path, ignore_errors=True)


def _fill(directory: Path, files: Mapping[str, bytes], *, mode: int) -> None:
    directory.mkdir()
    for name, content in files.items():
        parts = PurePosixPath(name).parts
        if not parts or PurePosixPath(name).is_absolute() or ".." in parts:
            raise ArtefactError(f"{name!r} cannot stand in a compiled program's directory")
        target = directory.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(descriptor, mode)
    for place, _, _ in os.walk(directory):
        os.chmod(place, 0o555)
