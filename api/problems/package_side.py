"""What a problem has that packages have no words for: kept beside the package's own files, for whoever reads it here.

A package may come from anywhere, so all of this is checked like a request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import Field, ValidationError

from api.enums import Difficulty, DifficultyIn, LanguageIn
from api.problems.schemas import ProblemExample
from api.problems.scoring import Scoring
from api.schemas import Body, Plain, absent

KEY: Final = "syncode"
"""Of :attr:`judge.packages.PackageContent.extras`."""

_Text = Annotated[str, Field(max_length=100_000)]
_Name = Annotated[Plain, Field(max_length=100)]


class Side(Body):
    """All of it.

    ``examples``   where they are not the package's samples
    ``unset``      limits that are the usual ones because nobody has set them: ``time``, ``memory``
    ``scoring``    of a problem without points, the groups that nobody counts
    ``versions``   of their language, of reference solutions by their names
    ``solutions``  names of the reference solutions in their order
    """

    difficulty: DifficultyIn = Difficulty.MEDIUM
    company: Annotated[Plain, Field(min_length=1, max_length=100)] | None = None
    constraints: _Text | None = None
    examples: list[ProblemExample] = Field(default_factory=absent, max_length=20)
    starter_code: dict[LanguageIn, _Text | None] | None = None
    unset: list[Plain] = Field(default=[])
    scoring: Scoring = Field(default_factory=absent)
    versions: dict[_Name, _Name] = Field(default={})
    solutions: list[_Name] = Field(default=[])


def read_side(extras: Mapping[str, object]) -> tuple[Side | None, Sequence[str]]:
    """What a package says of it, and warnings; ``None``: nothing that can be understood."""
    if KEY not in extras:
        return None, ()
    try:
        return Side.model_validate(extras[KEY]), ()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return None, (f"what this service once wrote beside the package is not as it was ({where}), and not heeded",)


def side_extras(content: Mapping[str, Any]) -> dict[str, object]:
    """``content``, by the names of requests, as extras of a package."""
    return {KEY: dict(content)}
