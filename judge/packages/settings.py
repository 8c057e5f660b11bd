"""What files beside tests say about them: ``test_group.yaml``, ``testdata.yaml`` and a test's own ``NAME.yaml``.

What a directory's file says of arguments and flags holds for everything below it unless a directory further down, or
the test's own file, says otherwise. Points are another matter (:mod:`judge.packages.scoring`).
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from judge.errors import PackageError
from judge.packages.document import Table, describe

POINTS: Final = ("max_score", "score_aggregation", "require_pass", "static_validation_score")
LEGACY_POINTS: Final = ("on_reject", "grading", "grader_flags", "accept_score", "reject_score", "range")
VISUALIZER_ARGS: Final = ("input_visualizer_args", "output_visualizer_args")

_ARGS: Final = frozenset({"args", "input_validator_args", "output_validator_args", "full_feedback", *VISUALIZER_ARGS})
_GROUP_KEYS: Final = _ARGS | {"static_validator_args", *POINTS}
_CASE_KEYS: Final = _ARGS | {"hint", "description"}
_LEGACY_GROUP_KEYS: Final = frozenset({"input_validator_flags", "output_validator_flags", *LEGACY_POINTS})

InputFlags = Mapping[str | None, tuple[str, ...]]
"""What input validators of a name are given; ``None``: all that are not named."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for a test.

    ``flags``        of the output validator, with ``origin``: the file and key that they stand in
    ``args``         of the program
    ``input_flags``  of input validators
    ``notes``        what else is said, as plain data
    """

    flags: tuple[str, ...] = ()
    origin: tuple[str, str] = ("", "")
    args: tuple[str, ...] = ()
    input_flags: InputFlags = field(default_factory=dict)
    notes: Mapping[str, object] = field(default_factory=dict)


def group_settings(table: Table, above: Settings, *, legacy: bool) -> Settings:
    """What holds in a directory with this file. Raises :class:`PackageError` for unknown keys and wrong values."""
    if not legacy:
        table.only(_GROUP_KEYS)
        return _merged(table, above)
    table.only(_LEGACY_GROUP_KEYS)
    flags, input_flags = _legacy_flags(table, "output_validator_flags"), _legacy_flags(table, "input_validator_flags")
    if flags is not None:
        above = replace(above, flags=_all(flags), origin=(table.file, "output_validator_flags"))
    return above if input_flags is None else replace(above, input_flags=input_flags)


def case_settings(table: Table, above: Settings) -> Settings:
    """What holds for a test with this file of its own (2025-09)."""
    table.only(_CASE_KEYS)
    merged = _merged(table, above)
    own = {name: text for name in ("hint", "description") if (text := table.text(name)) is not None}
    return replace(merged, notes={**merged.notes, **own})


def static_notes(table: Table) -> dict[str, object]:
    """What a directory's file (2025-09) says to a static validator, as plain data."""
    notes: dict[str, object] = {}
    score = table.get("static_validation_score")
    if score is not None:
        if score != "pass-fail" and (type(score) is not int or score < 0):
            table.refuse("static_validation_score", f"must be pass-fail or a whole number, is {describe(score)}")
        notes["static_validation_score"] = score
    if (args := table.texts("static_validator_args")) is not None:
        notes["static_validator_args"] = list(args)
    return notes


def _merged(table: Table, above: Settings) -> Settings:
    flags, args = table.texts("output_validator_args"), table.texts("args")
    notes: dict[str, object] = {}
    for name in VISUALIZER_ARGS:
        if (given := table.texts(name)) is not None:
            notes[name] = list(given)
    if (feedback := table.truth("full_feedback")) is not None:
        notes["full_feedback"] = feedback
    return Settings(
        flags=above.flags if flags is None else flags,
        origin=above.origin if flags is None else (table.file, "output_validator_args"),
        args=above.args if args is None else args,
        input_flags=_input_args(table) if table.has("input_validator_args") else above.input_flags,
        notes={**above.notes, **notes},
    )


def _input_args(table: Table) -> InputFlags:
    name = "input_validator_args"
    if isinstance(table.get(name), dict):
        named = table.table(name)
        return {validator: named.texts(validator) or () for validator in named.content}
    return {None: table.texts(name) or ()}


def _legacy_flags(table: Table, name: str) -> InputFlags | None:
    """Text, or a map with ``name`` and ``flags``; ``None`` where it is not given."""
    value = table.get(name)
    validator: str | None = None
    if isinstance(value, dict):
        inner = table.table(name)
        inner.only(("name", "flags"))
        validator, value = inner.text("name"), inner.get("flags") or ""
    if value is None:
        return None
    if not isinstance(value, str):
        table.refuse(name, f"must be text, is {describe(value)}")
    try:
        return {validator: tuple(shlex.split(value))}
    except ValueError as error:
        raise PackageError(table.file, name, f"cannot be split into flags: {error}") from error


def _all(flags: InputFlags) -> tuple[str, ...]:
    return next(iter(flags.values()), ())
