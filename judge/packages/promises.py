"""What ``submissions.yaml`` says about reference solutions.

Top-level keys are patterns of submissions. That of a directory's own name changes what the directory promises; any
other pattern adds to it: what is permitted must be permitted by all, and so on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from judge.errors import PackageError
from judge.packages.details import people
from judge.packages.document import Table, describe, read_table
from judge.packages.expectation import COMPILED, CRASHED, Expectation, Range
from judge.packages.globs import matches
from judge.verdict import Verdict

FILE: Final = "submissions/submissions.yaml"
VERDICTS: Final = {
    "AC": frozenset({Verdict.ACCEPTED}),
    "WA": frozenset({Verdict.WRONG_ANSWER}),
    "TLE": frozenset({Verdict.TIME_LIMIT_EXCEEDED}),
    "RTE": CRASHED,
}
"""The format's verdicts."""

ANYTHING: Final = Expectation(COMPILED, COMPILED)

TESTS: Final = ("sample", "secret", "{", "*", "?")
"""How patterns of tests begin."""

_EXPECTED: Final = ("permitted", "required", "score", "message", "use_for_time_limit")
_EVERYWHERE: Final = "{sample,secret}"
_KEYS: Final = frozenset({"language", "entrypoint", "authors", "model_solution", *_EXPECTED})
_SLOW: Final = frozenset({Verdict.TIME_LIMIT_EXCEEDED})
_ACCEPTED: Final = frozenset({Verdict.ACCEPTED})


class TimeRole(StrEnum):
    """What a reference solution says about the time limit (the wire's names)."""

    LOWER = "lower"
    """It must be fast enough."""
    UPPER = "upper"
    """It must be too slow."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who wrote something; all but the name may be missing."""

    name: str
    email: str | None = None
    orcid: str | None = None
    kattis: str | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """All that is said about a solution."""

    expectation: Expectation
    time_role: TimeRole
    model: bool
    authors: tuple[Person, ...]


def derived_role(expectation: Expectation) -> TimeRole:
    """What a solution says about the time limit unless that is given.

    What must be accepted everywhere must be fast enough; what must be too slow somewhere must be too slow.
    """
    if expectation.permitted == _ACCEPTED:
        return TimeRole.LOWER
    upper = expectation.required == _SLOW or any(group.required == _SLOW for group in expectation.groups.values())
    return TimeRole.UPPER if upper else TimeRole.NONE


class Promises:
    """``submissions.yaml``, read; ``warnings``: what of it is not used."""

    def __init__(self, tables: Mapping[str, Table], *, scoring: bool) -> None:
        self.warnings: dict[str, None] = {}
        self._tables = tables
        self._scoring = scoring
        for pattern, table in tables.items():
            self._check(pattern, table)

    @classmethod
    def read(cls, package: Path, *, scoring: bool) -> Promises:
        """The file, or nothing where there is none; ``scoring``: tests earn points.

        Raises :class:`PackageError` for unknown keys and wrong values.
        """
        path = package / FILE
        if not path.is_file():
            return cls({}, scoring=scoring)
        whole = read_table(path, FILE)
        return cls({pattern: whole.table(pattern) for pattern in whole.content}, scoring=scoring)

    def language(self, shown: str) -> str | None:
        """The format's code of a submission's language, where the file names it."""
        return next((code for table in self._matching(shown) if (code := table.text("language"))), None)

    def entrypoint(self, shown: str) -> str | None:
        """The main file (or class) that the file names for a submission."""
        return next((name for table in self._matching(shown) if (name := table.text("entrypoint"))), None)

    def knows(self, directory: str) -> bool:
        """Whether the file says what a directory of this name promises."""
        return directory in self._tables

    def of(self, shown: str, promised: Expectation) -> Promise:
        """All that is said about a submission of whose place this is ``promised``."""
        given: TimeRole | None = None
        for pattern, table in self._tables.items():
            if not _matches(pattern, shown):
                continue
            promised = _replaced(promised, table) if "/" not in pattern else _narrowed(promised, _said(table), table)
            role = _role(table)
            given = role or given
            if role is not None:
                promised = _bound(promised, role, table)
        authors = next((people(table, "authors") for table in self._matching(shown) if table.has("authors")), None)
        return Promise(
            expectation=promised,
            time_role=derived_role(promised) if given is None else given,
            model=any(table.truth("model_solution") for table in self._matching(shown)),
            authors=tuple(_person(person) for person in authors or ()),
        )

    def _matching(self, shown: str) -> list[Table]:
        return [table for pattern, table in self._tables.items() if _matches(pattern, shown)]

    def _check(self, pattern: str, table: Table) -> None:
        for name in table.content:
            if name in _KEYS:
                continue
            if not name.startswith(TESTS):
                table.refuse(name, f"unknown key; known: {', '.join(sorted(_KEYS))}, and patterns of tests")
            group = table.table(name)
            group.only(_EXPECTED)
            if group.has("use_for_time_limit"):
                self.warnings[f"{FILE}: {pattern}.{name}.use_for_time_limit: only for all tests; not used"] = None
            self._check_values(group)
        self._check_values(table)

    def _check_values(self, table: Table) -> None:
        _own(table)
        _role(table)
        if table.has("score") and not self._scoring:
            table.refuse("score", "is only for problems of the type scoring")


