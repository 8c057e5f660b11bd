"""``submissions/`` of a package: reference solutions by what they must lead to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Final

from judge.errors import PackageError, SourceError
from judge.packages.document import Table, read_table
from judge.packages.expectation import CRASHED, Expectation, expectation
from judge.packages.tree import entries, read, walk
from judge.source import PACKAGED, Source
from judge.verdict import Verdict
from languages import Language, by_extension

FILE: Final = "submissions/submissions.yaml"

_KEYS: Final = frozenset(
    {"language", "entrypoint", "authors", "model_solution", "permitted", "required", "score", "message"}
    | {"use_for_time_limit"}
)
_VERDICTS: Final = {
    "AC": frozenset({Verdict.ACCEPTED}),
    "WA": frozenset({Verdict.WRONG_ANSWER}),
    "TLE": frozenset({Verdict.TIME_LIMIT_EXCEEDED}),
    "RTE": CRASHED,
}
# Codes of the format's table of languages that differ from ours.
_CODES: Final = {"python3": "python", "pypy3": "python"}


class TimeRole(StrEnum):
    """What a reference solution says about the time limit (the wire's names)."""

    LOWER = "lower"
    """It must be fast enough."""
    UPPER = "upper"
    """It must be too slow."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Submission:
    """A reference solution.

    ``path``       relative to the package, ``directory`` the name that says what it must do
    ``model``      it may be shown to people afterwards
    ``time_role``  what it says about the time limit
    """

    path: str
    directory: str
    source: Source
    expectation: Expectation
    model: bool = False
    time_role: TimeRole = TimeRole.NONE

    @property
    def language(self) -> Language:
        """What it is written in."""
        return self.source.language


@dataclass(frozen=True, slots=True)
class Submissions:
    """``needs``: what their expectations use that is not judged yet; ``warnings``: what was left out, and why."""

    solutions: tuple[Submission, ...]
    needs: tuple[str, ...]
    warnings: tuple[str, ...]


def read_submissions(package: Path, languages: Mapping[str, Language], *, legacy: bool) -> Submissions:
    """Read the reference solutions; those in a language we do not have are left out with a warning.

    Raises :class:`PackageError` for a directory whose name promises nothing, and for a solution that breaks the rules
    of form (empty, too large, wrong name).
    """
    root = package / "submissions"
    if not root.is_dir():
        return Submissions((), (), ("there is no directory submissions: nothing to verify",))
    rules = _Rules.read(package)
    found: list[Submission] = []
    warnings: list[str] = []
    directories, files = entries(package, root)
    warnings.extend(
        f"submissions/{stray.name} is in no directory that says what it must do; ignored"
        for stray in files
        if stray.name != "submissions.yaml"
    )
    for directory in directories:
        promised = expectation(directory.name, legacy=legacy) or rules.default(directory.name)
        if promised is None:
            raise PackageError(
                f"submissions/{directory.name}",
                "",
                "is no directory that the format knows, and submissions.yaml is silent",
            )
        below, alone = entries(package, directory)
        for path in sorted([*below, *alone]):
            shown = path.relative_to(package).as_posix()
            contents = (
                {path.name: path}
                if path in alone
                else {file.relative_to(path).as_posix(): file for file in walk(package, path)}
            )
            language = rules.language(shown, languages) or _language(contents, languages)
            if language is None:
                warnings.append(f"{shown} is in no language that is installed here; left out")
                continue
            source = _source(package, shown, contents, language=language, entrypoint=rules.entrypoint(shown))
            found.append(Submission(shown, directory.name, source, rules.expectation(shown, promised)))
    return Submissions(tuple(found), tuple(rules.needs), tuple(warnings))


def _language(contents: Mapping[str, Path], languages: Mapping[str, Language]) -> Language | None:
    """The one language of the files with a known extension; C++ where C and C++ stand together."""
    named = {language.id: language for name in contents if (language := by_extension(languages, name))}
    if named.keys() == {"c", "cpp"}:
        return named["cpp"]
    return next(iter(named.values())) if len(named) == 1 else None


def _source(
    package: Path, shown: str, contents: Mapping[str, Path], *, language: Language, entrypoint: str | None
) -> Source:
    files = {name: read(package, path, PACKAGED.file_bytes) for name, path in contents.items()}
    main = entrypoint or _main_file(files, language)
    if main is None:
        raise PackageError(shown, "", f"holds several files and none is called {language.entrypoint}")
    code = files.pop(main, None)
    if code is None:
        with_extension = next((main + end for end in language.extensions if main + end in files), None)
        if with_extension is None:
            raise PackageError(FILE, shown, f"names the entrypoint {main!r}, which is not there")
        main, code = with_extension, files.pop(with_extension)
    try:
        return Source.of(language, code, entrypoint=main, files=files, rules=PACKAGED)
    except SourceError as error:
        raise PackageError(shown, "", str(error)) from error


def _main_file(files: Mapping[str, bytes], language: Language) -> str | None:
    if language.entrypoint in files:
        return language.entrypoint
    fitting = [
        name
        for name in sorted(files)
        if PurePosixPath(name).suffix.lower() in language.extensions and re.fullmatch(language.entrypoint_pattern, name)
    ]
    # All files of a compiled language are compiled together: any of them will do where nothing else decides.
    takes_all = language.compile is not None and any(
        "{sources}" in step or "{siblings}" in step for step in language.compile.steps
    )
    return fitting[0] if len(fitting) == 1 or (fitting and takes_all and language.compiled) else None


class _Rules:
    """``submissions.yaml``: glob patterns of submissions, each with what it says about them."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self.needs: dict[str, None] = {}
        self._tables = tables
        for table in tables.values():
            for name in table.content:
                if name in {"score", "message"}:
                    self.needs[f"expectations by {name} (submissions.yaml)"] = None
                elif name not in _KEYS:
                    if "/" not in name and not name.startswith(("sample", "secret")):
                        table.refuse(name, f"unknown key; known here: {', '.join(sorted(_KEYS))}, and groups of data/")
                    self.needs["expectations by test group (submissions.yaml)"] = None

    @classmethod
    def read(cls, package: Path) -> _Rules:
        """The file, or nothing where there is none."""
        path = package / FILE
        if not path.is_file():
            return cls({})
        whole = read_table(path, FILE)
        return cls({pattern: whole.table(pattern) for pattern in whole.content})

    def language(self, shown: str, languages: Mapping[str, Language]) -> Language | None:
        """The language that the file names for a submission, if it names one that we have."""
        for table in self._matching(shown):
            if code := table.text("language"):
                return languages.get(_CODES.get(code, code))
        return None

    def entrypoint(self, shown: str) -> str | None:
        """The main file (or class) that the file names for a submission."""
        return next((name for table in self._matching(shown) if (name := table.text("entrypoint"))), None)

    def default(self, directory: str) -> Expectation | None:
        """What a directory of a name of its own promises."""
        if directory not in self._tables:
            return None
        everything = frozenset().union(*_VERDICTS.values())
        return _stricter(Expectation(everything, everything), self._tables[directory])

    def expectation(self, shown: str, promised: Expectation) -> Expectation:
        """The directory's promise, as the file changes it (a directory's own entry) or adds to it (a pattern)."""
        for pattern, table in self._tables.items():
            if _matches(pattern, shown):
                promised = _replaced(promised, table) if "/" not in pattern else _stricter(promised, table)
        return promised

    def _matching(self, shown: str) -> list[Table]:
        return [table for pattern, table in self._tables.items() if _matches(pattern, shown)]


def _verdicts(table: Table, name: str) -> frozenset[Verdict] | None:
    words = table.texts(name)
    if words is None:
        return None
    for word in words:
        if word not in _VERDICTS:
            table.refuse(name, f"unknown verdict {word!r}; known: {', '.join(_VERDICTS)}")
    return frozenset().union(*(_VERDICTS[word] for word in words))


def _replaced(promised: Expectation, table: Table) -> Expectation:
    permitted, required = _verdicts(table, "permitted"), _verdicts(table, "required")
    if permitted is not None:
        promised = replace(promised, permitted=permitted)
    return promised if required is None else replace(promised, required=required)


def _stricter(promised: Expectation, table: Table) -> Expectation:
    permitted, required = _verdicts(table, "permitted"), _verdicts(table, "required")
    if permitted is not None:
        promised = replace(promised, permitted=promised.permitted & permitted)
    return promised if required is None else replace(promised, required=promised.required & required)


def _matches(pattern: str, shown: str) -> bool:
    """Whether the pattern matches the submission or a directory above it; ``*`` stays within a name."""
    expression = "".join(_translated(token) for token in re.findall(r"[*?{},]|[^*?{},]+", pattern))
    path = shown.removeprefix("submissions/")
    try:
        return re.match(rf"(?:{expression})(?:/|$)", path) is not None
    except re.error as error:
        raise PackageError(FILE, pattern, "is no pattern: a brace stands without its partner") from error


def _translated(token: str) -> str:
    return {"*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")", ",": "|"}.get(token) or re.escape(token)
