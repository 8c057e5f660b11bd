"""Files of a package in another format. Paths in it come from its author and are never trusted to stay inside."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from judge.errors import PackageError
from judge.packages.tree import MOST_DEPTH, MOST_ENTRIES


class Foreign:
    """The files of a directory, by path relative to it; whatever begins with a dot is as if it were not there.

    Raises :class:`PackageError` for a link that leads out of the directory or nowhere, for devices and the like, and
    for too many or too deep entries.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: Mapping[str, Path] = dict(sorted(_walk(root)))

    def get(self, path: str) -> Path | None:
        """The file that a path of the package (with either slash) means; ``None`` where there is none."""
        plain = PurePosixPath(path.replace("\\", "/"))
        return self.files.get(plain.as_posix())

    def below(self, directory: str) -> dict[str, Path]:
        """The files in a directory and below it, by their path in it."""
        start = directory.strip("/") + "/"
        return {name[len(start) :]: path for name, path in self.files.items() if name.startswith(start)}

    def read(self, path: str, most_bytes: int = 1 << 20) -> bytes:
        """A small file's content. Raises :class:`PackageError` if it is missing or larger."""
        file = self.get(path)
        if file is None:
            raise PackageError(path, "", "is missing")
        try:
            with file.open("rb") as stream:
                content = stream.read(most_bytes + 1)
        except OSError as error:
            raise PackageError(path, "", f"cannot be read: {error.strerror}") from error
        if len(content) > most_bytes:
            raise PackageError(path, "", f"is larger than {most_bytes} bytes")
        return content


def _walk(root: Path) -> list[tuple[str, Path]]:
    found: list[tuple[str, Path]] = []
    entries = 0
    inside = root.resolve()
    pending = [(root, 0)]
    while pending:
        directory, depth = pending.pop()
        shown = directory.relative_to(root).as_posix()
        if depth > MOST_DEPTH:
            raise PackageError(shown, "", f"lies deeper than {MOST_DEPTH} directories")
        try:
            names = os.listdir(directory)
        except OSError as error:
            raise PackageError(shown, "", f"cannot be read: {error.strerror}") from error
        entries += len(names)
        if entries > MOST_ENTRIES:
            raise PackageError(shown, "", f"holds more than {MOST_ENTRIES} entries")
        for name in names:
            path = directory / name
            if name.startswith("."):
                continue
            shown = path.relative_to(root).as_posix()
            mode = _mode(path, shown, inside)
            if stat.S_ISDIR(mode):
                pending.append((path, depth + 1))
            elif stat.S_ISREG(mode):
                found.append((shown, path))
            else:
                raise PackageError(shown, "", "is neither a file nor a directory")
    return found


def _mode(path: Path, shown: str, inside: Path) -> int:
    try:
        if path.is_symlink() and not path.resolve(strict=True).is_relative_to(inside):
            raise PackageError(shown, "", "is a link that leads out of the package")
        return path.stat().st_mode
    except (OSError, RuntimeError) as error:  # RuntimeError: a ring of links
        raise PackageError(shown, "", "is a link that leads nowhere") from error
