"""Validating a problem: its reference solutions are tried on its tests, as a job like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select

from api.caller import Caller
from api.database import Work, is_id, new_id
from api.enums import JobStatus
from api.errors import (
    AlreadyFinishedError,
    LanguageUnavailableError,
    NoTestCasesError,
    SolutionNotFoundError,
    ValidationNotFoundError,
)
from api.execution.admission import admit
from api.execution.cancelling import cancel_job
from api.execution.reading import wait
from api.pagination import Keyset, PageQuery, Rows, paginate
from api.problems.case_files import StoredTests, read_tests
from api.problems.judging import judge_problem
from api.problems.models import Problem, ProblemValidation, ReferenceSolution
from api.problems.programs import kept_input_validator, own_programs, require_languages
from api.problems.solution_schemas import (
    ProblemValidationView,
    ValidateBody,
    ValidationAccepted,
    ValidationCancelled,
    ValidationSummary,
)
from api.problems.solutions import find_to_author, judged_solution, read_solutions
from api.schemas import Page
from api.services import Services
from api.webhooks.choosing import check_webhook
from judge.validation import Authored
from languages import Language
from runner.events import EventKind, JobEvent
from runner.jobs import Job, ValidationTask


async def validate_problem(
    work: Work, services: Services, caller: Caller, *, problem_id: str, body: ValidateBody
) -> ValidationAccepted:
    """Accept a validation.

    Raises ``ProblemNotFoundError``, ``ForbiddenError``, ``WebhookNotFoundError``, :class:`SolutionNotFoundError` for an
    id that no solution has,
    :class:`NoTestCasesError`, :class:`LanguageUnavailableError` for a solution that is named, or a program that judges,
    in a language that is not installed here, and the errors of limits.
    """
    problem = await find_to_author(work, problem_id, caller=caller)
    solutions = await read_solutions(work, problem.id)
    chosen = solutions
    if "solution_ids" in body.model_fields_set:
        wanted = set(body.solution_ids)
        chosen = [solution for solution in solutions if solution.id in wanted]
        if len(chosen) < len(wanted):
            raise SolutionNotFoundError
    await check_webhook(work, caller, body.webhook_id)
    tests = await read_tests(work, problem, services.settings.tests)
    if not tests.cases:
        raise NoTestCasesError
    catalog = services.catalog
    require_languages(own_programs(problem.checker, problem.interactor), catalog)
    require_languages([validator["program"] for validator in problem.input_validators], catalog)
    if chosen is not solutions:  # of those that nobody named, the report says which could not be run
        _require_languages(chosen, services)
    task = ValidationTask(
        authored(problem, tests, solutions, languages=catalog.languages),
        repeat=body.repeat,
        chosen=tuple(solution.name for solution in chosen),
        ids={solution.name: solution.id for solution in solutions},
    )
    validation = ProblemValidation(
        id=new_id(),
        problem_id=problem.id,
        user_id=caller.user_id,
        status=JobStatus.QUEUED.value,
        solutions=[[solution.id, solution.name] for solution in chosen],
        created_at=work.now,
    )
    work.session.add(validation)
    await work.session.flush()
    job = Job(validation.id, caller.user_id, work.now, task)
    await admit(work, services, caller, job, tests_id=tests.tests_id, webhook_id=body.webhook_id)
    return ValidationAccepted(validation_id=validation.id, status=JobStatus.QUEUED)


def authored(
    problem: Problem,
    tests: StoredTests,
    solutions: Sequence[ReferenceSolution],
    *,
    languages: Mapping[str, Language],
) -> Authored:
    """A problem with all that its authors wrote to prove it right; a solution's path is its name."""
    return Authored(
        judge_problem(problem, tests.cases, languages=languages, data=tests.data),
        tuple(judged_solution(solution, languages) for solution in solutions),
        tuple(kept_input_validator(validator, languages) for validator in problem.input_validators),
    )


