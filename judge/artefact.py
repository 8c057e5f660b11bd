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
from pathlib import Path, PurePosixPath
from typing import Final

from judge.errors import ArtefactError

MOST_FILES: Final = 5000
MOST_DEPTH: Final = 20

# Everybody may look and nobody may write, the engine's own users in jails included.
DIRECTORY_MODE: Final = 0o555
FILE_MODE: Final = 0o444
_PROGRAM_MODE: Final = 0o555

# What the kernel can start by itself. Everything else is read by a program of the image.
_MAGIC: Final = (b"\x7fELF", b"#!")


class Artefact:
    """Owns a fresh directory, ``path``, until :meth:`close`."""

    def __init__(self, workspace: Path, *, sources: Mapping[str, bytes], outputs: Mapping[str, bytes]) -> None:
        """Write everything below ``workspace``.

        Raises :class:`ArtefactError` for names that are not plain, for too many files, and when the disk refuses.
        """
        files = artefact_files(sources, outputs)
        try:
            self.path = Path(tempfile.mkdtemp(prefix="program-", dir=workspace))
        except OSError as error:
            raise _refused(error) from error
        try:
            write_artefact(self.path, files)
        except OSError as error:
            self.close()
            raise _refused(error) from error

    def close(self) -> None:
        """Remove the directory. Calling it again changes nothing."""
        for directory, _, _ in os.walk(self.path):  # from the top: who is not root must be able to empty each
            os.chmod(directory, 0o700)
        shutil.rmtree(self.path, ignore_errors=True)


def artefact_files(sources: Mapping[str, bytes], outputs: Mapping[str, bytes]) -> dict[str, bytes]:
    """Relative path in an artefact -> content. Raises :class:`ArtefactError` for what cannot stand in one."""
    for name in (*sources, *outputs):
        _check(name)
    if len(sources) + len(outputs) > MOST_FILES:
        raise ArtefactError(f"{len(sources) + len(outputs)} files are more than a compiled program may have")
    return {f"{root}/{name}": files[name] for root, files in (("src", sources), ("out", outputs)) for name in files}


def artefact_directories(files: Mapping[str, bytes]) -> set[str]:
    """Relative paths of an artefact's directories, its own (``.``) included, each of which has to be made."""
    parents = {str(parent) for name in files for parent in PurePosixPath(name).parents}
    return parents | {".", "src", "out"}


def file_mode(content: bytes) -> int:
    """The permissions of a file in an artefact."""
    return _PROGRAM_MODE if content.startswith(_MAGIC) else FILE_MODE


def write_artefact(root: Path, files: Mapping[str, bytes]) -> None:
    """Fill ``root``, an empty directory, with ``files`` (of :func:`artefact_files`). Raises ``OSError``."""
    directories = [root / name for name in sorted(artefact_directories(files))]
    for directory in directories:  # each comes after the one it is in
        directory.mkdir(exist_ok=directory == root)
    for name, content in files.items():
        write_file(root / name, content, mode=file_mode(content))
    for directory in directories:
        directory.chmod(DIRECTORY_MODE)


def write_file(path: Path, content: bytes, *, mode: int) -> None:
    """Make a new file. Raises ``OSError``, also when something of that name is there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        os.fchmod(descriptor, mode)


def _refused(error: OSError) -> ArtefactError:
    return ArtefactError(f"the compiled program cannot be stored: {error}")


def _check(name: str) -> None:
    segments = name.split("/")
    if len(segments) > MOST_DEPTH or "\0" in name or any(segment in {"", ".", ".."} for segment in segments):
        raise ArtefactError(f"{name!r} cannot stand in a compiled program's directory")
