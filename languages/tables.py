"""Reading a TOML table strictly: every key has one type, none may be missing, none may be left over.

A :class:`Table` knows the file and the dotted key it stands at, so that each refusal can name both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn, TypeVar

from languages.errors import LanguageError

Value = TypeVar("Value")

_WORDS = {str: "a string", int: "an integer", float: "a number", bool: "true or false", dict: "a table", list: "a list"}


@dataclass(slots=True)
class Table:
    """One table of a language file. Call :meth:`finish` when every known key has been asked for."""

    file: str
    key: str
    content: Mapping[str, object]
    asked: set[str] = field(default_factory=set)

    def at(self, name: str) -> str:
        """The dotted key of an entry."""
        return f"{self.key}.{name}" if self.key else name

    def refuse(self, name: str, reason: str) -> NoReturn:
        """Raise :class:`LanguageError` about an entry."""
        raise LanguageError(self.file, self.at(name), reason)

    def has(self, name: str) -> bool:
        """Whether the optional entry is there."""
        self.asked.add(name)
        return name in self.content

    def text(self, name: str, *, empty: bool = False) -> str:
        """A string; an empty one only where that means something."""
        value = self._take(name, str)
        if not value and not empty:
            self.refuse(name, "must not be empty")
        return value

    def matching(self, name: str, pattern: re.Pattern[str]) -> str:
        """A string that matches the pattern as a whole."""
        value = self.text(name)
        if not pattern.fullmatch(value):
            self.refuse(name, f"{value!r} does not match {pattern.pattern}")
        return value

    def regex(self, name: str, text: str) -> re.Pattern[str]:
        """The regular expression that ``text``, found at ``name``, is; multi-line."""
        try:
            return re.compile(text, re.MULTILINE)
        except (re.error, OverflowError) as error:
            raise LanguageError(self.file, self.at(name), f"is no regular expression: {error}") from error

    def truth(self, name: str) -> bool:
        """A boolean."""
        return self._take(name, bool)

    def positive(self, name: str) -> int:
        """An integer above zero."""
        value = self._take(name, int)
        if value <= 0:
            self.refuse(name, f"must be above zero, is {value}")
        return value

    def natural(self, name: str) -> int:
        """An integer, zero or more."""
        value = self._take(name, int)
        if value < 0:
            self.refuse(name, f"must not be negative, is {value}")
        return value

    def factor(self, name: str) -> float:
        """A number above zero."""
        value = float(self._take(name, float))
        if not 0 < value < float("inf"):
            self.refuse(name, f"must be a number above zero, is {value}")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings, none of them empty."""
        return tuple(self._item(name, index, value) for index, value in enumerate(self._take(name, list)))

    def vectors(self, name: str) -> tuple[tuple[str, ...], ...]:
        """A list of non-empty lists of strings: argument vectors."""
        vectors = []
        for index, value in enumerate(self._take(name, list)):
            where = f"{name}[{index}]"
            if not isinstance(value, list):
                self.refuse(where, f"must be a list of strings, is {_describe(value)}")
            if not value:
                self.refuse(where, "must not be empty")
            vectors.append(tuple(self._item(where, place, item) for place, item in enumerate(value)))
        return tuple(vectors)

    def mapping(self, name: str) -> dict[str, str]:
        """A table of strings under free names; a missing one is empty."""
        if not self.has(name):
            return {}
        table = self.table(name)
        return {key: table.text(key, empty=True) for key in table.content}

    def table(self, name: str) -> Table:
        """A table below this one."""
        return Table(self.file, self.at(name), self._take(name, dict))

    def tables(self, name: str) -> Iterator[Table]:
        """An array of tables; a missing one is empty."""
        if not self.has(name):
            return
        for index, value in enumerate(self._take(name, list)):
            where = f"{name}[{index}]"
            if not isinstance(value, dict):
                self.refuse(where, f"must be a table, is {_describe(value)}")
            yield Table(self.file, self.at(where), value)

    def finish(self) -> None:
        """Raise :class:`LanguageError` if the table has an entry that nobody asked for."""
        for name in self.content:
            if name not in self.asked:
                self.refuse(name, f"unknown key; known here: {', '.join(sorted(self.asked))}")

    def _item(self, name: str, index: int, value: object) -> str:
        where = f"{name}[{index}]"
        if not isinstance(value, str):
            self.refuse(where, f"must be a string, is {_describe(value)}")
        if not value:
            self.refuse(where, "must not be empty")
        return value

    def _take(self, name: str, kind: type[Value]) -> Value:
        if not self.has(name):
            self.refuse(name, "is missing")
        value = self.content[name]
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return kind(value)  # type: ignore[call-arg] # float(int), which the type variable cannot say
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.refuse(name, f"must be {_WORDS[kind]}, is {_describe(value)}")
        return value


def _describe(value: object) -> str:
    return _WORDS.get(type(value), f"a {type(value).__name__}")
