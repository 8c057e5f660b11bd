"""Taking over a problem package: unpacked and read beside the event loop, then kept in one transaction."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from sqlalchemy import delete, insert, or_, select

from api.audit import audit
from api.caller import Caller
from api.database import Work, new_id
from api.errors import DuplicateTitleError, PackageInvalidError
from api.forms import Form
from api.permissions import Capability
from api.problems import repository
from api.problems.columns import derive_texts, folded
from api.problems.detail import show_problem
from api.problems.models import Problem, ProblemFile, ReferenceSolution, TestCaseRow
from api.problems.package_rows import CaseData, PackagedProblem, packaged_problem
from api.problems.package_schemas import PackageImported
from api.services import Services
from judge import Data, PackageError
from judge.packages import read_package
from judge.packages.content import content_of
from judge.packages.opened import opened
from judge.packages.statement import description_of
from languages import Language

Json = dict[str, Any]

_BLOCK_BYTES: Final = 8 << 20
_MOST_NAME: Final = 60  # as a file's, in whatever alphabet


@dataclass(frozen=True, slots=True)
class _Found:
    """What an archive holds; ``problem`` ``None``: nothing that can be taken over, as ``errors`` say."""

    problem: PackagedProblem | None
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def all_warnings(self, *, made: bool) -> list[str]:
        """The warnings, with those about what is assumed of a problem that is new."""
        return [*self.warnings, *(self.problem.assumptions if made and self.problem is not None else ())]


async def import_package(services: Services, caller: Caller, form: Form) -> tuple[PackageImported, bool]:
    """Take over the package that was sent, or see whether it could be; and whether a problem was made of it.

    Raises ``ForbiddenError``, :class:`PackageInvalidError` for what is no package, or holds what cannot be judged
    (unless it is a dry run, which reports that), and :class:`DuplicateTitleError`.
    """
    caller.require(Capability.PROBLEM_CREATE)
    dry_run = form.flag("dryRun")
    async with services.unpacking, _read(services, form) as found:
        if found.problem is None and not dry_run:
            raise PackageInvalidError.of(found.errors)
        if dry_run:
            async with services.database.read() as work:
                return await _foreseen(work, found, form), False
        assert found.problem is not None  # noqa: S101 - else it would have been refused
        async with services.database.write() as work:
            problem, made = await _keep(work, found.problem, form, caller=caller)
            shown = await show_problem(work, problem, caller=caller, hidden=False)
        return PackageImported(problem=shown, warnings=found.all_warnings(made=made), errors=[]), made


@contextlib.asynccontextmanager
async def _read(services: Services, form: Form) -> AsyncIterator[_Found]:
    """What was sent, its files on disk until the context ends."""
    languages = services.catalog.languages
    with ExitStack() as owned:
        unpacking = asyncio.create_task(
            asyncio.to_thread(_unpack, form, within=services.workspace, languages=languages, owned=owned)
        )
        try:
            yield await asyncio.shield(unpacking)
        finally:
            # What is being unpacked cannot be stopped, and must be gone before this is over.
            await asyncio.wait([unpacking])
            await asyncio.to_thread(owned.close)


def _unpack(form: Form, *, within: Path, languages: Mapping[str, Language], owned: ExitStack) -> _Found:
    """What the archive holds, unpacked for as long as ``owned`` is open; blocking."""
    named = form.path.rename(form.path.with_name(f"{_called(form.filename)}.zip"))
    try:
        found = owned.enter_context(opened(named, within=within))
    except PackageError as error:
        return _Found(None, (str(error),))
    try:
        package = read_package(found.directory, languages)
        warnings = (*found.notes, *package.warnings)
        if unsupported := (*found.unsupported, *package.unsupported):
            return _Found(None, tuple(f"{need}: this is not supported" for need in unsupported), warnings)
        problem = packaged_problem(content_of(package), description_of(found.directory))
    except PackageError as error:
        return _Found(None, (str(error),), found.notes)
    return _Found(problem, warnings=(*warnings, *problem.warnings))


def _called(filename: str) -> str:
    """What the sender calls the archive, as far as a file can be called so: a problem without a title is."""
    return re.sub(r"[^\w -]+", "", PurePosixPath(filename).stem).strip()[:_MOST_NAME] or "problem"


async def _foreseen(work: Work, found: _Found, form: Form) -> PackageImported:
    """What would come of it."""
    errors, replaced = list(found.errors), None
    if found.problem is not None:
        try:
            replaced = await _find(work, found.problem, replace=form.flag("replace"), lock=False)
        except DuplicateTitleError as error:
            errors.append(error.message)
    return PackageImported(problem=None, warnings=found.all_warnings(made=replaced is None), errors=errors)


async def _keep(work: Work, packaged: PackagedProblem, form: Form, *, caller: Caller) -> tuple[Problem, bool]:
    problem = await _find(work, packaged, replace=form.flag("replace"), lock=True)
    made = problem is None
    if problem is None:
        problem = Problem(id=new_id(), created_at=work.now, is_published=form.flag("publish"))
    elif "publish" in form.flags:
        problem.is_published = form.flag("publish")
    columns = packaged.columns | (packaged.assumed if made else {})
    with work.session.no_autoflush:
        for name, value in columns.items():
            setattr(problem, name, value)
        derive_texts(problem)
        problem.package_key = package_key(problem.package_uuid)
        problem.test_count = len(packaged.cases)
        problem.hidden_test_count = sum(case.row["is_hidden"] for case in packaged.cases)
        problem.updated_at = work.now
    await repository.save_title(work, problem)
    await repository.replace_tags(work, problem.id, problem.tags)
    await _replace_cases(work, problem, packaged.cases)
    await _replace_solutions(work, problem.id, packaged.solutions)
    await _replace_files(work, problem.id, packaged.files)
    details = {"title": problem.title, "replaced": not made, "published": problem.is_published}
    audit(work, "admin.problem.import", target_type="problem", target_id=problem.id, actor=caller, details=details)
    return problem, made


def package_key(uuid: str | None) -> str | None:
    """What tells packages apart, of a package's uuid."""
    return None if uuid is None else uuid.casefold()


