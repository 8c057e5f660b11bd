"""Making a package of a problem: read in one transaction, written and packed beside the event loop."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import select
from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from api.caller import Caller
from api.database import Work
from api.errors import NoTestCasesError, PackageInvalidError
from api.problems.case_files import read_light_cases, write_data
from api.problems.models import Problem, ProblemFile
from api.problems.package_content import StoredProblem, package_content
from api.problems.package_schemas import ExportFormat
from api.problems.solutions import find_to_author, read_solutions
from api.services import Services
from judge import Data, PackageError
from judge.packages import Format
from judge.packages.archive import pack
from judge.packages.writer import write_package
from languages import Language

_FORMATS: Final[Mapping[ExportFormat, Format]] = {
    ExportFormat.V2025_09: Format.V2025_09,
    ExportFormat.LEGACY: Format.LEGACY,
}


WARNINGS: Final = "X-Package-Warnings"
"""The header that says what other tools will not see of a package as it is meant: sentences, as JSON in ASCII."""

_MOST_HEADER_BYTES: Final = 4096  # proxies take 8 KiB of headers, all together


class PackageResponse(FileResponse):
    """An archive in a directory of its own, which is gone when the answer is given, however little of it was sent."""

    def __init__(self, archive: Path, warnings: Sequence[str]) -> None:
        headers = {WARNINGS: warnings_header(warnings)}
        super().__init__(archive, headers=headers, media_type="application/zip", filename=archive.name)
        self._directory = archive.parent

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await asyncio.to_thread(shutil.rmtree, self._directory, ignore_errors=True)


def warnings_header(warnings: Sequence[str]) -> str:
    """The sentences for a header; of those that do not fit, how many there are."""
    shown = list(warnings)
    while len(text := json.dumps(shown + _left_out(len(warnings) - len(shown)))) > _MOST_HEADER_BYTES:
        shown.pop()
    return text


def _left_out(count: int) -> list[str]:
    return [f"and {count} more"] if count else []


async def export_package(
    services: Services, caller: Caller, problem_id: str, *, format_: ExportFormat
) -> PackageResponse:
    """A problem as a package.

    Raises ``ProblemNotFoundError``, ``ForbiddenError``, :class:`NoTestCasesError`, and :class:`PackageInvalidError` for
    what no package can hold.
    """
    async with services.database.read() as work:
        _ = await find_to_author(work, problem_id, caller=caller)
    async with services.unpacking:
        directory = Path(tempfile.mkdtemp(dir=services.workspace, prefix="export-"))
        try:
            async with services.database.read() as work:
                problem = await find_to_author(work, problem_id, caller=caller)
                stored = await _read(work, problem, directory / "data")
            languages = services.catalog.languages
            archive, warnings = await asyncio.to_thread(_pack, stored, directory, languages, format_=_FORMATS[format_])
        except BaseException:
            await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)
            raise
    return PackageResponse(archive, warnings)


async def _read(work: Work, problem: Problem, directory: Path) -> StoredProblem:
    """Everything of a problem, its tests' data as files in ``directory``: they may be more than memory takes.

    Raises :class:`NoTestCasesError`.
    """
    await asyncio.to_thread(directory.mkdir)
    cases = await read_light_cases(work, problem.id)
    if not cases:
        raise NoTestCasesError
    data = await write_data(work, cases, directory)
    rows = await work.session.execute(select(ProblemFile).where(ProblemFile.problem_id == problem.id))
    files = {row.path: Data(row.content) for row in rows.scalars()}
    return StoredProblem(problem, cases, data, await read_solutions(work, problem.id), files)


def _pack(
    stored: StoredProblem, directory: Path, languages: Mapping[str, Language], *, format_: Format
) -> tuple[Path, Sequence[str]]:
    """The archive, written into ``directory``, which holds nothing else then, and what others do not see; blocking."""
    content = package_content(stored, languages)
    package, archive = directory / "package", directory / f"{content.shortname}.zip"
    try:
        warnings = write_package(content, package, format_, languages=languages)
    except PackageError as error:
        raise PackageInvalidError.of([str(error)]) from error
    pack(package, archive, top=content.shortname)
    shutil.rmtree(package)
    shutil.rmtree(directory / "data")
    return archive, warnings
