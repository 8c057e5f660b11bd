"""``problem.yaml`` of a package that is written, as plain data, in both families of formats."""

from __future__ import annotations

import datetime as dt
import math
import re
import uuid
from collections.abc import Mapping
from typing import Any, Final

from judge.custom import DEFAULT_CPU_MS, DEFAULT_MEMORY_MIB, Custom, JudgeProgram
from judge.packages.content import PackageContent
from judge.packages.details import LIMITS, legacy_multipliers
from judge.packages.programs import language_code
from judge.problem import Problem

_NEW_LIMITS: Final = ("time_multipliers", "time_resolution", "validation_passes")
_NEW_DETAILS: Final = ("version", "credits", "source", "license", "rights_owner", "embargo_until")
_SCORES: Final = (b"score.txt", b"score_multiplier.txt")


def judging_program(problem: Problem) -> JudgeProgram | None:
    """The program that judges outputs or talks with programs; ``None``: a built-in checker does."""
    if problem.interactor is not None:
        return problem.interactor
    return problem.checker.program if isinstance(problem.checker, Custom) else None


def gives_scores(problem: Problem) -> bool:
    """Whether the program that judges says how many points a test earns, as far as its text tells."""
    program = judging_program(problem)
    files = () if program is None or problem.scoring is None else program.source.files.values()
    return any(word in content for content in files for word in _SCORES)


def problem_file(content: PackageContent) -> dict[str, Any]:
    """The file in format 2025-09."""
    details = {name: content.details[name] for name in _NEW_DETAILS if name in content.details}
    if "embargo_until" in details:
        details["embargo_until"] = _moment(str(details["embargo_until"]))
    problem = content.problem
    limits = {
        "time_limit": _plain(problem.limits.cpu_ms / 1000),
        **_limits(content),
        **{name: value for name, value in _given_limits(content).items() if name in _NEW_LIMITS},
    }
    return {
        "problem_format_version": "2025-09",
        "type": _types(problem),
        "name": _names(content),
        "uuid": content.uuid or str(uuid.uuid5(uuid.NAMESPACE_URL, f"package:{content.shortname}:{content.name}")),
        **details,
        "limits": limits,
        **({"keywords": list(content.keywords)} if content.keywords else {}),
        **({"languages": [language_code(each) for each in content.languages]} if content.languages else {}),
        **{name: content.details[name] for name in ("allow_file_writing", "constants") if name in content.details},
    }


def legacy_problem_file(content: PackageContent, flags: str) -> dict[str, Any]:
    """The file in the legacy format; ``flags`` are the output validator's on every test."""
    details, problem = content.details, content.problem
    credits_, source = details.get("credits"), details.get("source")
    authors = credits_.get("authors") if isinstance(credits_, dict) else None
    names = [name for person in _listed(authors) if (name := _name(person))]
    origin = source if isinstance(source, dict) else {"name": source}
    multipliers = _given_limits(content).get("time_multipliers")
    file = {
        "problem_format_version": "legacy",
        "type": "pass-fail" if problem.scoring is None else "scoring",
        "name": content.name,
        "uuid": content.uuid,
        "author": ", ".join(names) or None,
        "source": _name(origin) if isinstance(origin.get("name"), str) else None,
        "source_url": origin.get("url"),
        "license": details.get("license"),
        "rights_owner": details.get("rights_owner"),
        "limits": {
            **(legacy_multipliers(multipliers) if isinstance(multipliers, dict) else {}),
            **_limits(content),
        },
        "validation": _validation(problem),
        "validator_flags": flags or None,
        "grading": details.get("grading"),
        "keywords": " ".join(word for word in content.keywords if word and not re.search(r"\s", word)) or None,
    }
    return {name: value for name, value in file.items() if value is not None}


def seconds_of(problem: Problem) -> str:
    """The time limit as ``.timelimit`` has it."""
    return f"{_plain(problem.limits.cpu_ms / 1000)}\n"


def _given_limits(content: PackageContent) -> Mapping[str, Any]:
    limits = content.details.get("limits")
    return limits if isinstance(limits, dict) else {}


def _limits(content: PackageContent) -> dict[str, Any]:
    """Limits of both families."""
    given, problem = _given_limits(content), content.problem
    found: dict[str, Any] = {"memory": problem.limits.memory_mib, "output": problem.limits.output_mib}
    found |= {name: given[name] for name in (*LIMITS, "validation_output") if name in given}
    program = judging_program(problem)
    if program is not None:
        if program.cpu_ms != DEFAULT_CPU_MS:
            found["validation_time"] = math.ceil(program.cpu_ms / 1000)
        if program.memory_mib != DEFAULT_MEMORY_MIB:
            found["validation_memory"] = program.memory_mib
    return found


def _types(problem: Problem) -> str | list[str]:
    kind = "pass-fail" if problem.scoring is None else "scoring"
    return kind if problem.interactor is None else [kind, "interactive"]


def _validation(problem: Problem) -> str:
    if judging_program(problem) is None:
        return "default"
    words = ["custom"]
    if problem.interactor is not None:
        words.append("interactive")
    if gives_scores(problem):
        words.append("score")
    return " ".join(words)


def _names(content: PackageContent) -> str | dict[str, str]:
    languages = dict.fromkeys((*(each.language for each in content.statements), *content.names))
    if not content.names and set(languages) <= {"en"}:
        return content.name
    return {language: content.names.get(language, content.name) for language in languages} or content.name


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _name(person: object) -> str:
    return str(person.get("name", "")) if isinstance(person, dict) else str(person)


def _moment(text: str) -> object:
    """A date as YAML has it; times stay text, which YAML would show otherwise."""
    return dt.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text


def _plain(number: float) -> float | int:
    return int(number) if number == int(number) else number