async def _find(work: Work, packaged: PackagedProblem, *, replace: bool, lock: bool) -> Problem | None:
    """The problem that the package is of: the one with its uuid or its title; ``None``: it is a new one.

    Raises :class:`DuplicateTitleError` if there is one and it is not to ``replace`` it, or if there are two.
    """
    same = [Problem.title_key == folded(packaged.columns["title"])]
    key = package_key(packaged.columns["package_uuid"])
    if key is not None:
        same += [Problem.package_key == key, Problem.id == key]  # a package of a problem made here has its id
    statement = select(Problem).where(Problem.deleted_at.is_(None), or_(*same)).order_by(Problem.id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = (await work.session.execute(statement)).scalars().all()
    if not found:
        return None
    if len(found) > 1:
        raise DuplicateTitleError("One problem has the title of this package, and another one its uuid")
    if not replace:
        raise DuplicateTitleError("There is a problem with the title or the uuid of this package")
    return found[0]


async def _replace_cases(work: Work, problem: Problem, cases: Sequence[CaseData]) -> None:
    size = sum(case.input.size_bytes + case.expected.size_bytes for case in cases)
    await repository.make_room_for_cases(work, problem, tests_bytes=size)
    rows = (
        ({"problem_id": problem.id, **case.row}, {"input": case.input, "expected_output": case.expected})
        for case in cases
    )
    await _insert(work, TestCaseRow, rows)


async def _replace_files(work: Work, problem_id: str, files: Mapping[str, Data]) -> None:
    await work.session.execute(delete(ProblemFile).where(ProblemFile.problem_id == problem_id))
    rows = (({"problem_id": problem_id, "path": path}, {"content": data}) for path, data in files.items())
    await _insert(work, ProblemFile, rows)


async def _replace_solutions(work: Work, problem_id: str, solutions: Sequence[Json]) -> None:
    """Those of the same name keep their id."""
    mine = select(ReferenceSolution.name, ReferenceSolution.id).where(ReferenceSolution.problem_id == problem_id)
    ids = {row.name: row.id for row in await work.session.execute(mine)}
    await work.session.execute(delete(ReferenceSolution).where(ReferenceSolution.problem_id == problem_id))
    rows = [
        {"id": ids.get(solution["name"]) or new_id(), "problem_id": problem_id, **solution} for solution in solutions
    ]
    if rows:
        await work.session.execute(insert(ReferenceSolution), rows)


async def _insert(
    work: Work, table: type[TestCaseRow | ProblemFile], rows: Iterable[tuple[Json, Mapping[str, Data]]]
) -> None:
    """Insert rows, their data read beside the event loop."""
    blocks = _blocks(rows)
    while (block := await asyncio.to_thread(next, blocks, None)) is not None:
        await work.session.execute(insert(table), block)


def _blocks(rows: Iterable[tuple[Json, Mapping[str, Data]]]) -> Iterator[list[Json]]:
    """Rows with their data read, a few MiB at a time."""
    block: list[Json] = []
    size = 0
    for row, data in rows:
        read = {name: each.read() for name, each in data.items()}
        block.append({**row, **read})
        size += sum(map(len, read.values()))
        if size >= _BLOCK_BYTES:
            yield block
            block, size = [], 0
    if block:
        yield block
