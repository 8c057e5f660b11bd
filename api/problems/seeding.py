"""Problems to begin with, and programs that solve them. They lie in ``seed``, one file each.

A file holds the body that makes the problem (``CreateProblem``), and ``solutions``: language to program. The starter
code of ``starters.toml`` is that of problems without any of their own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from sqlalchemy import select

from api.database import Database, Work, new_id
from api.enums import SupportedLanguage
from api.errors import DuplicateTitleError
from api.problems.columns import folded
from api.problems.models import Problem, ReferenceSolution
from api.problems.schemas import CreateProblem
from api.problems.service import create_problem
from judge import TimeRole, Verdict

_STARTERS: Final = "starters.toml"


@dataclass(frozen=True, slots=True)
class Seed:
    """A problem with reference solutions: every one of them is right."""

    body: CreateProblem
    solutions: Mapping[SupportedLanguage, str]


def read_seeds() -> tuple[Seed, ...]:
    """The problems that come with the service, by the names of their files."""
    folder = files(__package__) / "seed"
    found = {entry.name: tomllib.loads(entry.read_text("utf-8")) for entry in folder.iterdir() if entry.is_file()}
    starters = found.pop(_STARTERS)
    return tuple(_seed(found[name], starters) for name in sorted(found))


async def seed(database: Database) -> list[str]:
    """Add and publish the problems that are not there yet, by their titles; the titles that were added.

    Those that are there are left as they are. Several may do so at once.
    """
    async with database.write() as work:
        return [given.body.title for given in read_seeds() if await _add(work, given)]


async def _add(work: Work, given: Seed) -> bool:
    known = select(Problem.id).where(Problem.title_key == folded(given.body.title))
    if (await work.session.execute(known)).first() is not None:
        return False
    try:
        problem = await create_problem(work, given.body, catalog=None, caller=None)
    except DuplicateTitleError:
        return False
    accepted = [Verdict.ACCEPTED.value]
    for position, (language, code) in enumerate(given.solutions.items()):
        solution = ReferenceSolution(
            id=new_id(),
            problem_id=problem.id,
            name=f"accepted/{language.value}",
            position=position,
            language=language.value,
            code=code.encode(),
            files=[],
            permitted=accepted,
            required=accepted,
            is_model=True,
            time_role=TimeRole.LOWER.value,
        )
        work.session.add(solution)
    return True


def _seed(content: dict[str, Any], starters: dict[str, str]) -> Seed:
    solutions = {SupportedLanguage(language): code for language, code in content.pop("solutions").items()}
    body = {"starterCode": starters, "isPublished": True, **content}
    return Seed(CreateProblem.model_validate(body), solutions)