def _person(person: object) -> Person:
    if isinstance(person, dict):
        return Person(**{key: str(value) for key, value in person.items() if value is not None})
    text = str(person).strip()
    name, opened, address = text.rpartition("<")
    return Person(name.strip(), address[:-1]) if opened and address.endswith(">") else Person(text)


def _role(table: Table) -> TimeRole | None:
    value = table.get("use_for_time_limit")
    if value is None:
        return None
    if value is False:
        return TimeRole.NONE
    if value not in {"lower", "upper"}:
        table.refuse("use_for_time_limit", f"must be false, lower or upper, is {describe(value)}")
    return TimeRole(value)


def _bound(promised: Expectation, role: TimeRole, table: Table) -> Expectation:
    """What has to hold for a solution to play that role."""
    if role is TimeRole.LOWER:
        return _narrowed(promised, _Said(permitted=COMPILED - _SLOW), table)
    if role is TimeRole.NONE:
        return promised
    if not promised.required & _SLOW:
        table.refuse("use_for_time_limit", "upper contradicts what is required otherwise")
    return replace(promised, required=_SLOW)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a map of the file says; ``None``: nothing."""

    permitted: frozenset[Verdict] | None = None
    required: frozenset[Verdict] | None = None
    score: Range | None = None
    message: str | None = None
    groups: Mapping[str, _Said] = field(default_factory=dict)


def _said(table: Table) -> _Said:
    groups = {name: _own(table.table(name)) for name in table.content if name not in _KEYS}
    return replace(_own(table), groups=groups)


def _own(table: Table) -> _Said:
    return _Said(
        permitted=_verdicts(table, "permitted"),
        required=_verdicts(table, "required"),
        score=_score(table),
        message=table.text("message") or None,
    )


def _verdicts(table: Table, name: str) -> frozenset[Verdict] | None:
    words = table.texts(name)
    if words is None:
        return None
    for word in words:
        if word not in VERDICTS:
            table.refuse(name, f"unknown verdict {word!r}; known: {', '.join(VERDICTS)}")
    return frozenset().union(*(VERDICTS[word] for word in words))


def _score(table: Table) -> Range | None:
    value = table.get("score")
    if value is None:
        return None
    pair = value if isinstance(value, list) else [value, value]
    if len(pair) != 2 or any(isinstance(each, bool) or not isinstance(each, (int, float)) for each in pair):
        table.refuse("score", f"must be a number or a list of two, is {describe(value)}")
    least, most = map(float, pair)
    if not least <= most:
        table.refuse("score", f"must not end below its beginning, is {pair}")
    return least, most


def _replaced(promised: Expectation, table: Table) -> Expectation:
    said = _said(table)
    kept = replace(
        promised,
        permitted=promised.permitted if said.permitted is None else said.permitted,
        required=promised.required if said.required is None else said.required,
    )
    return _narrowed(kept, replace(said, permitted=None, required=None), table)


def _narrowed(promised: Expectation, said: _Said, table: Table) -> Expectation:
    groups = dict(promised.groups)
    for name, group in said.groups.items():
        groups[name] = _narrowed(groups.get(name, ANYTHING), group, table.table(name))
    permitted = promised.permitted if said.permitted is None else promised.permitted & said.permitted
    required = promised.required if said.required is None else promised.required & said.required
    if not permitted:
        table.refuse("permitted", "permits nothing of what is permitted otherwise")
    if not required and said.required is not None:  # both, then, each on some test
        required = promised.required
        everywhere = groups.get(_EVERYWHERE, ANYTHING)
        groups[_EVERYWHERE] = replace(everywhere, required=everywhere.required & said.required)
        if not groups[_EVERYWHERE].required:
            table.refuse("required", "requires nothing of what is required otherwise")
    score = promised.score
    if said.score is not None:
        score = said.score if score is None else (max(score[0], said.score[0]), min(score[1], said.score[1]))
        if not score[0] <= score[1]:
            table.refuse("score", "contradicts the score that is expected otherwise")
    message = max((promised.message, said.message), key=lambda text: len(text or ""))
    for text in (promised.message, said.message):
        if text is not None and text not in (message or ""):
            table.refuse("message", f"another message is expected already: {promised.message!r}")
    return Expectation(permitted, required, score, groups, message)


def _matches(pattern: str, shown: str) -> bool:
    try:
        return matches(pattern, shown.removeprefix("submissions/"))
    except ValueError as error:
        raise PackageError(FILE, pattern, f"is no pattern: {error}") from error
