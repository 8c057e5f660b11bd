"""What is answered to each system call: ``policy.toml`` as values, checked strictly."""

from __future__ import annotations

import enum
import errno
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandboxes.seccomp.architecture import Architecture, PolicyError


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller gets. ``error`` is an errno, 0 for success with nothing done, ``None``: the call is made."""

    error: int | None


ALLOW: Final = Answer(None)


class Comparison(enum.Enum):
    """How an argument is compared with a rule's values; each says when the argument passes."""

    ALLOWED_VALUES = "allowed_values"
    REFUSED_VALUES = "refused_values"
    ALLOWED_BITS = "allowed_bits"
    REFUSED_BITS = "refused_bits"


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition on one argument of some calls; ``answer`` is given where it does not pass.

    ``argument``  counts from 0
    ``width``     32 or 64: the bits that the kernel looks at
    ``mask``      the bits that are compared (only with values)
    ``values``    the numbers that ``comparison`` speaks of, ascending
    ``where``     another argument and the only value (32 bits) with which the rule is about a call; ``None``: any is
    """

    calls: tuple[str, ...]
    argument: int
    width: int
    mask: int
    comparison: Comparison
    values: tuple[int, ...]
    answer: Answer
    where: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Every known call is in exactly one of the two: answered as it is, or by rules (all must pass)."""

    default: Answer
    answers: Mapping[str, Answer]
    rules: Mapping[str, tuple[Rule, ...]]


_ARGUMENTS: Final = 6  # of a system call
_GROUP_KEYS: Final = {"name": str, "answer": str, "reason": str, "calls": list}
_RULE_KEYS: Final = {"calls": list, "argument": int, "width": int, "answer": str, "reason": str}
_WHERE_KEYS: Final = {"argument": int, "value": int}
_COMPARISONS: Final = {comparison.value for comparison in Comparison}


def load_policy(architectures: Iterable[Architecture], *, path: Path | None = None) -> Policy:
    """Read the policy and hold it against all tables. Raises :class:`PolicyError`.

    An error is: an unknown or missing key, a call that no table knows, a call decided twice, and a call of a table
    that is not decided, so that nobody forgets one that a new kernel brings.
    """
    path = path or Path(__file__).parent / "policy.toml"
    try:
        document = tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PolicyError(f"{path.name}: {error}") from error
    _check_keys(document, {"default": str, "group": list, "rule": list}, f"{path.name}")
    answers: dict[str, Answer] = {}
    for number, group in enumerate(document["group"], 1):
        place = f"{path.name}, group {number}"
        _check_keys(group, _GROUP_KEYS, place)
        answer = _answer(group["answer"], place)
        for call in group["calls"]:
            if call in answers:
                raise PolicyError(f"{place}: {call} is decided twice")
            answers[call] = answer
    rules: dict[str, tuple[Rule, ...]] = {}
    for number, table in enumerate(document["rule"], 1):
        place = f"{path.name}, rule {number}"
        rule = _rule(table, place)
        for call in rule.calls:
            if call in answers:
                raise PolicyError(f"{place}: {call} is decided by a group already")
            rules[call] = (*rules.get(call, ()), rule)
    _check_complete(answers.keys() | rules.keys(), architectures, path.name)
    return Policy(default=_answer(document["default"], path.name), answers=answers, rules=rules)


def _rule(table: dict[str, Any], place: str) -> Rule:
    named = _COMPARISONS & table.keys()
    if len(named) != 1:
        raise PolicyError(f"{place}: needs exactly one of {', '.join(sorted(_COMPARISONS))}")
    comparison = Comparison(named.pop())
    by_value = comparison in {Comparison.ALLOWED_VALUES, Comparison.REFUSED_VALUES}
    optional: dict[str, type] = {"mask": int} if by_value and "mask" in table else {}
    if "where" in table:
        optional["where"] = dict
    _check_keys(table, {**_RULE_KEYS, comparison.value: dict, **optional}, place)
    where = _where(table["where"], place) if "where" in table else None
    _check_argument(table["argument"], place)
    if table["width"] not in {32, 64}:
        raise PolicyError(f"{place}: width {table['width']} is neither 32 nor 64")
    most = (1 << table["width"]) - 1
    mask = table.get("mask", most)
    values = table[comparison.value]
    if not values or not table["calls"]:
        raise PolicyError(f"{place}: names no call or no value")
    for name, value in {"mask": mask, **values}.items():
        if type(value) is not int or not 0 <= value <= most:
            raise PolicyError(f"{place}: {name} = {value!r} is no {table['width']}-bit number")
        if by_value and value & ~mask:
            raise PolicyError(f"{place}: {name} = {value:#x} has bits outside the mask and could never match")
    answer = _answer(table["answer"], place)
    if answer == ALLOW:
        raise PolicyError(f"{place}: answers a refused argument with allow")
    return Rule(
        calls=tuple(table["calls"]),
        argument=table["argument"],
        width=table["width"],
        mask=mask,
        comparison=comparison,
        values=tuple(sorted(set(values.values()))),
        answer=answer,
        where=where,
    )


def _where(table: dict[str, Any], place: str) -> tuple[int, int]:
    _check_keys(table, _WHERE_KEYS, f"{place}, where")
    _check_argument(table["argument"], place)
    if not 0 <= table["value"] < 1 << 32:
        raise PolicyError(f"{place}, where: value = {table['value']!r} is no 32-bit number")
    return table["argument"], table["value"]


def _check_argument(number: int, place: str) -> None:
    if not 0 <= number < _ARGUMENTS:
        raise PolicyError(f"{place}: argument {number} is not one of 0 to {_ARGUMENTS - 1}")


def _answer(word: str, place: str) -> Answer:
    if word == "allow":
        return ALLOW
    if word == "success":
        return Answer(0)
    number = getattr(errno, word, None)
    if not isinstance(number, int):
        raise PolicyError(f"{place}: answer {word} is neither allow nor success nor the name of an error")
    return Answer(number)


def _check_keys(table: dict[str, Any], keys: Mapping[str, type], place: str) -> None:
    if odd := set(table) ^ set(keys):
        raise PolicyError(f"{place}: keys unknown or missing: {', '.join(sorted(odd))}")
    for key, kind in keys.items():
        if type(table[key]) is not kind:
            raise PolicyError(f"{place}: {key} must be of type {kind.__name__}")
    if "reason" in keys and not table["reason"].strip():
        raise PolicyError(f"{place}: needs a reason")


def _check_complete(decided: Iterable[str], architectures: Iterable[Architecture], place: str) -> None:
    known = {call for architecture in architectures for call in architecture.numbers}
    if unknown := set(decided) - known:
        raise PolicyError(f"{place}: no architecture has a call {', '.join(sorted(unknown))}")
    if undecided := known - set(decided):
        raise PolicyError(f"{place}: not decided: {', '.join(sorted(undecided))}")
