"""What a compilation made, as a directory on the host that jails are shown read-only at ``/app``.

::

    <artefact>/
    ├── src/   the files as they were submitted
    └── out/   what the compiler left

Made by the engine alone, from values: nothing that ran in a jail ever writes here, and no name is believed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from judge.errors import ArtefactError

MOST_FILES: Final = 5000
MOST_DEPTH: Final = 20

# Everybody may look and nobody may write, the engine's own users in jails included.
_DIRECTORY: Final = 0o555
_FILE: Final = 0o444
_PROGRAM: Final = 0o555

# What the kernel can start by itself. Everything else is read by a program of the image.
_MAGIC: Final = (b"\x7fELF", b"#!")


class Artefact:
    """Owns a fresh directory, ``path``, until :meth:`close`."""

    def __init__(self, workspace: Path, *, sources: Mapping[str, bytes], outputs: Mapping[str, bytes]) -> None:
        """Write everything below ``workspace``.

        Raises :class:`ArtefactError` for names that are not plain, for too many files, and when the disk refuses.
        """
        for name in (*sources, *outputs):
            _check(name)
        if len(sources) + len(outputs) > MOST_FILES:
            raise ArtefactError(f"{len(sources) + len(outputs)} files are more than a compiled program may have")
        try:
            self.path = Path(tempfile.mkdtemp(prefix="program-", dir=workspace))
        except OSError as error:
            raise _refused(error) from error
        try:
            _fill(self.path / "src", sources)
            _fill(self.path / "out", outputs)
            self.path.chmod(_DIRECTORY)
        except OSError as error:
            self.close()
            raise _refused(error) from error

    def close(self) -> None:
        """Remove the directory. Calling it again changes nothing."""
        for directory, _, _ in os.walk(self.path):  # from the top: who is not root must be able to empty each
            os.chmod(directory, 0o700)
        shutil.rmtree(self.path, ignore_errors=True)


def _refused(error: OSError) -> ArtefactError:
    return ArtefactError(f"the compiled program cannot be stored: {error}")


def _check(name: str) -> None:
    segments = name.split("/")
    if len(segments) > MOST_DEPTH or "\0" in name or any(segment in {"", ".", ".."} for segment in segments):
        raise ArtefactError(f"{name!r} cannot stand in a compiled program's directory")


def _fill(root: Path, files: Mapping[str, bytes]) -> None:
    root.mkdir()
    directories = {root}
    for name, content in files.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(descriptor, _PROGRAM if content.startswith(_MAGIC) else _FILE)
        directories.update(parent for parent in target.parents if parent.is_relative_to(root))
    for directory in directories:
        directory.chmod(_DIRECTORY)
