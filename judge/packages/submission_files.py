"""Reference solutions of a package that is written: where each lies, and what ``submissions.yaml`` says about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, Final

from judge.packages.arrangement import slug, unique, valid_name
from judge.packages.expectation import CRASHED, DIRECTORIES, Expectation, expectation
from judge.packages.programs import language_code, language_of, main_file
from judge.packages.promises import ANYTHING, TESTS, VERDICTS, Person, TimeRole, derived_role
from judge.packages.submissions import Submission
from judge.source import Source
from judge.verdict import Verdict
from languages import Language

_ROOT: Final = "submissions"
_OURS: Final = frozenset(
    {"compile_error", "partial", "partially_accepted", "memory_limit_exceeded", "output_limit_exceeded"}
)
_ROLES: Final = {TimeRole.NONE: False, TimeRole.LOWER: "lower", TimeRole.UPPER: "upper"}


def placed(submissions: Sequence[Submission], *, legacy: bool) -> tuple[Submission, ...]:
    """The solutions, each with a path that a package can have and a directory that says what is expected of it."""
    found: list[Submission] = []
    for submission in submissions:
        taken = [each.path for each in found]
        if _in_place(submission, taken):
            found.append(submission)
            continue
        parts = submission.path.split("/")
        directory = submission.directory or (parts[1] if len(parts) == 3 and parts[0] == _ROOT else "")
        if not valid_name(directory) or directory in {"..", "."}:
            directory = _directory(submission.expectation, legacy=legacy)
        stem = PurePosixPath(parts[-1]).stem if parts[-1] == submission.source.entrypoint else parts[-1]
        name = slug(stem, submission.language.id)
        path = unique(f"{_ROOT}/{directory}/{name}", taken)
        called = submission.name or submission.path
        found.append(replace(submission, path=path, directory=directory, name=called))
    return tuple(found)


def source_files(path: str, source: Source) -> dict[str, bytes]:
    """The files of a program at that path: the path itself for a program of one file that is called so."""
    if set(source.files) == {PurePosixPath(path).name}:
        return {path: source.files[source.entrypoint]}
    return {f"{path}/{name}": content for name, content in source.files.items()}


def submissions_file(
    submissions: Sequence[Submission], kept: Sequence[str], *, legacy: bool, languages: Mapping[str, Language]
) -> dict[str, Any]:
    """``submissions.yaml``: in the legacy format, which has none, only what is needed to read the programs again.

    ``kept``: paths of other files in ``submissions/``.
    """
    directories: dict[str, list[Submission]] = {}
    for submission in submissions:
        directories.setdefault(submission.path.split("/")[1], []).append(submission)
    for path in kept:
        if path.count("/") > 1:
            directories.setdefault(path.split("/")[1], [])
    file: dict[str, Any] = {}
    for directory, inside in directories.items():
        default = expectation(directory, legacy=legacy)
        promised = _promised(default or ANYTHING, inside)
        words = {} if legacy else _changes(promised, default or ANYTHING)
        if words or default is None or (directory in _OURS and not legacy):
            file[directory] = words
        for submission in inside:
            about = _program(submission.source, languages) | ({} if legacy else _words(submission, promised))
            if about:
                file[submission.path.removeprefix(f"{_ROOT}/")] = about
    return file


def begins(source: Source, languages: Mapping[str, Language]) -> tuple[Language | None, str | None]:
    """The language and the main file that would be taken without being told."""
    language = language_of(source.files, languages)
    return language, None if language is None else main_file(source.files, language)


def _in_place(submission: Submission, taken: Sequence[str]) -> bool:
    parts = submission.path.split("/")
    return (
        len(parts) == 3
        and parts[0] == _ROOT
        and parts[1] == submission.directory
        and all(valid_name(part) for part in parts)
        and submission.path.casefold() not in {each.casefold() for each in taken}
    )


def _directory(wanted: Expectation, *, legacy: bool) -> str:
    """The first that promises just this, or else what comes nearest."""
    for name in DIRECTORIES:
        default = expectation(name, legacy=legacy)
        if default and (default.permitted, default.required) == (wanted.permitted, wanted.required):
            return name
    if Verdict.ACCEPTED in wanted.required:
        return "accepted" if wanted.permitted == {Verdict.ACCEPTED} else "partially_accepted"
    nearest = {
        "compile_error": frozenset({Verdict.COMPILE_ERROR}),
        "wrong_answer": frozenset({Verdict.WRONG_ANSWER}),
        "time_limit_exceeded": frozenset({Verdict.TIME_LIMIT_EXCEEDED}),
        "run_time_error": CRASHED,
    }
    return next((name for name, verdicts in nearest.items() if wanted.required <= verdicts), "rejected")


def _promised(default: Expectation, inside: Sequence[Submission]) -> Expectation:
    """What a directory has to promise so that what is expected of each solution in it can be said by adding to it."""
    expected = [submission.expectation for submission in inside]
    permitted = default.permitted.union(*(each.permitted for each in expected if _said(each.permitted)))
    required = default.required.union(*(each.required for each in expected if _said(each.required)))
    return Expectation(
        permitted if _said(permitted) else default.permitted, required if _said(required) else default.required
    )


def _words(submission: Submission, promised: Expectation) -> dict[str, Any]:
    wanted = submission.expectation
    words = _difference(wanted, promised)
    for name, group in wanted.groups.items():
        if name.startswith(TESTS):
            words[name] = _difference(group, ANYTHING)
    if submission.time_role is not derived_role(wanted) and _can_be(submission.time_role, wanted, promised):
        words["use_for_time_limit"] = _ROLES[submission.time_role]
    if submission.model:
        words["model_solution"] = True
    if submission.authors:
        words["authors"] = [_person(person) for person in submission.authors]
    return words


def _can_be(role: TimeRole, wanted: Expectation, promised: Expectation) -> bool:
    """Whether naming the role, which is an expectation too, changes nothing of what is expected."""
    slow = Verdict.TIME_LIMIT_EXCEEDED
    if role is TimeRole.UPPER:
        return wanted.required == {slow} <= promised.required
    return role is TimeRole.NONE or (
        slow not in wanted.permitted and _said(wanted.permitted) and wanted.permitted <= promised.permitted
    )


def _difference(wanted: Expectation, promised: Expectation) -> dict[str, Any]:
    """What is to be added to what is promised, as far as the format has the verdicts."""
    words = {
        name: verdicts
        for name, verdicts in _changes(wanted, promised).items()
        if getattr(wanted, name) <= getattr(promised, name)
    }
    if wanted.score is not None:
        least, most = wanted.score
        words["score"] = least if least == most else [least, most]
    if wanted.message is not None:
        words["message"] = wanted.message
    return words


def _changes(wanted: Expectation, promised: Expectation) -> dict[str, Any]:
    """Which verdicts are to be named, as far as the format has them."""
    words: dict[str, Any] = {}
    for name in ("permitted", "required"):
        verdicts = getattr(wanted, name)
        if verdicts != getattr(promised, name) and _said(verdicts):
            words[name] = [word for word, each in VERDICTS.items() if each <= verdicts]
    return words


def _said(verdicts: frozenset[Verdict]) -> bool:
    """Whether the format has words for just these."""
    parts: list[frozenset[Verdict]] = [each for each in VERDICTS.values() if each <= verdicts]
    return bool(parts) and frozenset().union(*parts) == verdicts


def _program(source: Source, languages: Mapping[str, Language]) -> dict[str, Any]:
    words: dict[str, Any] = {}
    language, main = begins(source, languages)
    if language is None or language.id != source.language.id:
        words["language"] = language_code(source.language.id)
        main = main_file(source.files, source.language)
    if main != source.entrypoint:
        words["entrypoint"] = source.entrypoint
    return words


def _person(person: Person) -> str | dict[str, str]:
    if person.orcid is None and person.kattis is None and "<" not in person.name:
        return person.name if person.email is None else f"{person.name} <{person.email}>"
    words = {"name": person.name, "email": person.email, "orcid": person.orcid, "kattis": person.kattis}
    return {name: value for name, value in words.items() if value is not None}
