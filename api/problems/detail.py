"""One problem as its reader may see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from api.caller import Caller
from api.database import Work
from api.problems.attempts import read_attempts
from api.problems.checkers import public_checker
from api.problems.listing import acceptance_rate
from api.problems.models import Bookmark, Problem, TestCaseRow
from api.problems.programs import shown_program
from api.problems.repository import read_cases
from api.problems.schemas import ProblemDetail, TestCase
from api.problems.scoring import plain_number, shown_scoring


async def show_problem(work: Work, problem: Problem, *, caller: Caller, hidden: bool) -> ProblemDetail:
    """The problem for ``caller``. ``hidden``: with its hidden tests, which is for admins."""
    hidden = hidden and caller.admin
    attempts = await read_attempts(work, user_id=caller.user_id, problem_id=problem.id)
    more: dict[str, Any] = {}
    if caller.admin:
        more = {"test_case_count": problem.test_count, "hidden_test_case_count": problem.hidden_test_count}
    return ProblemDetail.model_validate(
        {
            "id": problem.id,
            "title": problem.title,
            "difficulty": problem.difficulty,
            "is_published": problem.is_published,
            "tags": problem.tags,
            "company": problem.company,
            "acceptance_rate": acceptance_rate(problem.accepted_submissions, problem.total_submissions),
            "is_bookmarked": await _bookmarked(work, caller, problem),
            "attempt_status": attempts.status,
            "description": problem.description,
            "constraints": problem.constraints,
            "examples": problem.examples,
            "starter_code": problem.starter_code,
            "test_cases": [show_case(row) for row in await read_cases(work, problem.id, hidden=hidden)],
            "time_limit": problem.time_limit_ms,
            "memory_limit": problem.memory_limit_mib,
            "output_limit_mb": problem.output_limit_mib,
            "total_submissions": problem.total_submissions,
            "user_attempts": attempts.count,
            "kind": problem.kind,
            "scoring": shown_scoring(problem.scoring),
            "allowed_languages": problem.allowed_languages,
            "language_limits": problem.language_limits,
            "checker": _shown_checker(problem.checker) if caller.admin else public_checker(problem.checker),
            "interactor": shown_program(problem.interactor) if caller.admin else None,
            "stop_on_first_failure": problem.stop_on_first_failure,
            "created_at": problem.created_at,
            "updated_at": problem.updated_at,
            **more,
        }
    )


def _shown_checker(checker: Mapping[str, Any]) -> dict[str, Any]:
    """A stored checker as admins see it."""
    if "program" not in checker:
        return dict(checker)
    return {**checker, "program": shown_program(checker["program"])}


def show_case(row: TestCaseRow) -> TestCase:
    """A test as it was given."""
    optional = {
        "description": row.description,
        "timeout_ms": row.timeout_ms,
        "memory_mb": row.memory_mib,
        "group": row.group,
        "weight": None if row.weight is None else plain_number(row.weight),
        "args": row.args,
        "checker_args": row.checker_args,
    }
    return TestCase.model_validate(
        {
            "input": row.input.decode(errors="replace"),
            "expected_output": row.expected_output.decode(errors="replace"),
            "is_hidden": row.is_hidden,
            **{name: value for name, value in optional.items() if value is not None},
        }
    )


async def _bookmarked(work: Work, caller: Caller, problem: Problem) -> bool:
    statement = select(Bookmark.user_id).where(Bookmark.user_id == caller.user_id, Bookmark.problem_id == problem.id)
    return (await work.session.execute(statement)).first() is not None
