"""Another engine on the same shelf, until it is killed: ``hold`` uses the entry ``a``, ``make`` makes entries.

Says ``ready`` when it has begun.
"""

from __future__ import annotations

import itertools
import sys
import time
from pathlib import Path

from judge.cache.entry import seal, write_entry
from judge.cache.record import Record
from judge.cache.shelf import Shelf

FILES = {f"out/{number}": bytes(10_000) for number in range(200)}


def hold(shelf: Shelf) -> None:
    """Use an entry."""
    lease = shelf.find("a")
    assert lease is not None
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    time.sleep(600)


def make(shelf: Shelf) -> None:
    """Make one entry after the other."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for number in itertools.count():
        lease = shelf.make(1000)
        assert lease is not None
        record = Record(
            key=str(number),
            charge_bytes=1000,
            seal=seal(FILES),
            content_bytes=sum(map(len, FILES.values())),
            message=None,
            exit_code=0,
            stdout=b"",
            stderr=b"",
            wall_ms=1,
            cpu_ms=1,
            memory_bytes=1,
            output_truncated=False,
        )
        write_entry(lease.path, record, FILES)
        shelf.place(lease, record.key)
        lease.close()


if __name__ == "__main__":
    {"hold": hold, "make": make}[sys.argv[1]](Shelf(Path(sys.argv[2]), limit_bytes=10**9))
