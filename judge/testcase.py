"""One input with what is expected of it. Data stays on disk until it is needed: packages may be large."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from judge.checkers import Checker
from judge.errors import ArtefactError

_BLOCK_BYTES: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Data:
    """Bytes, held in memory or lying in a file that is read whenever they are asked for (and never kept).

    Iterating gives them in blocks, each time from the beginning.
    """

    source: bytes | Path

    @property
    def size_bytes(self) -> int:
        """How many there are. Raises :class:`ArtefactError` if the file is gone."""
        if isinstance(self.source, bytes):
            return len(self.source)
        try:
            return self.source.stat().st_size
        except OSError as error:
            raise _unreadable(self.source, error) from error

    def read(self) -> bytes:
        """All of them. Raises :class:`ArtefactError` if the file cannot be read."""
        if isinstance(self.source, bytes):
            return self.source
        try:
            return self.source.read_bytes()
        except OSError as error:
            raise _unreadable(self.source, error) from error

    def __iter__(self) -> Iterator[bytes]:
        if isinstance(self.source, bytes):
            yield self.source
            return
        try:
            with self.source.open("rb") as file:
                while block := file.read(_BLOCK_BYTES):
                    yield block
        except OSError as error:
            raise _unreadable(self.source, error) from error


def _unreadable(path: Path, error: OSError) -> ArtefactError:
    return ArtefactError(f"test data cannot be read: {path}: {error.strerror}")


@dataclass(frozen=True, slots=True)
class TestCase:
    """A test of a problem.

    ``name``        unique within the problem
    ``sample``      everybody may see it; otherwise only who may author the problem
    ``group``       the group it counts for, or ``None``; ``weight``: how much in it, beside the others
    ``cpu_ms``      its own CPU limit in place of the problem's, before the language's multiplier; ``None``: none
    ``memory_mib``  its own memory limit in place of the problem's, without the language's allowance; ``None``: none
    ``args``        arguments of the program
    ``checker``     its own checker in place of the problem's; ``None``: none
    ``checker_args``  more arguments for the problem's checker or interactor, where that is a program
    """

    __test__ = False  # the word of the field, no class of tests

    name: str
    input: Data
    expected: Data
    sample: bool = False
    group: str | None = None
    cpu_ms: int | None = None
    memory_mib: int | None = None
    args: tuple[str, ...] = ()
    checker: Checker | None = None
    weight: float = 1.0
    checker_args: tuple[str, ...] = ()
