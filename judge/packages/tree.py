"""Walking a package's directories: only names the format allows, nothing outside the package, nothing but files."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from judge.errors import PackageError

MOST_ENTRIES: Final = 10_000
MOST_DEPTH: Final = 16

# What the format lets a package hold for other tools (.git, .gitignore) is as if it were not there.
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}")


def entries(package: Path, directory: Path) -> tuple[list[Path], list[Path]]:
    """The directories and the files in ``directory``, each sorted by name.

    Raises :class:`PackageError` for a link that leads out of the package or nowhere, for a device and the like, and
    for too many entries.
    """
    directories, files = [], []
    try:
        paths = sorted(directory.iterdir(), key=lambda path: path.name)
    except OSError as error:
        raise PackageError(_shown(package, directory), "", f"cannot be read: {error.strerror}") from error
    if len(paths) > MOST_ENTRIES:
        raise PackageError(_shown(package, directory), "", f"holds more than {MOST_ENTRIES} entries")
    for path in paths:
        if not _NAME.fullmatch(path.name):
            continue
        mode = _mode(package, path)
        if stat.S_ISDIR(mode):
            directories.append(path)
        elif stat.S_ISREG(mode):
            files.append(path)
        else:
            raise PackageError(_shown(package, path), "", "is neither a file nor a directory")
    return directories, files


def walk(package: Path, directory: Path, depth: int = 0) -> Iterator[Path]:
    """All files below ``directory``, directories after files, each by name."""
    if depth > MOST_DEPTH:
        raise PackageError(_shown(package, directory), "", f"lies deeper than {MOST_DEPTH} directories")
    directories, files = entries(package, directory)
    yield from files
    for below in directories:
        yield from walk(package, below, depth + 1)


def read(package: Path, path: Path, most_bytes: int) -> bytes:
    """A small file's content. Raises :class:`PackageError` if it is larger."""
    try:
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except OSError as error:
        raise PackageError(_shown(package, path), "", f"cannot be read: {error.strerror}") from error
    if len(content) > most_bytes:
        raise PackageError(_shown(package, path), "", f"is larger than {most_bytes} bytes")
    return content


def _mode(package: Path, path: Path) -> int:
    try:
        if path.is_symlink() and not path.resolve(strict=True).is_relative_to(package.resolve()):
            raise PackageError(_shown(package, path), "", "is a link that leads out of the package")
        return path.stat().st_mode
    except (OSError, RuntimeError) as error:  # RuntimeError: a ring of links
        raise PackageError(_shown(package, path), "", "is a link that leads nowhere") from error


def _shown(package: Path, path: Path) -> str:
    return path.relative_to(package).as_posix()
