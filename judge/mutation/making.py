"""From a program to its mutants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import PurePosixPath
from typing import Final

from judge.mutation.edit import Edit
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
    found = round_robin(spread(group) for group in _by_operator(source).values())
    return tuple(islice(found, most))


def _by_operator(source: Source) -> dict[Operator, list[Mutant]]:
    files = [(path, Syntax.parse(source.files[path], source.language.id)) for path in _changeable(source)]
    seen = {(path, syntax.text) for path, syntax in files}
    groups: dict[Operator, list[Mutant]] = {}
    for operator, made in OPERATORS.items():
        groups[operator] = []
        for path, syntax in files:
            for edit in made(syntax):
                text = edit.apply(syntax.text)
                if (path, text) not in seen and text.strip():
                    seen.add((path, text))
                    groups[operator].append(_mutant(source, path, operator, edit=edit))
    return groups


def _changeable(source: Source) -> Iterator[str]:
    """Paths of the files in the program's language, the main file first."""
    endings = (*source.language.extensions, *_HEADERS.get(source.language.id, ()))
    for path in sorted(source.files, key=lambda path: (path != source.entrypoint, path)):
        if PurePosixPath(path).suffix.lower() in endings:
            yield path


def _mutant(source: Source, path: str, operator: Operator, *, edit: Edit) -> Mutant:
    text = source.files[path]
    start = edit.replacements[0].start
    line_start = text.rfind(b"\n", 0, start) + 1
    shown = text[slice(*edit.shown)]
    return Mutant(
        operator=operator,
        file=path,
        line=len(_BREAK.findall(text, 0, start)) + 1,
        column=len(_decoded(text[line_start:start])) + 1,
        before=_decoded(shown),
        after=_decoded(edit.after(text)),
        original=source,
        source=replace(source, files={**source.files, path: edit.apply(text)}),
        advice=edit.advice,
        complaint=edit.complaint,
    )


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "replace")
