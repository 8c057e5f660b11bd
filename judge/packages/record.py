"""Values of problems as plain data, and back: for what a package's format has no words for.

Reading raises :class:`judge.errors.PackageError`, naming file and key.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any, Final, TypeVar

from judge.checkers import Checker, CheckerType, Exact, Float, Tokens, Trimmed, UnorderedLines
from judge.errors import CheckerError
from judge.limits import LanguageLimits
from judge.packages.document import Table
from judge.packages.expectation import Expectation
from judge.packages.promises import Person
from judge.scoring import Aggregation, Group, Scoring
from judge.verdict import Verdict
from languages import CompileOptions, Optimization

_CLASSES: Final[Mapping[CheckerType, type[Checker]]] = {
    CheckerType.TRIMMED: Trimmed,
    CheckerType.EXACT: Exact,
    CheckerType.TOKENS: Tokens,
    CheckerType.FLOAT: Float,
    CheckerType.UNORDERED_LINES: UnorderedLines,
}
_TOLERANCES: Final = ("absolute_tolerance", "relative_tolerance")

Word = TypeVar("Word", bound=StrEnum)


def checker_record(checker: Checker) -> dict[str, object]:
    """A built-in checker: its type, and those of its options that are not the usual ones."""
    usual = type(checker)()
    options = {each.name: getattr(checker, each.name) for each in fields(checker)}
    return {
        "type": checker.type.value,
        **{name: value for name, value in options.items() if value != getattr(usual, name)},
    }


def checker_of(table: Table) -> Checker:
    """The same, read."""
    kind = _CLASSES[_word(table, "type", CheckerType)]
    names = [each.name for each in fields(kind)]
    table.only(("type", *names))
    options: dict[str, Any] = {}
    for name in names:
        value = table.amount(name) if name in _TOLERANCES else table.truth(name)
        if value is not None:
            options[name] = value
    try:
        return kind(**options)
    except CheckerError as error:
        table.refuse("type", str(error))


def scoring_record(scoring: Scoring) -> dict[str, object]:
    """Points and groups."""
    groups = [
        {
            "name": group.name,
            "points": group.points,
            "aggregation": group.aggregation.value,
            **({"requires": list(group.requires)} if group.requires else {}),
        }
        for group in scoring.groups
    ]
    return {"max_score": scoring.max_score, "groups": groups}


def scoring_of(table: Table) -> Scoring:
    """The same, read."""
    table.only(("max_score", "groups"))
    groups = []
    for group in table.tables("groups"):
        group.only(("name", "points", "aggregation", "requires"))
        groups.append(
            Group(
                group.text("name") or "",
                group.amount("points") or 0.0,
                _word(group, "aggregation", Aggregation),
                group.texts("requires") or (),
            )
        )
    try:
        return Scoring(table.amount("max_score") or 0.0, tuple(groups))
    except ValueError as error:
        table.refuse("groups", str(error))


def limits_record(limits: Mapping[str, LanguageLimits]) -> dict[str, object]:
    """What languages are allowed, by their ids."""
    return {
        language: {name: value for name in LanguageLimits.__slots__ if (value := getattr(own, name)) is not None}
        for language, own in limits.items()
    }


def limits_of(table: Table) -> dict[str, LanguageLimits]:
    """The same, read."""
    found = {}
    for language in table.content:
        own = table.table(language)
        own.only(LanguageLimits.__slots__)
        found[language] = LanguageLimits(
            own.natural("cpu_ms"), own.natural("memory_mib"), own.number("time_multiplier")
        )
    return found


def options_record(options: CompileOptions) -> dict[str, object]:
    """What was chosen about compilation; empty: nothing."""
    usual = CompileOptions()
    found: dict[str, object] = {}
    if options.optimization is not usual.optimization:
        found["optimization"] = options.optimization.value
    if options.standard is not None:
        found["standard"] = options.standard
    if options.warnings:
        found["warnings"] = True
    if options.flags:
        found["flags"] = list(options.flags)
    return found


def options_of(table: Table) -> CompileOptions:
    """The same, read."""
    table.only(CompileOptions.__slots__)
    return CompileOptions(
        optimization=_word(table, "optimization", Optimization)
        if table.has("optimization")
        else CompileOptions().optimization,
        standard=table.text("standard"),
        warnings=table.truth("warnings") or False,
        flags=table.texts("flags") or (),
    )


def expectation_record(expectation: Expectation) -> dict[str, object]:
    """What a solution must lead to."""
    found: dict[str, object] = {
        "permitted": [each.value for each in Verdict if each in expectation.permitted],
        "required": [each.value for each in Verdict if each in expectation.required],
    }
    if expectation.score is not None:
        found["score"] = list(expectation.score)
    if expectation.message is not None:
        found["message"] = expectation.message
    if expectation.groups:
        found["groups"] = {name: expectation_record(group) for name, group in expectation.groups.items()}
    return found


EXPECTATION_KEYS: Final = ("permitted", "required", "score", "message", "groups")


def expectation_of(table: Table) -> Expectation:
    """The same, read; other keys than :data:`EXPECTATION_KEYS` are not looked at."""
    groups = table.table("groups")
    for name in groups.content:
        groups.table(name).only(EXPECTATION_KEYS)
    return Expectation(
        permitted=_verdicts(table, "permitted"),
        required=_verdicts(table, "required"),
        score=_range(table),
        groups={name: expectation_of(groups.table(name)) for name in groups.content},
        message=table.text("message"),
    )


def person_record(person: Person) -> dict[str, object]:
    """Somebody, as the format has it."""
    return {name: value for name in Person.__slots__ if (value := getattr(person, name)) is not None}


def person_of(table: Table) -> Person:
    """The same, read."""
    table.only(Person.__slots__)
    return Person(table.text("name") or "", table.text("email"), table.text("orcid"), table.text("kattis"))


def _verdicts(table: Table, name: str) -> frozenset[Verdict]:
    return frozenset(_known(table, name, word, Verdict) for word in table.texts(name) or ())


def _range(table: Table) -> tuple[float, float] | None:
    value = table.get("score")
    if value is None:
        return None
    pair = value if isinstance(value, list) else ()
    if len(pair) != 2 or any(type(each) not in {int, float} for each in pair):
        table.refuse("score", "must be a list of two numbers")
    return float(pair[0]), float(pair[1])


def _word(table: Table, name: str, words: type[Word]) -> Word:
    return _known(table, name, table.text(name) or "", words)


def _known(table: Table, name: str, word: str, words: type[Word]) -> Word:
    known: Collection[str] = [each.value for each in words]
    if word not in known:
        table.refuse(name, f"must be one of {', '.join(known)}, is {word!r}")
    return words(word)
