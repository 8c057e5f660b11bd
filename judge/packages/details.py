"""What ``problem.yaml`` says that judging does not need, as plain data in the words of format 2025-09.

The legacy formats' words for the same (``author``, ``source_url``, ``time_multiplier``) are translated; what only they
have stands under its own name (``grading``).
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Collection, Mapping
from typing import Final

from judge.packages.document import Table, describe

LIMITS: Final = ("code", "compilation_time", "compilation_memory", "validation_time", "validation_memory")
"""Limits of both formats that are whole numbers and not the program's; so is ``validation_output``."""

LICENSES: Final = frozenset({"unknown", "public domain", "cc0", "cc by", "cc by-sa", "educational", "permission"})
_CREDITS: Final = ("authors", "contributors", "testers", "packagers", "acknowledgements")
_PERSON: Final = ("name", "email", "orcid", "kattis")
_MULTIPLIERS: Final = {"ac_to_time_limit": "time_multiplier", "time_limit_to_tle": "time_safety_margin"}
_CONSTANT: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def read_details(table: Table, *, legacy: bool) -> tuple[dict[str, object], tuple[str, ...]]:
    """The details of ``problem.yaml``, and what is to be said about them.

    Raises :class:`judge.errors.PackageError` for what is of the wrong kind.
    """
    found: dict[str, object] = {}
    for name in ("version", "license", "rights_owner"):
        _put(found, name, table.text(name))
    _put(found, "credits", _author(table) if legacy else _credits(table))
    _put(found, "source", _legacy_source(table) if legacy else _sources(table))
    _put(found, "limits", _limits(table.table("limits"), legacy=legacy))
    if legacy:
        _put(found, "grading", _grading(table.table("grading")))
    else:
        _put(found, "embargo_until", _moment(table, "embargo_until"))
        _put(found, "allow_file_writing", table.truth("allow_file_writing"))
        _put(found, "constants", _constants(table.table("constants")))
    license_ = found.get("license", "unknown")
    strange = f"problem.yaml: license: {license_!r} is none that the format knows"
    return found, () if license_ in LICENSES else (strange,)


def people(table: Table, name: str) -> list[object] | None:
    """A person or a list of persons, each text (``Name <address>``) or a map, as written; ``None``: not given."""
    value = table.get(name)
    if value is None:
        return None
    found: list[object] = []
    for index, person in enumerate(value if isinstance(value, list) else [value]):
        where = f"{name}[{index}]" if isinstance(value, list) else name
        if isinstance(person, dict):
            one = Table(table.file, f"{table.key}.{where}" if table.key else where, person)
            found.append(_texts(one, _PERSON))
        elif isinstance(person, str):
            found.append(person)
        else:
            table.refuse(where, f"must be a person: text or a map with a name, is {describe(person)}")
    return found


def _put(found: dict[str, object], name: str, value: object) -> None:
    if value is not None and value != {}:
        found[name] = value


def _author(table: Table) -> dict[str, object] | None:
    text = table.text("author")
    names = [name for name in re.split(r",\s*(?:and\s)?|\sand\s", text or "") if name.strip()]
    return {"authors": [name.strip() for name in names]} if names else None


def _credits(table: Table) -> dict[str, object] | None:
    if isinstance(table.get("credits"), str):
        return {"authors": [table.get("credits")]}
    credits_ = table.table("credits")
    credits_.only((*_CREDITS, "translators"))
    found: dict[str, object] = {}
    for name in _CREDITS:
        _put(found, name, people(credits_, name))
    translators = credits_.table("translators")
    _put(found, "translators", {language: people(translators, language) for language in translators.content})
    return found or None


def _legacy_source(table: Table) -> object:
    name, url = table.text("source"), table.text("source_url")
    if url is not None and name is None:
        table.refuse("source_url", "stands there without source")
    return {"name": name, "url": url} if url is not None else name


def _sources(table: Table) -> object:
    value = table.get("source")
    found: list[object] = []
    for index, source in enumerate(value if isinstance(value, list) else [value]):
        where = f"source[{index}]" if isinstance(value, list) else "source"
        if isinstance(source, dict):
            found.append(_texts(Table(table.file, where, source), ("name", "url")))
        elif source is None or isinstance(source, str):
            found.append(source)
        else:
            table.refuse(where, f"must be text or a map with a name, is {describe(source)}")
    return found if isinstance(value, list) else found[0]


def _texts(table: Table, names: Collection[str]) -> dict[str, object]:
    """A map with texts under these names, of which ``name`` is needed."""
    table.only(names)
    if table.text("name") is None:
        table.refuse("name", "is missing")
    return {name: text for name in names if (text := table.text(name)) is not None}


def _limits(table: Table, *, legacy: bool) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in (*LIMITS, "validation_output", "validation_passes"):
        _put(found, name, table.natural(name))
    _put(found, "time_resolution", table.number("time_resolution"))
    multipliers = table if legacy else table.table("time_multipliers")
    if not legacy:
        multipliers.only(_MULTIPLIERS)
    given: dict[str, object] = {}
    for name, old in _MULTIPLIERS.items():
        _put(given, name, multipliers.number(old if legacy else name))
    _put(found, "time_multipliers", given)
    return found


def legacy_multipliers(multipliers: Mapping[str, object]) -> dict[str, object]:
    """``limits.time_multipliers`` in the legacy formats' words."""
    return {_MULTIPLIERS[name]: value for name, value in multipliers.items() if name in _MULTIPLIERS}


def _grading(table: Table) -> dict[str, object]:
    table.only(("objective", "show_test_data_groups"))
    objective = table.text("objective")
    if objective not in {None, "min", "max"}:
        table.refuse("objective", f"must be min or max, is {objective!r}")
    found: dict[str, object] = {}
    _put(found, "objective", objective)
    _put(found, "show_test_data_groups", table.truth("show_test_data_groups"))
    return found


def _moment(table: Table, name: str) -> str | None:
    value = table.get(name)
    if isinstance(value, dt.datetime):
        moment = value if value.tzinfo is None else value.astimezone(dt.UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dt.date):
        return value.isoformat()
    text = table.text(name)
    if text is not None and not re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", text):
        table.refuse(name, f"must be a date (2025-12-31) or a time (2025-12-31T12:00:00Z), is {text!r}")
    return text


def _constants(table: Table) -> dict[str, object]:
    for name, value in table.content.items():
        if not _CONSTANT.fullmatch(name):
            table.refuse(name, "is no name for a constant: letters, digits and '_' only")
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        if not (number or isinstance(value, str)):
            table.refuse(name, f"must be text or a number, is {describe(value)}")
    return dict(table.content)
