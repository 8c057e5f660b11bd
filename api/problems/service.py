"""Making and changing problems. Each is one transaction that the audit log tells of."""

from __future__ import annotations

from typing import Final

from api.audit import audit
from api.caller import Caller
from api.database import Work, new_id
from api.errors import NoTestCasesError, ProblemInUseError, ProblemNotFoundError
from api.permissions import Capability
from api.problems import repository
from api.problems.access import find_problem
from api.problems.columns import assign, case_rows
from api.problems.models import Problem
from api.problems.programs import own_programs, require_languages
from api.problems.rules import case_facts, check_programs, check_whole
from api.problems.schemas import CreateProblem, UpdateProblem
from languages import load_languages
from runner.catalog import Catalog

_TOGETHER: Final = frozenset({"test_cases", "kind", "checker", "interactor", "scoring"})
"""Fields that must fit each other. What came from a package need not be as a request would have to say it."""


async def create_problem(work: Work, body: CreateProblem, *, catalog: Catalog | None, caller: Caller | None) -> Problem:
    """A new problem with its tests. ``caller`` ``None``: the system makes it; ``catalog`` ``None``: judged elsewhere.

    Raises :class:`api.errors.ValidationFailedError` for parts that do not go together,
    :class:`api.errors.ForbiddenError`, :class:`api.errors.LanguageUnavailableError` for a checker or interactor in a
    language that is not installed here, and :class:`api.errors.DuplicateTitleError`.
    """
    check_programs(body, load_languages() if catalog is None else catalog.languages)
    problem = Problem(id=new_id(), created_at=work.now, updated_at=work.now)
    assign(problem, body)
    check_whole(problem, case_facts(body.test_cases))
    if caller is not None:
        caller.require(Capability.PROBLEM_CREATE)
    if catalog is not None:
        require_languages(own_programs(problem.checker, problem.interactor), catalog)
    await repository.save_title(work, problem)
    await repository.replace_tags(work, problem.id, problem.tags)
    await repository.replace_cases(work, problem, case_rows(problem.id, body.test_cases))
    _audit(work, "create", problem, caller=caller, title=problem.title)
    return problem


async def update_problem(
    work: Work, problem_id: str, *, body: UpdateProblem, catalog: Catalog, caller: Caller
) -> Problem:
    """Change what ``body`` says. Raises as :func:`create_problem`, and ``ProblemNotFoundError``."""
    check_programs(body, catalog.languages)
    problem = await _find_to_change(work, problem_id, caller=caller, capability=Capability.PROBLEM_EDIT)
    given = body.model_fields_set
    if not given:
        return problem
    replaced, fits = "test_cases" in given, not given & _TOGETHER
    facts = case_facts(body.test_cases) if replaced else []
    if not fits and not replaced:
        facts = await repository.read_case_facts(work, problem.id)
    with work.session.no_autoflush:
        assign(problem, body)
        if not fits:
            check_whole(problem, facts)
        if given & {"checker", "interactor"}:
            require_languages(own_programs(problem.checker, problem.interactor), catalog)
    problem.updated_at = work.now
    await repository.save_title(work, problem)
    if "tags" in given:
        await repository.replace_tags(work, problem.id, problem.tags)
    if replaced:
        await repository.replace_cases(work, problem, case_rows(problem.id, body.test_cases))
    names = sorted(str(UpdateProblem.model_fields[name].alias) for name in given)
    _audit(work, "update", problem, caller=caller, fields=names)
    return problem


async def publish_problem(work: Work, problem_id: str, *, published: bool, caller: Caller) -> Problem:
    """Let everybody see a problem, or only admins.

    Raises ``ProblemNotFoundError``, ``ForbiddenError``, and :class:`NoTestCasesError` for a problem without tests.
    """
    problem = await _find_to_change(work, problem_id, caller=caller, capability=Capability.PROBLEM_EDIT)
    if problem.is_published == published:
        return problem
    if published and not problem.test_count:
        raise NoTestCasesError
    problem.is_published = published
    problem.updated_at = work.now
    _audit(work, "publish" if published else "unpublish", problem, caller=caller, title=problem.title)
    return problem


async def delete_problem(work: Work, problem_id: str, *, caller: Caller) -> None:
    """Set a problem aside; its title becomes free.

    Raises ``ProblemNotFoundError``, ``ForbiddenError``, and :class:`ProblemInUseError` while it is in use.
    """
    problem = await _find_to_change(work, problem_id, caller=caller, capability=Capability.PROBLEM_DELETE)
    if await repository.in_use(work, problem.id):
        raise ProblemInUseError
    problem.deleted_at = problem.updated_at = work.now
    problem.title_key = problem.package_key = None
    _audit(work, "delete", problem, caller=caller, title=problem.title)


async def find_to_read(work: Work, problem_id: str, *, caller: Caller) -> Problem:
    """A problem that the caller may read: admins any, others published ones, and those of rooms they are in.

    Raises ``ProblemNotFoundError``.
    """
    problem = await find_problem(work, problem_id, drafts=True)
    readable = problem.is_published or caller.admin
    if not readable and not await repository.in_a_room_of(work, problem.id, user_id=caller.user_id):
        raise ProblemNotFoundError
    return problem


async def _find_to_change(work: Work, problem_id: str, *, caller: Caller, capability: Capability) -> Problem:
    problem = await find_problem(work, problem_id, drafts=caller.admin, lock=caller.may(capability))
    caller.require(capability)
    return problem


def _audit(work: Work, action: str, problem: Problem, *, caller: Caller | None, **details: object) -> None:
    audit(work, f"admin.problem.{action}", target_type="problem", target_id=problem.id, actor=caller, details=details)
