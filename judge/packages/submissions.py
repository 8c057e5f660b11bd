"""``submissions/`` of a package: reference solutions by what they must lead to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from judge.errors import PackageError
from judge.packages.expectation import Expectation, expectation
from judge.packages.programs import contents, language_id, language_of, read_source
from judge.packages.promises import ANYTHING, FILE, Person, Promises, TimeRole
from judge.packages.tags import tagged
from judge.packages.tree import entries
from judge.source import Source
from languages import Language

__all__ = ["Submission", "Submissions", "TimeRole", "read_submissions"]


@dataclass(frozen=True, slots=True)
class Submission:
    """A reference solution.

    ``path``       relative to the package, ``directory`` the name that says what it must do
    ``model``      it may be shown to people afterwards
    ``time_role``  what it says about the time limit
    ``authors``    who wrote it, where the package says so
    ``name``       what it is called where it comes from, where its path does not say that; empty: its path does
    """

    path: str
    directory: str
    source: Source
    expectation: Expectation
    model: bool = False
    time_role: TimeRole = TimeRole.NONE
    authors: tuple[Person, ...] = ()
    name: str = ""

    @property
    def language(self) -> Language:
        """What it is written in."""
        return self.source.language


@dataclass(frozen=True, slots=True)
class Submissions:
    """``warnings``: what was left out or not used, and why."""

    solutions: tuple[Submission, ...]
    warnings: tuple[str, ...]


def read_submissions(package: Path, languages: Mapping[str, Language], *, legacy: bool, scoring: bool) -> Submissions:
    """Read the reference solutions; those in a language we do not have are left out with a warning.

    ``scoring``: tests earn points. Raises :class:`PackageError` for a solution of which nothing says what it must do,
    and for one that breaks the rules of form (empty, too large, wrong name).
    """
    root = package / "submissions"
    if not root.is_dir():
        return Submissions((), ("there is no directory submissions: nothing to verify",))
    promises = Promises.read(package, scoring=scoring)
    found: list[Submission] = []
    warnings: list[str] = []
    directories, files = entries(package, root)
    warnings.extend(
        f"submissions/{stray.name} is in no directory that says what it must do; ignored"
        for stray in files
        if stray.name != "submissions.yaml"
    )
    for directory in directories:
        default = expectation(directory.name, legacy=legacy)
        if default is None and promises.knows(directory.name):
            default = ANYTHING
        for path in sorted(entry for kind in entries(package, directory) for entry in kind):
            shown = path.relative_to(package).as_posix()
            source = _source(package, path, promises, languages)
            if source is None:
                warnings.append(f"{shown} is in no language that is installed here; left out")
                continue
            promised = tagged(shown, source.files.values()) or default
            if promised is None:
                raise PackageError(
                    f"submissions/{directory.name}",
                    "",
                    "is no directory that the format knows, and submissions.yaml is silent",
                )
            said = promises.of(shown, promised)
            found.append(
                Submission(
                    shown,
                    directory.name,
                    source,
                    said.expectation,
                    model=said.model,
                    time_role=said.time_role,
                    authors=said.authors,
                )
            )
    return Submissions(tuple(found), (*warnings, *promises.warnings))


def _source(package: Path, path: Path, promises: Promises, languages: Mapping[str, Language]) -> Source | None:
    """The program, or ``None`` for one in a language that we do not have."""
    shown = path.relative_to(package).as_posix()
    files = contents(package, path)
    code, named = promises.language(shown), promises.entrypoint(shown)
    language = language_of(files, languages) if code is None else languages.get(language_id(code))
    if language is None:
        return None
    entrypoint = None if named is None else (named, FILE)
    return read_source(package, shown, files, language=language, entrypoint=entrypoint)
