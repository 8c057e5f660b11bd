"""From what a request says of a problem to its columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import BaseModel

from api.problems.models import Problem
from api.problems.schemas import CreateProblem, NewTestCase, UpdateProblem


def _plain(value: Any) -> Any:  # noqa: ANN401 - as it is
    return value


def _wire(value: BaseModel | None) -> Any:  # noqa: ANN401 - JSON
    return None if value is None else value.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _wire_list(values: list[BaseModel]) -> list[Any]:
    return [_wire(value) for value in values]


def _by_language(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    return {str(language): _wire(v) if isinstance(v, BaseModel) else v for language, v in values.items()}


def _texts(values: list[str] | None) -> list[str] | None:
    return None if values is None else [str(value) for value in values]


# Field of a body: the column, and what is kept there.
_COLUMNS: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "title": ("title", _plain),
    "description": ("description", _plain),
    "difficulty": ("difficulty", str),
    "tags": ("tags", _plain),
    "company": ("company", _plain),
    "constraints": ("constraints", _plain),
    "examples": ("examples", _wire_list),
    "starter_code": ("starter_code", _by_language),
    "time_limit": ("time_limit_ms", _plain),
    "memory_limit": ("memory_limit_mib", _plain),
    "output_limit_mb": ("output_limit_mib", _plain),
    "is_published": ("is_published", _plain),
    "kind": ("kind", str),
    "checker": ("checker", _wire),
    "interactor": ("interactor", _wire),
    "scoring": ("scoring", lambda scoring: scoring.wire()),
    "stop_on_first_failure": ("stop_on_first_failure", _plain),
    "allowed_languages": ("allowed_languages", _texts),
    "language_limits": ("language_limits", _by_language),
}


def assign(problem: Problem, body: CreateProblem | UpdateProblem) -> None:
    """Take over everything that ``body`` says but its tests: of a new problem all, of an update what is set."""
    given = body.model_fields_set if isinstance(body, UpdateProblem) else set(CreateProblem.model_fields)
    for field in given & _COLUMNS.keys():
        column, kept = _COLUMNS[field]
        setattr(problem, column, kept(getattr(body, field)))
    if given & {"title", "description"}:
        derive_texts(problem)
    if "test_cases" in given:
        problem.test_count = len(body.test_cases)
        problem.hidden_test_count = sum(case.is_hidden for case in body.test_cases)


def derive_texts(problem: Problem) -> None:
    """Bring up to date by what a problem is found: what follows from its title and its description."""
    problem.title_key = folded(problem.title)
    problem.search_text = folded(f"{problem.title}\n{problem.description}")


def folded(text: str) -> str:
    """Equal for texts that differ only in case, or in how the same letters are written; at most three times as long."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def case_rows(problem_id: str, cases: list[NewTestCase]) -> list[dict[str, Any]]:
    """Tests as rows to insert."""
    return [
        {
            "problem_id": problem_id,
            "index": index,
            "input": case.input.encode(),
            "expected_output": case.expected_output.encode(),
            "description": case.description,
            "is_hidden": case.is_hidden,
            "timeout_ms": case.timeout_ms,
            "memory_mib": case.memory_mb,
            "group": case.group,
            "weight": case.weight,
            "args": case.args,
            "checker_args": case.checker_args,
        }
        for index, case in enumerate(cases)
    ]
