"""The two streams of the command line: answers on standard output, everything about them on standard error."""

from __future__ import annotations

import json
import sys
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

# Wide enough that a table is never cut when nobody's screen sets the width.
_UNLIMITED_COLUMNS: Final = 500


def answers() -> Console:
    """Standard output. Tables are cut to the screen only where there is one."""
    return _console(stderr=False)


def remarks() -> Console:
    """Standard error."""
    return _console(stderr=True)


def table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """An empty table in the house's style; the columns named in ``right`` hold numbers."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def counted(count: int, thing: str) -> str:
    """``1 package``, ``2 packages``."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def one_line(text: str) -> str:
    """Text that somebody else wrote, as a part of a line: nothing in it moves a cursor or begins a line of its own."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in " ".join(text.split())
    )


def print_json(value: object) -> None:
    """One JSON document on standard output, ASCII only so that any terminal and any reader takes it."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")
    sys.stdout.flush()


def write_raw(stdout: bytes, stderr: bytes) -> None:
    """A program's own output, byte for byte, each stream on ours."""
    for stream, content in ((sys.stdout, stdout), (sys.stderr, stderr)):
        stream.flush()
        stream.buffer.write(content)
        stream.buffer.flush()


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _UNLIMITED_COLUMNS
    return Console(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)
