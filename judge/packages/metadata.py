"""``problem.yaml`` of a package.

Formats: https://www.kattis.com/problem-package-format/spec/2025-09.html and .../legacy.html, "Problem Metadata".
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from judge.custom import DEFAULT_CPU_MS, DEFAULT_MEMORY_MIB
from judge.errors import PackageError
from judge.limits import ProblemLimits
from judge.packages.details import read_details
from judge.packages.document import Table, describe, read_table
from judge.packages.programs import language_id
from judge.packages.tree import entries, read

FILE: Final = "problem.yaml"


class Format(StrEnum):
    """Versions of the package format."""

    LEGACY = "legacy"
    LEGACY_ICPC = "legacy-icpc"
    V2025_09 = "2025-09"

    @property
    def legacy(self) -> bool:
        """Whether it is one of the formats before versions had a name."""
        return self is not Format.V2025_09


# Drafts went by these names.
_VERSIONS: Final = {
    **{version.value: version for version in Format},
    "draft": Format.V2025_09,
    "2023-07-draft": Format.V2025_09,
    "2023-07": Format.V2025_09,
    "2025-09-draft": Format.V2025_09,
}

_LEGACY_KEYS: Final = frozenset(
    {"problem_format_version", "type", "name", "uuid", "author", "source", "source_url", "license", "rights_owner"}
    | {"limits", "validation", "validator_flags", "grading", "keywords"}
)
_KEYS: Final = frozenset(
    {"problem_format_version", "type", "name", "uuid", "version", "credits", "source", "license", "rights_owner"}
    | {"embargo_until", "limits", "keywords", "languages", "allow_file_writing", "constants"}
)
_COMMON_LIMITS: Final = frozenset(
    {"memory", "output", "code", "compilation_time", "compilation_memory"}
    | {"validation_time", "validation_memory", "validation_output"}
)
_LEGACY_LIMITS: Final = _COMMON_LIMITS | {"time_multiplier", "time_safety_margin"}
_LIMITS: Final = _COMMON_LIMITS | {"time_multipliers", "time_limit", "time_resolution", "validation_passes"}
_TYPES: Final = frozenset({"pass-fail", "scoring", "multi-pass", "interactive", "submit-answer"})

_MOST_CPU_S: Final = 3600
_MOST_MEMORY_MIB: Final = 1 << 20
_MOST_OUTPUT_MIB: Final = 1024
_ENGLISH: Final = ("problem.en.tex", "problem.tex")
_STATEMENT_BYTES: Final = 4 << 20
_PLAIN_TITLE: Final = re.compile(r"^%%\s*plainproblemname:(.*)$", re.MULTILINE)
_TITLE: Final = re.compile(r"^[^%\n]*\\problemname\{([^{}\\$&#%^_]*)\}", re.MULTILINE)
_UNITS: Final = {"memory": "MiB", "output": "MiB", "validation_time": "s", "validation_memory": "MiB"}
_DEFAULTS: Final = ProblemLimits()  # the format leaves to the system what a package does not say


@dataclass(frozen=True, slots=True)
class Metadata:
    """What ``problem.yaml`` (and ``.timelimit``) say, as far as judging needs it.

    ``types``            of the format: ``pass-fail``, ``scoring``, ``interactive``, ...; legacy words are translated
    ``custom_validator`` the package brings its own output validator
    ``validator_scores`` that says how many points a test earns, as no other may (legacy formats only)
    ``validator_flags``  of the output validator, for the whole problem (legacy formats only)
    ``validation_cpu_ms``, ``validation_memory_mib``  what the output validator is allowed on each test
    ``languages``        our names of languages, where we have one, else the format's codes; ``None``: all
    ``details``          everything else (:mod:`judge.packages.details`)
    ``names``            the title by language, where the package gives it so
    ``warnings``         what was assumed because the package does not say it
    """

    format: Format
    name: str
    uuid: str | None
    types: frozenset[str]
    custom_validator: bool
    validator_flags: tuple[str, ...]
    limits: ProblemLimits
    keywords: tuple[str, ...]
    languages: tuple[str, ...] | None
    warnings: tuple[str, ...]
    validator_scores: bool = False
    validation_cpu_ms: int = DEFAULT_CPU_MS
    validation_memory_mib: int = DEFAULT_MEMORY_MIB
    details: Mapping[str, object] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def interactive(self) -> bool:
        """Whether the output validator talks with programs."""
        return "interactive" in self.types

    @property
    def scoring(self) -> bool:
        """Whether tests earn points."""
        return "scoring" in self.types


def read_metadata(package: Path) -> Metadata:
    """Read ``problem.yaml``. Raises :class:`PackageError` for unknown keys and wrong values, naming file and key."""
    table = read_table(package / FILE, FILE)
    version = table.text("problem_format_version") or Format.LEGACY.value
    if version not in _VERSIONS:
        known = ", ".join(word.value for word in Format)
        table.refuse("problem_format_version", f"{version!r} is not a known version; known: {known}")
    format_ = _VERSIONS[version]
    warnings: list[str] = []
    limits = table.table("limits")
    if format_.legacy:
        table.only(_LEGACY_KEYS)
        limits.only(_LEGACY_LIMITS)
        seconds = _timelimit_file(package)
        types, custom, scores = _legacy_types(table)
    else:
        table.only(_KEYS)
        limits.only(_LIMITS)
        for name in ("name", "uuid"):
            if not table.has(name):
                table.refuse(name, "is missing")
        seconds = limits.number("time_limit")
        types = _types(table)
        # Where the format demands one it is missed when it is read.
        custom = (package / "output_validator").exists() or not types.isdisjoint({"interactive", "multi-pass"})
        scores = False
    if seconds is None:
        seconds = _DEFAULTS.cpu_ms / 1000
        source = ".timelimit" if format_.legacy else f"limits.time_limit in {FILE}"
        warnings.append(f"there is no {source}; {seconds:g} s are assumed")
    details, remarks = read_details(table, legacy=format_.legacy)
    return Metadata(
        format=format_,
        name=_name(table, (format_.legacy and _stated_name(package)) or package.name),
        uuid=table.text("uuid"),
        types=types,
        custom_validator=custom,
        validator_flags=_words(table, "validator_flags") if format_.legacy else (),
        limits=_limits(limits, seconds),
        keywords=_keywords(table),
        languages=_languages(table),
        warnings=(*warnings, *remarks),
        validator_scores=scores,
        validation_cpu_ms=1000 * (_capped(limits, "validation_time", _MOST_CPU_S) or DEFAULT_CPU_MS // 1000),
        validation_memory_mib=_capped(limits, "validation_memory", _MOST_MEMORY_MIB) or DEFAULT_MEMORY_MIB,
        details=details,
        names=_names(table),
    )


def _limits(table: Table, seconds: float) -> ProblemLimits:
    if seconds > _MOST_CPU_S:
        table.refuse("time_limit", f"{seconds:g} s are more than {_MOST_CPU_S} s")
    return ProblemLimits(
        cpu_ms=max(1, round(seconds * 1000)),
        memory_mib=_capped(table, "memory", _MOST_MEMORY_MIB) or _DEFAULTS.memory_mib,
        output_mib=_capped(table, "output", _MOST_OUTPUT_MIB) or _DEFAULTS.output_mib,
    )


def _capped(table: Table, name: str, most: int) -> int | None:
    value = table.natural(name)
    if value is not None and value > most:
        table.refuse(name, f"{value} {_UNITS[name]} are more than {most} {_UNITS[name]}")
    return value


def _timelimit_file(package: Path) -> float | None:
    path = package / ".timelimit"
    if not path.exists():
        return None
    try:
        with path.open("rb") as file:
            text = file.read(100).decode("utf-8").strip()
        seconds = float(text)
    except (OSError, ValueError) as error:
        raise PackageError(".timelimit", "", "must hold a number of seconds") from error
    if not 0 < seconds <= _MOST_CPU_S:
        raise PackageError(".timelimit", "", f"must be above 0 and at most {_MOST_CPU_S} seconds, is {text}")
    return seconds


def _legacy_types(table: Table) -> tuple[frozenset[str], bool, bool]:
    """The types, whether there is an own output validator, and whether it says how many points a test earns."""
    kind = table.text("type") or "pass-fail"
    if kind not in {"pass-fail", "scoring"}:
        table.refuse("type", f"must be pass-fail or scoring, is {kind!r}")
    types = {kind}
    words = _words(table, "validation") or ("default",)
    if words[0] not in {"default", "custom"}:
        table.refuse("validation", f"must begin with default or custom, is {' '.join(words)!r}")
    for word in words[1:]:
        if words[0] == "default" or word not in {"interactive", "score", "multi-pass"}:
            table.refuse("validation", f"unknown word {word!r}; after custom may stand: interactive, score")
        if word != "score":
            types.add(word)
        elif kind != "scoring":
            table.refuse("validation", "the word score is for problems of the type scoring only")
    return frozenset(types), words[0] == "custom", "score" in words


def _types(table: Table) -> frozenset[str]:
    value = table.get("type")
    words = (value,) if isinstance(value, str) else table.texts("type")
    if words is None:
        return frozenset({"pass-fail"})
    if not words:
        table.refuse("type", "must name at least one type")
    for word in words:
        if word not in _TYPES:
            table.refuse("type", f"unknown type {word!r}; known: {', '.join(sorted(_TYPES))}")
    types = frozenset(words)
    if {"pass-fail", "scoring"} <= types:
        table.refuse("type", "cannot be both pass-fail and scoring")
    return types if "scoring" in types else types | {"pass-fail"}


def _stated_name(package: Path) -> str | None:
    """The title in a statement of the legacy formats, English preferred; ``None``: none, or not in plain text."""
    directory = package / "problem_statement"
    files = entries(package, directory)[1] if directory.is_dir() else []
    found = sorted(files, key=lambda path: (path.name not in _ENGLISH, path.name))
    for path in found:
        if re.fullmatch(r"problem(\.[A-Za-z-]+)?\.tex", path.name):
            text = read(package, path, _STATEMENT_BYTES).decode("utf-8", "replace")
            title = _PLAIN_TITLE.search(text) or _TITLE.search(text)
            return " ".join(title[1].replace("~", " ").split()) or None if title else None
    return None


def _name(table: Table, default: str) -> str:
    value = table.get("name")
    if isinstance(value, dict):
        names = table.table("name")
        language = "en" if names.has("en") else next(iter(names.content), "en")
        return names.text(language) or default
    return table.text("name") or default


def _names(table: Table) -> dict[str, str]:
    if not isinstance(table.get("name"), dict):
        return {}
    names = table.table("name")
    return {language: names.text(language) or "" for language in names.content}


def _keywords(table: Table) -> tuple[str, ...]:
    if isinstance(table.get("keywords"), list):
        return table.texts("keywords") or ()
    return tuple((table.text("keywords") or "").split())


def _languages(table: Table) -> tuple[str, ...] | None:
    if isinstance(table.get("languages"), list):
        codes = table.texts("languages") or ()
    else:
        word = table.text("languages")
        if word in {None, "all"}:
            return None
        codes = tuple((word or "").split())
    return tuple(dict.fromkeys(language_id(code) for code in codes))


def _words(table: Table, name: str) -> tuple[str, ...]:
    """Words separated by blanks (flags of a command line), or a list of them."""
    value = table.get(name)
    if isinstance(value, list):
        return table.texts(name) or ()
    if value is not None and not isinstance(value, str):
        table.refuse(name, f"must be text, is {describe(value)}")
    try:
        return tuple(shlex.split(value or ""))
    except ValueError as error:
        raise PackageError(table.file, name, f"has a quotation mark without its partner: {value!r}") from error
