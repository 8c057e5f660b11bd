"""Reference solutions of a problem: programs whose verdicts are known, kept to try its tests with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from api.audit import audit
from api.caller import Caller
from api.database import Work, is_id, new_id
from api.errors import SolutionNotFoundError, ValidationFailedError
from api.execution.programs import check_available, read_source
from api.permissions import Capability
from api.problems.access import find_problem
from api.problems.models import Problem, ReferenceSolution
from api.problems.package_expectations import kept_authors, kept_expectation
from api.problems.programs import keep, kept, show
from api.problems.scoring import plain_number
from api.problems.solution_schemas import ReferenceSolutionView, SolutionBody
from judge import PACKAGED, Expectation, Source, Submission, TimeRole, Verdict
from judge.packages.promises import derived_role
from languages import Language
from runner.catalog import Catalog


async def list_solutions(work: Work, problem_id: str, *, caller: Caller) -> list[ReferenceSolutionView]:
    """A problem's solutions in their order. Raises ``ProblemNotFoundError`` and ``ForbiddenError``."""
    problem = await find_to_author(work, problem_id, caller=caller)
    return [show_solution(solution) for solution in await read_solutions(work, problem.id)]


async def add_solution(
    work: Work, problem_id: str, *, body: SolutionBody, catalog: Catalog, caller: Caller
) -> ReferenceSolutionView:
    """A new solution.

    Raises ``ProblemNotFoundError``, ``ForbiddenError``, :class:`api.errors.LanguageUnavailableError`, and
    :class:`api.errors.ValidationFailedError` for programs that could not be compiled at all and names that are taken.
    """
    read_source(body, catalog)
    problem = await find_to_author(work, problem_id, caller=caller, lock=True)
    _check(problem, body, catalog)
    last = select(func.max(ReferenceSolution.position)).where(ReferenceSolution.problem_id == problem.id)
    place = (await work.session.execute(last)).scalar_one_or_none()
    solution = ReferenceSolution(id=new_id(), problem_id=problem.id, position=0 if place is None else place + 1)
    _assign(solution, body)
    await _save(work, solution)
    _changed(work, problem, caller, solution=solution.name, change="added")
    return show_solution(solution)


async def replace_solution(
    work: Work, problem_id: str, solution_id: str, *, body: SolutionBody, catalog: Catalog, caller: Caller
) -> ReferenceSolutionView:
    """Another solution in place of one.

    What only its package said of it stays where language and expectations do: nobody could see that it still holds.
    Raises as :func:`add_solution`, and :class:`SolutionNotFoundError`.
    """
    read_source(body, catalog)
    problem, solution = await _find(work, problem_id, solution_id, caller=caller)
    _check(problem, body, catalog)
    with work.session.no_autoflush:
        promised = _promised(solution)
        _assign(solution, body)
        if _promised(solution) != promised:
            solution.package = None
        await _save(work, solution)
    _changed(work, problem, caller, solution=solution.name, change="replaced")
    return show_solution(solution)


async def remove_solution(work: Work, problem_id: str, solution_id: str, *, caller: Caller) -> None:
    """Forget a solution. Raises ``ProblemNotFoundError``, ``ForbiddenError`` and :class:`SolutionNotFoundError`."""
    problem, solution = await _find(work, problem_id, solution_id, caller=caller)
    await work.session.delete(solution)
    _changed(work, problem, caller, solution=solution.name, change="removed")


async def find_to_author(work: Work, problem_id: str, *, caller: Caller, lock: bool = False) -> Problem:
    """A problem of which the caller may see everything. Raises ``ProblemNotFoundError`` and ``ForbiddenError``."""
    problem = await find_problem(work, problem_id, drafts=caller.admin, lock=lock and caller.admin)
    caller.require(Capability.PROBLEM_EDIT)
    return problem


async def read_solutions(work: Work, problem_id: str) -> Sequence[ReferenceSolution]:
    """A problem's solutions in their order."""
    mine = select(ReferenceSolution).where(ReferenceSolution.problem_id == problem_id)
    ordered = mine.order_by(ReferenceSolution.position, ReferenceSolution.name)
    return (await work.session.execute(ordered)).scalars().all()


