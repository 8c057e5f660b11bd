"""Entries of the compile cache that nothing was compiled for, and the processes that use them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from judge.cache.entry import seal, write_entry
from judge.cache.record import Record
from judge.cache.shelf import Shelf

PROJECT = Path(__file__).parents[3]
FILES = {"src/main.c": b"int main;", "src/lib/x.h": b"", "out/main": b"\x7fELF" + bytes(300_000)}
CHARGE_BYTES = 100_000


@pytest.fixture
def files() -> dict[str, bytes]:
    """A compiled program."""
    return dict(FILES)


@pytest.fixture
def record() -> Callable[..., Record]:
    """A record of a compilation that left :func:`files`, with changes."""

    def make(**changes: object) -> Record:
        fields: dict[str, object] = {
            "key": "k" * 64,
            "charge_bytes": CHARGE_BYTES,
            "seal": seal(FILES),
            "content_bytes": sum(map(len, FILES.values())),
            "message": None,
            "exit_code": 0,
            "stdout": b"",
            "stderr": b"\xff warning",
            "wall_ms": 1.5,
            "cpu_ms": None,
            "memory_bytes": 1 << 20,
            "output_truncated": False,
        }
        return Record(**fields | changes)  # type: ignore[arg-type] # the test's own business

    return make


@pytest.fixture
def put(record: Callable[..., Record]) -> Callable[..., bool]:
    """Put an entry of a name on a shelf; whether it is there for all to find."""

    def write(shelf: Shelf, name: str, charge_bytes: int = CHARGE_BYTES) -> bool:
        lease = shelf.make(charge_bytes)
        if lease is None:
            return False
        write_entry(lease.path, record(key=name, charge_bytes=charge_bytes), FILES)
        placed = shelf.place(lease, name)
        lease.close()
        return placed

    return write


@contextmanager
def started(what: str, directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another engine's process that does ``what`` (see ``other_engine.py``) and has said that it is about it."""
    argv = [sys.executable, str(Path(__file__).with_name("other_engine.py")), what, str(directory)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, env=environment) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield process
        finally:
            process.kill()


@pytest.fixture
def other_engine() -> Callable[[str, Path], AbstractContextManager[subprocess.Popen[bytes]]]:
    return started
