"""Problem packages as zip archives: unpacking those that cannot be trusted, and packing.

An archive may hold at most 10 000 entries and 1 GiB, counted while it is unpacked. What other tools leave behind
(``.git``, ``.DS_Store``, ``__MACOSX``) is not unpacked; one directory that holds everything is stripped.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from judge.errors import PackageError
from judge.packages.members import BLOCK_BYTES, Member, content, members, refuse
from judge.packages.metadata import FILE as METADATA
from judge.packages.supplement import FILE as SUPPLEMENT
from judge.packages.tree import MOST_DEPTH, MOST_ENTRIES, walk

MOST_BYTES: Final = 1 << 30
"""The most that an archive may unpack to."""

_DOTTED: Final = (".timelimit", SUPPLEMENT)  # what a package holds although its name begins with a dot
_MOST_PATH, _MOST_NAME = 1000, 255  # bytes
# The rule of the format, for what is one of its packages; what is none may have any name that all systems can store.
_FORMAT_NAME: Final = re.compile(r"\.?[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}")
_UNSTORABLE: Final = re.compile(r'[\\:*?"<>|]|[. ]\Z|\A ')
_LEFT_BEHIND: Final = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the first moment that the format of zip archives knows


def unpack(archive: Path | BinaryIO, into: Path, *, strip: bool = True) -> str | None:
    """Unpack an archive that cannot be trusted into the new directory ``into``; the directory that was stripped.

    ``None``: nothing was stripped; without ``strip`` nothing is. Raises :class:`PackageError` naming the entry for
    whatever is not a plain file or directory of a good name, for archives that are too large or contradict themselves;
    then there is no ``into``. It may be there before if it is empty. Raises :class:`OSError` where the disk fails.
    """
    with _opened(archive) as file:
        found = [member for member in members(file, most=MOST_ENTRIES) if _checked(member.path)]
        _check_size(found)
        if not any(not member.directory for member in found):
            raise PackageError("archive", "", "holds no file")
        top = _top(found) if strip else None
        wanted = [(path, member) for member in found if (path := _below(member.path, top))]
        _check_names(wanted)
        _check_collisions(found)
        unfinished = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=into.parent))
        try:
            for path, member in wanted:
                _write(file, member, unfinished / path)
            unfinished.chmod(0o755)
            unfinished.rename(into)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    return top


def pack(directory: Path, archive: Path | BinaryIO, *, top: str | None = None) -> None:
    """Write a package's files as a zip archive, in one directory called ``top`` if that is given.

    Equal content gives equal bytes: names are sorted, times fixed. What ``unpack`` passes over is left out. Raises
    :class:`PackageError` for what is no file or directory, and leads out of the package.
    """
    paths = {path.relative_to(directory).as_posix(): path for path in walk(directory, directory)}
    paths |= {name: directory / name for name in _DOTTED if (directory / name).is_file()}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for name in sorted(paths):
            info = zipfile.ZipInfo(f"{top}/{name}" if top else name, _EPOCH)
            info.create_system, info.external_attr = 3, 0o100644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            info.file_size = paths[name].stat().st_size
            with paths[name].open("rb") as source, made.open(info, "w") as target:
                shutil.copyfileobj(source, target, BLOCK_BYTES)


@contextmanager
def _opened(archive: Path | BinaryIO) -> Iterator[BinaryIO]:
    if not isinstance(archive, Path):
        yield archive
        return
    try:
        file = archive.open("rb")
    except OSError as error:
        raise PackageError(archive.name, "", f"cannot be read: {error.strerror}") from error
    with file:
        yield file


def _checked(path: str) -> bool:
    """Whether the entry is to be unpacked. Raises :class:`PackageError` for a path that no archive may hold."""
    segments = path.split("/")
    if path.startswith("/"):
        refuse(path, "is an absolute path")
    if any(segment in {"", ".", ".."} for segment in segments):
        refuse(path, "is a path with an empty, '.' or '..' part")
    if not path.isprintable() or any(_UNSTORABLE.search(segment) for segment in segments):
        refuse(path, "has a character in its name that is not allowed there")
    if len(segments) > MOST_DEPTH:
        refuse(path, f"lies deeper than {MOST_DEPTH} directories")
    if len(path.encode()) > _MOST_PATH or any(len(segment.encode()) > _MOST_NAME for segment in segments):
        refuse(path, "has too long a name")
    hidden = [segment for segment in segments if segment.startswith(".")]
    return hidden in ([], *([name] for name in _DOTTED)) and not _LEFT_BEHIND.intersection(segments)


def _check_size(found: Iterable[Member]) -> None:
    """What the archive says about itself, before writing anything; that it is true is seen while writing."""
    if sum(member.size_bytes for member in found) > MOST_BYTES:
        raise PackageError("archive", "", f"holds more than {MOST_BYTES >> 20} MiB")


def _top(found: Sequence[Member]) -> str | None:
    """The one directory that everything lies in, if there is one."""
    first = {member.path.split("/", 1)[0] for member in found}
    top = first.pop() if len(first) == 1 else None
    return None if top is None or any(member.path == top and not member.directory for member in found) else top


def _below(path: str, top: str | None) -> str:
    return path if top is None else path[len(top) + 1 :]


def _check_names(wanted: Sequence[tuple[str, Member]]) -> None:
    if not any(path == METADATA for path, _ in wanted):
        return
    for path, member in wanted:
        for name in path.split("/"):
            if not _FORMAT_NAME.fullmatch(name):
                refuse(member.path, "breaks the rule of the format: letters, digits, '_', '.' and '-' only")


def _check_collisions(found: Iterable[Member]) -> None:
    """No two entries are one file somewhere, and no file is a directory too."""
    listed: set[str] = set()
    kinds: dict[str, tuple[str, bool]] = {}
    for member in found:
        if member.path in listed:
            refuse(member.path, "is there twice")
        listed.add(member.path)
        segments = member.path.split("/")
        for depth in range(1, len(segments) + 1):
            path = "/".join(segments[:depth])
            directory = member.directory or depth < len(segments)
            before = kinds.setdefault(unicodedata.normalize("NFC", path).casefold(), (path, directory))
            if before[0] != path:
                refuse(member.path, "collides with another name where letters' case does not count")
            if before[1] != directory:
                refuse(path, "is both a file and a directory")
    if len(kinds) > 2 * MOST_ENTRIES:
        raise PackageError("archive", "", f"needs more than {MOST_ENTRIES} directories that it does not list")


def _write(file: BinaryIO, member: Member, path: Path) -> None:
    if member.directory:
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as target:
        for block in content(file, member):
            target.write(block)
