"""From the rows of a problem to a package. Nothing is read from or written to the database here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from api.problems.judging import judge_problem
from api.problems.models import Problem, ReferenceSolution, TestCaseRow
from api.problems.package_examples import examples_of
from api.problems.package_side import side_extras
from api.problems.package_solutions import SUBMISSIONS
from api.problems.package_texts import CONSTRAINTS, stated_digest, tags_of
from api.problems.programs import kept_input_validator
from api.problems.solutions import judged_solution
from judge import Data, Submission, Trimmed
from judge import Problem as JudgedProblem
from judge.packages import PackageContent, Statement, StatementKind, shortname
from languages import Language

Json = dict[str, Any]

_STATEMENT: Final = re.compile(r"statement/problem\.([A-Za-z]{2,3}(?:-[A-Za-z]{2})?)(\.md|\.tex)")
_ENGLISH: Final = "en"


@dataclass(frozen=True, slots=True)
class StoredProblem:
    """A problem with all its rows, each in its order. ``data``: of each test, its input and expected output."""

    problem: Problem
    cases: Sequence[TestCaseRow]
    data: Sequence[tuple[Data, Data]]
    solutions: Sequence[ReferenceSolution]
    files: Mapping[str, Data]


def package_content(stored: StoredProblem, languages: Mapping[str, Language]) -> PackageContent:
    """All that is known of a problem. Raises ``ValueError`` without tests."""
    problem = stored.problem
    kept = problem.package or {}
    judged = _judged(stored, languages)
    files = {path: data for path, data in stored.files.items() if not _STATEMENT.fullmatch(path)}
    return PackageContent(
        shortname=kept.get("shortname") or shortname(problem.title),
        name=problem.title,
        problem=judged,
        uuid=problem.package_uuid or problem.id,
        names=kept.get("names", {}) if kept.get("name") == problem.title else {},
        statements=_statements(stored),
        submissions=tuple(_submission(solution, languages) for solution in stored.solutions),
        input_validators=tuple(kept_input_validator(each, languages) for each in problem.input_validators),
        keywords=_keywords(problem, kept),
        languages=None if problem.allowed_languages is None else tuple(problem.allowed_languages),
        details=kept.get("details", {}),
        notes=_notes(kept.get("notes", {}), stored.cases, judged),
        extras=side_extras(_side(stored, judged, files)),
        files=files,
    )


def _judged(stored: StoredProblem, languages: Mapping[str, Language]) -> JudgedProblem:
    judged = judge_problem(stored.problem, stored.cases, languages=languages, data=stored.data)
    return judged if judged.interactor is None else replace(judged, checker=Trimmed())  # which nobody asks


def _submission(solution: ReferenceSolution, languages: Mapping[str, Language]) -> Submission:
    """The solution at its place in the package that it came from, if it came from one."""
    path = (solution.package or {}).get("path", "")
    name = "" if path == f"{SUBMISSIONS}{solution.name}" else solution.name
    return replace(judged_solution(solution, languages), path=path, name=name)


def _statements(stored: StoredProblem) -> tuple[Statement, ...]:
    """Those of the package that it came from; a text that is another since takes the place of its language's."""
    problem, kept = stored.problem, stored.problem.package or {}
    found = [
        Statement(match[1], StatementKind(match[2]), data.read())
        for path, data in stored.files.items()
        if (match := _STATEMENT.fullmatch(path))
    ]
    if kept.get("stated") == stated_digest(problem.description, problem.constraints):
        return tuple(found)
    language = kept.get("language") or _ENGLISH
    text = problem.description
    if problem.constraints is not None:
        text += f"{CONSTRAINTS}{problem.constraints}"
    ours = Statement(language, StatementKind.MARKDOWN, text.encode())
    return (ours, *(each for each in found if each.language != language))


def _keywords(problem: Problem, kept: Json) -> tuple[str, ...]:
    """As the package has them, as long as they make the problem's tags."""
    keywords = tuple(kept.get("keywords", ()))
    return keywords if tags_of(keywords) == problem.tags else tuple(problem.tags)


def _notes(
    kept: Mapping[str, Json], cases: Sequence[TestCaseRow], judged: JudgedProblem
) -> dict[str, Mapping[str, object]]:
    """What is said of tests and directories that are there still, with what the problem says of its tests."""
    named = [case.name for case in judged.cases]
    directories = {"/".join(name.split("/")[:depth]) for name in named for depth in range(1, name.count("/") + 1)}
    notes: dict[str, Mapping[str, object]] = {name: said for name, said in kept.items() if name in directories}
    for name, row in zip(named, cases, strict=True):
        said = {key: value for key, value in kept.get(name, {}).items() if key != "description"}
        if row.description:
            said["description"] = row.description
        if said:
            notes[name] = said
    return notes


def _side(stored: StoredProblem, judged: JudgedProblem, files: Mapping[str, Data]) -> Json:
    problem = stored.problem
    side: Json = {"difficulty": problem.difficulty}
    if problem.company is not None:
        side["company"] = problem.company
    if problem.constraints is not None:
        side["constraints"] = problem.constraints
    if problem.starter_code is not None:
        side["starterCode"] = problem.starter_code
    if problem.examples != examples_of([case for case in judged.cases if case.sample], files):
        side["examples"] = problem.examples
    unset = [
        name for name, value in (("time", problem.time_limit_ms), ("memory", problem.memory_limit_mib)) if value is None
    ]
    if unset:
        side["unset"] = unset
    if problem.scoring["mode"] != "points" and len(problem.scoring) > 1:
        side["scoring"] = problem.scoring
    versions = {each.name: each.language_version for each in stored.solutions if each.language_version is not None}
    if versions:
        side["versions"] = versions
    if stored.solutions:
        side["solutions"] = [each.name for each in stored.solutions]
    return side
