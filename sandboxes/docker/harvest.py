"""Taking files out of an archive of a box that nobody can see from outside, without trusting anything in it."""

from __future__ import annotations

import io
import tarfile
from pathlib import PurePosixPath

from sandboxes.boxfiles import MOST_DEPTH, MOST_FILES, Harvest, check_path, shown
from sandboxes.errors import OutputFileError, SetupError


def unpack(archive: bytes, directory: str, *, most_bytes: int) -> Harvest:
    """All files below ``directory`` of the archive, as :func:`sandboxes.boxfiles.collect` would have found them.

    Raises :class:`SetupError` for what is no archive.
    """
    if not archive:  # there is no such directory
        return Harvest(files={}, refused=())
    files: dict[str, bytes] = {}
    refused: list[str] = []
    left = most_bytes
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as entries:
            for seen, entry in enumerate(entries):
                if seen > MOST_FILES:
                    refused.append(f"{directory}: holds more than {MOST_FILES} names")
                    break
                path = entry.name.removeprefix(f"{directory}/")
                if entry.isdir() or path == entry.name:
                    continue
                try:
                    content = _content(entries, entry, path, left=left)
                except OutputFileError as error:
                    refused.append(f"{shown(path)}: {error.reason}")
                    continue
                files[path] = content
                left -= len(content)
    except tarfile.TarError as error:
        raise SetupError(f"what a container says of its files is no archive: {error}") from error
    return Harvest(files=dict(sorted(files.items())), refused=tuple(refused))


def _content(entries: tarfile.TarFile, entry: tarfile.TarInfo, path: str, *, left: int) -> bytes:
    parts = PurePosixPath(path).parts
    if path.startswith("/") or not parts or ".." in parts:
        raise OutputFileError(path, "does not lie where it should")
    check_path(path)
    if len(parts) > MOST_DEPTH:
        raise OutputFileError(path, f"lies deeper than {MOST_DEPTH} directories")
    if entry.islnk():
        raise OutputFileError(path, "has more than one name")
    if not entry.isreg() or entry.issparse():
        raise OutputFileError(path, "is not a regular file")
    if entry.size > left:
        raise OutputFileError(path, "is larger than what may be taken out")
    reader = entries.extractfile(entry)
    if reader is None:
        raise OutputFileError(path, "is not a regular file")
    return reader.read()
