"""A program with one small mistake put into it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import Final

from judge.mutation.edit import Replacement, replaced
from judge.mutation.operator import Operator
from judge.source import Source

_SHOWN_CHARACTERS: Final = 60
_NOTHING: Final = frozenset({"", ";", "pass", "{}"})


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake, and by it the whole program with the mistake.

    ``file``      path of the changed file in the program; ``line``, ``column``: where the change begins, both from 1,
                  columns in characters
    ``before``    the changed piece of the program as it was, ``after``: as it is; may be empty, may be several lines
    ``original``  the program without the mistake; ``replacements``: what is changed in the file
    ``advice``    what a test would have to be like that notices it, to go after "add a test"
    ``complaint`` what no test does as long as it lives, to go after "No test"; ``None``: the general words
    """

    operator: Operator
    file: str
    line: int
    column: int
    before: str
    after: str
    original: Source
    replacements: tuple[Replacement, ...]
    advice: str
    complaint: str | None = None

    @property
    def source(self) -> Source:
        """The program with the mistake, made anew each time."""
        files = self.original.files
        return replace(self.original, files={**files, self.file: replaced(files[self.file], self.replacements)})

    @property
    def diff(self) -> str:
        """The change as a unified diff of the file."""
        text = self.original.files[self.file]
        old, new = (
            side.decode("utf-8", "replace").splitlines(keepends=True)
            for side in (text, replaced(text, self.replacements))
        )
        lines = difflib.unified_diff(old, new, f"a/{self.file}", f"b/{self.file}", n=2)
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)

    @property
    def hint(self) -> str:
        """One sentence on the test that is missing as long as this mutant lives."""
        before, after = shortened(self.before), shortened(self.after)
        complaint = self.complaint
        if complaint is None:
            gone = after in _NOTHING
            complaint = f"misses `{before}`" if gone else f"tells `{before}` from `{after}`"
        return f"No test {complaint} at line {self.line}: add a test {self.advice}"


def shortened(text: str) -> str:
    """The text on one line of a bearable length."""
    words = " ".join(text.split())
    return words if len(words) <= _SHOWN_CHARACTERS else f"{words[: _SHOWN_CHARACTERS - 1]}…"