def show_solution(solution: ReferenceSolution) -> ReferenceSolutionView:
    """A solution as admins see it."""
    score = solution.expected_score
    optional = {
        "language_version": solution.language_version,
        "entrypoint": solution.entrypoint,
        "expected_score": [plain_number(end) for end in score]
        if isinstance(score, list)
        else (None if score is None else plain_number(score)),
    }
    return ReferenceSolutionView.model_validate(
        {
            "id": solution.id,
            "name": solution.name,
            "language": solution.language,
            "code": solution.code.decode(errors="replace"),
            "files": [{"path": file["path"], "content": show(file["content"])} for file in solution.files],
            "permitted_verdicts": solution.permitted,
            "required_verdicts": solution.required,
            "is_model": solution.is_model,
            "use_for_time_limit": solution.time_role,
            **{name: value for name, value in optional.items() if value is not None},
        }
    )


def judged_solution(solution: ReferenceSolution, languages: Mapping[str, Language]) -> Submission:
    """A solution as it is judged; its path is its name. Raises ``KeyError``, :class:`judge.SourceError`."""
    source = Source.of(
        languages[solution.language],
        solution.code,
        entrypoint=solution.entrypoint,
        files={file["path"]: kept(file["content"]) for file in solution.files},
        rules=PACKAGED,
    )
    return Submission(
        path=solution.name,
        directory=(solution.package or {}).get("directory", ""),
        source=source,
        expectation=_expectation(solution),
        model=solution.is_model,
        time_role=TimeRole(solution.time_role),
        authors=kept_authors(solution.package),
    )


def _expectation(solution: ReferenceSolution) -> Expectation:
    permitted = frozenset(map(Verdict, solution.permitted))
    score = solution.expected_score
    return kept_expectation(
        solution.package,
        permitted=permitted,
        required=frozenset(map(Verdict, solution.required)) or permitted,
        score=None if score is None else (score[0], score[1]) if isinstance(score, list) else (score, score),
    )


async def _find(work: Work, problem_id: str, solution_id: str, *, caller: Caller) -> tuple[Problem, ReferenceSolution]:
    problem = await find_to_author(work, problem_id, caller=caller, lock=True)  # before anything is told of solutions
    solution = await work.session.get(ReferenceSolution, solution_id) if is_id(solution_id) else None
    if solution is None or solution.problem_id != problem.id:
        raise SolutionNotFoundError
    return problem, solution


def _promised(solution: ReferenceSolution) -> tuple[object, ...]:
    """What it is and what is expected of it, as far as the wire has words for that."""
    return solution.language, solution.permitted, solution.required, solution.expected_score


def _check(problem: Problem, body: SolutionBody, catalog: Catalog) -> None:
    check_available(body, catalog, allowed=problem.allowed_languages)
    if "expected_score" in body.model_fields_set and problem.scoring["mode"] != "points":
        raise ValidationFailedError.of("expectedScore", "is for problems whose tests earn points")


def _assign(solution: ReferenceSolution, body: SolutionBody) -> None:
    given = body.model_fields_set
    expected = Expectation(frozenset(body.permitted_verdicts), frozenset(body.required_verdicts))
    role = body.use_for_time_limit if "use_for_time_limit" in given else derived_role(expected)
    solution.name = body.name
    solution.language = body.language.value
    solution.language_version = body.language_version
    solution.code = body.code.encode()
    solution.files = [{"path": file.path, "content": keep(file.content.encode())} for file in body.files]
    solution.entrypoint = body.entrypoint
    solution.permitted = [verdict.value for verdict in body.permitted_verdicts]
    solution.required = [verdict.value for verdict in body.required_verdicts]
    solution.expected_score = body.expected_score
    solution.is_model = body.is_model
    solution.time_role = role.value


async def _save(work: Work, solution: ReferenceSolution) -> None:
    try:
        async with work.session.begin_nested():
            work.session.add(solution)
            await work.session.flush()
    except IntegrityError as error:
        raise ValidationFailedError.of("name", "is that of another solution of this problem") from error


def _changed(work: Work, problem: Problem, caller: Caller, **details: object) -> None:
    problem.updated_at = work.now
    details = {"title": problem.title, **details}
    audit(work, "admin.problem.update", target_type="problem", target_id=problem.id, actor=caller, details=details)
