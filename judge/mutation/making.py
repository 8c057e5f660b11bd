"""From a program to its mutants."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePosixPath
from typing import Final

from judge.mutation.edit import Edit, Replacement
from judge.mutation.grammar import MUTABLE
from judge.mutation.mutant import Mutant
from judge.mutation.operator import Operator
from judge.mutation.operators import OPERATORS
from judge.mutation.selection import round_robin, spread
from judge.mutation.syntax import Syntax
from judge.source import Source

_HEADERS: Final = {"c": (".h",), "cpp": (".h", ".hpp", ".hh")}
_BREAK: Final = re.compile(rb"\n")


def mutable(source: Source) -> bool:
    """Whether mutants can be made of a program: whether its language is one that is parsed here."""
    return source.language.id in MUTABLE


def mutants(source: Source, *, most: int | None = None) -> tuple[Mutant, ...]:
    """Programs that differ from ``source`` in one small mistake each, at most so many (``None``: all there are).

    Always the same ones in the same order: the operators take turns, and each one's mutants are spread over the
    program, so that the first few stand for all. No two have the same text, and none that of ``source``. Raises
    ``ValueError`` for a program that is not :func:`mutable`.
    """
    if not mutable(source):
        raise ValueError(f"no mutants are made of programs in {source.language.name}")
    files = [_File(source, path) for path in _changeable(source)]
    groups = [spread([mutant for file in files for mutant in file.mutants(operator)]) for operator in OPERATORS]
    return tuple(islice(round_robin(groups), most))


def _changeable(source: Source) -> Iterator[str]:
    """Paths of the files in the program's language, the main file first."""
    endings = (*source.language.extensions, *_HEADERS.get(source.language.id, ()))
    for path in sorted(source.files, key=lambda path: (path != source.entrypoint, path)):
        if PurePosixPath(path).suffix.lower() in endings:
            yield path


class _File:
    """One file of a program, and the changes that were made to it already."""

    def __init__(self, source: Source, path: str) -> None:
        self._source = source
        self._path = path
        self._text = source.files[path]
        self._syntax = Syntax(self._text, source.language.id)
        self._lines = [0, *(found.end() for found in _BREAK.finditer(self._text))]
        self._begin = len(self._text) - len(self._text.lstrip())
        self._end = len(self._text.rstrip())
        self._seen: set[tuple[Replacement, ...]] = {()}

    def mutants(self, operator: Operator) -> Iterator[Mutant]:
        """Those of one operator that no earlier one made."""
        for edit in OPERATORS[operator](self._syntax):
            change = edit.canonical(self._text)
            if change not in self._seen and not self._empties(change):
                self._seen.add(change)
                yield self._mutant(operator, edit)

    def _empties(self, change: tuple[Replacement, ...]) -> bool:
        first, last = change[0], change[-1]
        return first.start <= self._begin and last.end >= self._end and not any(each.text.strip() for each in change)

    def _mutant(self, operator: Operator, edit: Edit) -> Mutant:
        start = edit.replacements[0].start
        line = bisect_right(self._lines, start)
        return Mutant(
            operator=operator,
            file=self._path,
            line=line,
            column=len(_decoded(self._text[self._lines[line - 1] : start])) + 1,
            before=_decoded(self._text[slice(*edit.shown)]),
            after=_decoded(edit.after(self._text)),
            original=self._source,
            replacements=edit.replacements,
            advice=edit.advice,
            complaint=edit.complaint,
        )


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "replace")