async def list_validations(work: Work, problem_id: str, *, caller: Caller, page: PageQuery) -> Page[ValidationSummary]:
    """A problem's validations that are kept, the newest first.

    Raises ``ProblemNotFoundError``, ``ForbiddenError``, and ``ValidationFailedError`` for a cursor of another list.
    """
    problem = await find_to_author(work, problem_id, caller=caller)
    statement: Rows = select(
        ProblemValidation.id,
        ProblemValidation.status,
        ProblemValidation.ok,
        ProblemValidation.created_at,
        ProblemValidation.started_at,
        ProblemValidation.completed_at,
    ).where(ProblemValidation.problem_id == problem.id)
    keyset = Keyset(ProblemValidation.created_at, ProblemValidation.id, scope=("validations", problem.id))
    return await paginate(work.session, statement, page, keyset, show=_summary)


def _summary(row: Row[Any]) -> ValidationSummary:
    return ValidationSummary(
        validation_id=row.id,
        status=JobStatus(row.status),
        ok=row.ok,
        created_at=row.created_at,
        started_at=row.started_at,
        completed_at=row.completed_at,
    )


async def find_validation(work: Work, problem_id: str, validation_id: str, *, caller: Caller) -> ProblemValidation:
    """A validation as it is now in the database.

    Raises ``ProblemNotFoundError``, ``ForbiddenError`` and :class:`ValidationNotFoundError`.
    """
    problem = await find_to_author(work, problem_id, caller=caller)
    found = None
    if is_id(validation_id):
        found = await work.session.get(ProblemValidation, validation_id, populate_existing=True)
    if found is None or found.problem_id != problem.id:
        raise ValidationNotFoundError
    return found


async def read_validation(
    services: Services, problem_id: str, validation_id: str, *, caller: Caller, wait_ms: int = 0
) -> ProblemValidation:
    """As :func:`find_validation`, at its end if that comes within ``wait_ms``."""

    async def look() -> ProblemValidation:
        async with services.database.read() as work:
            return await find_validation(work, problem_id, validation_id, caller=caller)

    return await wait(services, caller, look, wait_ms)


async def show_validation(services: Services, validation: ProblemValidation) -> ProblemValidationView:
    """What is known of a validation: of one that goes on, the solutions that are through."""
    over = JobStatus(validation.status).terminal
    return validation_view(validation, () if over else _through(await services.dispatcher.so_far(validation.id)))


def validation_view(validation: ProblemValidation, through: Sequence[dict[str, Any]] = ()) -> ProblemValidationView:
    """A validation; of one that goes on, with the solutions that are ``through``."""
    record: dict[str, Any] = {
        "ok": validation.ok,
        "checksHold": None,
        "solutions": list(through),
        "checkerChecks": [],
        "inputChecks": [],
        "timing": None,
        "warnings": [],
        "findings": [],
    }
    if validation.result is not None:
        record = validation.result
    return ProblemValidationView.model_validate(
        {
            **record,
            "validationId": validation.id,
            "problemId": validation.problem_id,
            "status": JobStatus(validation.status),
            "createdAt": validation.created_at,
            "startedAt": validation.started_at,
            "completedAt": validation.completed_at,
        }
    )


async def cancel_validation(
    work: Work, services: Services, problem_id: str, validation_id: str, *, caller: Caller
) -> ValidationCancelled:
    """Have a validation stopped. Raises as :func:`find_validation`, and :class:`AlreadyFinishedError`."""
    validation = await find_validation(work, problem_id, validation_id, caller=caller)
    status = JobStatus(validation.status)
    if status.terminal:
        raise AlreadyFinishedError
    await cancel_job(work, services, validation.id)
    return ValidationCancelled(validation_id=validation.id, status=status)


def _through(events: Sequence[JobEvent]) -> list[dict[str, Any]]:
    return [event.data for event in events if event.kind is EventKind.SOLUTION]


def _require_languages(solutions: Sequence[ReferenceSolution], services: Services) -> None:
    catalog = services.catalog
    for solution in solutions:
        language = catalog.language(solution.language)
        if solution.language_version not in {None, *(version.id for version in language.versions)}:
            raise LanguageUnavailableError(f"{language.name} has no version {solution.language_version!r} here")
        if catalog.lacks(language) is not None:
            raise LanguageUnavailableError(f"{language.name}, which {solution.name} is in, is not installed here")
