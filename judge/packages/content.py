"""All that a package holds, apart from where it lies and in which version of the format it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from judge.packages.inputs import InputValidator
from judge.packages.submissions import Submission
from judge.problem import Problem
from judge.testcase import Data

_UNNAMED: Final = "problem"


class StatementKind(StrEnum):
    """What a statement is written in; the file's suffix. PDF is no text: such files are kept as they are."""

    MARKDOWN = ".md"
    TEX = ".tex"


@dataclass(frozen=True, slots=True)
class Statement:
    """What the problem asks, without its samples. ``language``: ``en``, ``pt-BR``."""

    language: str
    kind: StatementKind
    content: bytes


@dataclass(frozen=True, slots=True)
class PackageContent:
    """All that a package holds; what is read from a package and what is written to one.

    ``shortname``   of the package's directory and archive: a-z and 0-9, see :func:`shortname`
    ``name``        the problem's title
    ``problem``     tests, checker or interactor, limits, points, files included with every program. Names of tests are
                    paths below ``data/`` (``sample/1``, ``secret/group1/02``); others are replaced when it is written
    ``names``       the title by language, where it is not ``name`` in all of them
    ``submissions`` reference solutions. ``path`` and ``directory`` may be left empty or be any name: then they are
                    found from what is expected
    ``keywords``, ``languages``  as in :class:`judge.packages.metadata.Metadata`; ``None``: every language
    ``details``     what ``problem.yaml`` says besides, in the words of format 2025-09, as plain data (what JSON can
                    hold): ``credits``, ``source``, ``license``, ``rights_owner``, ``version``, ``limits``
    ``notes``       what else is said of a test, or of all in a directory, by its name, as plain data: ``hint``,
                    ``description``, ``full_feedback``
    ``extras``      anything else that is to come back from a written package, as plain data; other tools do not see it
    ``files``       all other files, by their path in a package of format 2025-09: ``attachments/a.txt``,
                    ``data/sample/1.interaction``, ``statement/picture.png``, ``generators/random.py``
    """

    shortname: str
    name: str
    problem: Problem
    uuid: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    statements: tuple[Statement, ...] = ()
    submissions: tuple[Submission, ...] = ()
    input_validators: tuple[InputValidator, ...] = ()
    keywords: tuple[str, ...] = ()
    languages: tuple[str, ...] | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    notes: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    extras: Mapping[str, object] = field(default_factory=dict)
    files: Mapping[str, Data] = field(default_factory=dict)


def shortname(text: str) -> str:
    """A name for a package's directory, of a-z and 0-9 only, from a title or any other text; at most 60 long."""
    return re.sub(r"[^a-z0-9]", "", text.lower())[:60] or _UNNAMED
