"""Reading and writing the small files of control groups."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def words(path: Path) -> set[str]:
    """The blank-separated words of a file."""
    return set(path.read_text().split())


def fields(text: str) -> dict[str, int]:
    """The ``name number`` lines of a file's text."""
    return {key: int(value) for key, value in (line.split() for line in text.splitlines()) if value.isdigit()}


def write(path: Path, value: object) -> None:
    """Write in one call, as these files want it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, str(value).encode())
    finally:
        os.close(descriptor)


def write_if_there(path: Path, value: object) -> None:
    """The same for a file that not every kernel has."""
    with contextlib.suppress(FileNotFoundError):
        write(path, value)
