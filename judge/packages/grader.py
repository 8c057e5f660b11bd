"""What ``testdata.yaml`` of the legacy formats says to the default grader of a directory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from judge.packages.document import Table, describe
from judge.packages.settings import LEGACY_POINTS

_VERDICTS: Final = ("worst_error", "first_error", "always_accept")
_SCORES: Final = ("sum", "avg", "min", "max")
_FLAGS: Final = ("ignore_sample", "accept_if_any_accepted")


class NotSaidError(Exception):
    """What a directory does cannot be said in our words; the text names file and key."""


@dataclass(frozen=True, slots=True)
class Grading:
    """What holds in a directory: its own words, and those of the directories above it.

    Its properties raise :class:`judge.errors.PackageError` for values that the format does not know.
    """

    table: Table
    words: Mapping[str, tuple[Table, object]] = field(default_factory=dict)

    def below(self, table: Table) -> Grading:
        """What holds in a directory below, with this file of its own."""
        own = {name: (table, table.get(name)) for name in LEGACY_POINTS if table.has(name)}
        return Grading(table, {**self.words, **own})

    def not_said(self, key: str, reason: str) -> NotSaidError:
        """The error about one of the words, naming the file that it stands in."""
        table = self.words[key][0] if key in self.words else self.table
        return NotSaidError(f"{table.file}: {key}: {reason}")

    @property
    def breaks(self) -> bool:
        """Whether nothing counts that comes after the first part which is not accepted."""
        table, word = self.words.get("on_reject", (self.table, "break"))
        if word not in {"break", "continue"}:
            table.refuse("on_reject", f"must be break or continue, is {describe(word)}")
        return word == "break"

    @property
    def flags(self) -> tuple[str, ...]:
        """The grader's flags."""
        table, text = self.words.get("grader_flags", (self.table, ""))
        if not isinstance(text, str):
            table.refuse("grader_flags", f"must be text, is {describe(text)}")
        for word in text.split():
            if word not in {*_VERDICTS, *_SCORES, *_FLAGS}:
                table.refuse(
                    "grader_flags", f"unknown flag {word!r}; known: {', '.join((*_VERDICTS, *_SCORES, *_FLAGS))}"
                )
        return tuple(text.split())

    @property
    def custom(self) -> bool:
        """Whether a grader of the package's own is used."""
        table, word = self.words.get("grading", (self.table, "default"))
        if word not in {"default", "custom"}:
            table.refuse("grading", f"must be default or custom, is {describe(word)}")
        return word == "custom"

    @property
    def score(self) -> str:
        """How scores are put together; of several words the last counts."""
        return next((word for word in reversed(self.flags) if word in _SCORES), "sum")

    @property
    def verdict(self) -> str:
        """How verdicts are put together; of several words the last counts."""
        return next((word for word in reversed(self.flags) if word in _VERDICTS), "worst_error")

    def number(self, name: str, default: float) -> float:
        """A finite number."""
        table, value = self.words.get(name, (self.table, default))
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            table.refuse(name, f"must be a number, is {describe(value)}")
        return float(value)

    @property
    def most(self) -> float | None:
        """The upper end of ``range``; ``None``: there is none."""
        table, value = self.words.get("range", (self.table, "-inf +inf"))
        try:
            least, most = map(float, str(value).split())
        except ValueError:
            table.refuse("range", f"must be two numbers with a blank between, is {describe(value)}")
        if not least <= most:
            table.refuse("range", f"must not end below its beginning, is {describe(value)}")
        return most if math.isfinite(most) else None
