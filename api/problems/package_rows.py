"""From a package to the rows of a problem. Nothing is read from or written to the database here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from api.enums import CheckerKind, Difficulty, ProblemKind, ScoringMode, SupportedLanguage
from api.problems.package_checkers import Checking, checking
from api.problems.package_examples import examples_of
from api.problems.package_side import Side, read_side
from api.problems.package_solutions import solution_rows
from api.problems.package_texts import CONSTRAINTS, MOST_TAGS, plain, stated_digest, tags_of
from api.problems.programs import keep, keep_input_validator, keep_program
from api.problems.scoring import plain_number
from judge import (
    Custom,
    Data,
    LanguageLimits,
    PackageError,
    Problem,
    Scoring,
    TestCase,
)
from judge.packages import PackageContent
from judge.packages.statement import Description

Json = dict[str, Any]

MOST_TESTS: Final = 2000
MOST_TEST_BYTES: Final = 64 << 20
_MOST_CPU_MS: Final = 60_000
_MOST_MEMORY_MIB: Final = 4096
_MOST_OUTPUT_MIB: Final = 64
_MOST_TITLE: Final = 200
_MOST_DESCRIPTION: Final = 100_000
_MOST_UUID: Final = 100


@dataclass(frozen=True, slots=True)
class CaseData:
    """A test: its row without its data, and where these are."""

    row: Json
    input: Data
    expected: Data


@dataclass(frozen=True, slots=True)
class PackagedProblem:
    """A problem as rows.

    ``columns``    of the table of problems
    ``assumed``    more of them, that the package does not say: for problems that are new; ``assumptions``: what is to
                   be said about that
    ``cases``      in their order
    ``solutions``  rows without ids
    ``files``      those to be kept, by path
    ``warnings``   what was assumed, changed or left out
    """

    columns: Json
    assumed: Json
    assumptions: tuple[str, ...]
    cases: tuple[CaseData, ...]
    solutions: tuple[Json, ...]
    files: Mapping[str, Data]
    warnings: tuple[str, ...]


def packaged_problem(content: PackageContent, description: Description) -> PackagedProblem:
    """The rows of a package, whose statement is ``description``.

    Raises :class:`judge.PackageError` for what no problem here may have.
    """
    side, warnings = read_side(content.extras)
    reading = _Reading(content, side or Side(), known=side is not None)
    reading.warnings += warnings
    return reading.problem(description)


@dataclass(slots=True)
class _Reading:
    """Reads one package; ``side`` is what this service once wrote beside it, ``known`` whether it did."""

    content: PackageContent
    side: Side
    known: bool
    warnings: list[str] = field(default_factory=list)

    def problem(self, description: Description) -> PackagedProblem:
        """All of it."""
        if description.title and self.content.name == self.content.shortname:  # which nobody has called it
            self.content = replace(self.content, name=description.title)
        problem = self.content.problem
        cases = self._cases(problem)
        stated = self._stated(description)
        solutions, renamed = solution_rows(self.content.submissions, self.side)
        self.warnings += renamed
        columns = {
            "title": self._title(),
            "description": stated[0],
            **self._judging(problem),
            **self._limits(problem),
            "scoring": self._scoring(problem.scoring),
            "tags": self._tags(),
            "allowed_languages": self._languages(),
            "examples": self._examples(),
            "language_limits": {name: _language_limit(own) for name, own in problem.limits.languages.items()},
            "stop_on_first_failure": problem.stop_on_first_failure,
            "package_uuid": self._uuid(),
            "package": {
                "shortname": self.content.shortname,
                "names": dict(self.content.names),
                "keywords": list(self.content.keywords),
                "details": dict(self.content.details),
                "notes": {name: dict(notes) for name, notes in self.content.notes.items()},
                "name": self._title(),
                "language": description.language,
                "stated": stated_digest(*stated),
            },
        }
        beside = {
            "difficulty": self.side.difficulty.value,
            "company": self.side.company,
            "constraints": stated[1],
            "starter_code": _by_language(self.side.starter_code),
        }
        assumption = f"the package does not say how hard the problem is; {Difficulty.MEDIUM} is assumed"
        return PackagedProblem(
            columns=columns | beside if self.known else columns,
            assumed={} if self.known else beside,
            assumptions=() if self.known else (assumption,),
            cases=cases,
            solutions=solutions,
            files=self._files(),
            warnings=tuple(dict.fromkeys(self.warnings)),
        )

    def _title(self) -> str:
        title = plain(self.content.name).strip()
        if not title or len(title) > _MOST_TITLE:
            raise PackageError("problem.yaml", "name", f"must have 1 to {_MOST_TITLE} characters")
        return title

    def _uuid(self) -> str | None:
        uuid = self.content.uuid
        if uuid is None:
            return None
        if len(uuid) > _MOST_UUID or plain(uuid) != uuid:
            raise PackageError("problem.yaml", "uuid", f"must be text of at most {_MOST_UUID} characters")
        return uuid

    def _stated(self, description: Description) -> tuple[str, str | None]:
        self.warnings += description.warnings
        text, constraints = plain(description.text), self.side.constraints
        if constraints is not None:
            stated = f"{CONSTRAINTS}{constraints}"
            if text.rstrip().endswith(stated.rstrip()):
                text = text[: text.rindex(stated.rstrip())]
            else:
                constraints = None  # the statement was changed since, and says what there is to say
        if not text.strip():
            text = self._title()
        if len(text) > _MOST_DESCRIPTION:
            raise PackageError("statement", "", f"has more than {_MOST_DESCRIPTION} characters")
        return text, constraints

    def _judging(self, problem: Problem) -> Json:
        checker: Json = {"type": CheckerKind.TRIMMED.value}
        if problem.interactor is None:
            if isinstance(problem.checker, Custom):
                checker = {"type": CheckerKind.CUSTOM.value, "program": keep_program(problem.checker.program)}
                if problem.checker.args:
                    checker["args"] = list(problem.checker.args)
            else:
                found = _checking(problem)
                checker = found.checker
                self.warnings += [f"the output validator's flags: {warning}" for warning in found.warnings]
        return {
            "kind": (ProblemKind.STANDARD if problem.interactor is None else ProblemKind.INTERACTIVE).value,
            "checker": checker,
            "interactor": None if problem.interactor is None else keep_program(problem.interactor),
            "includes": {
                language: {path: keep(content) for path, content in files.items()}
                for language, files in problem.includes.items()
            },
            "input_validators": [keep_input_validator(each) for each in self.content.input_validators],
        }

    def _limits(self, problem: Problem) -> Json:
        limits = problem.limits
        if limits.cpu_ms > _MOST_CPU_MS:
            raise PackageError("problem.yaml", "limits.time_limit", f"must be at most {_MOST_CPU_MS // 1000} s")
        if limits.memory_mib > _MOST_MEMORY_MIB:
            raise PackageError("problem.yaml", "limits.memory", f"must be at most {_MOST_MEMORY_MIB} MiB")
        output_mib = min(limits.output_mib, _MOST_OUTPUT_MIB)
        if output_mib < limits.output_mib:
            self.warnings.append(f"problem.yaml: limits.output: {_MOST_OUTPUT_MIB} MiB instead of {limits.output_mib}")
        usual = Problem(problem.cases).limits
        unset = self.side.unset
        return {
            "time_limit_ms": None if "time" in unset and limits.cpu_ms == usual.cpu_ms else limits.cpu_ms,
            "memory_limit_mib": None
            if "memory" in unset and limits.memory_mib == usual.memory_mib
            else limits.memory_mib,
            "output_limit_mib": output_mib,
        }

    def _scoring(self, scoring: Scoring | None) -> Json:
        if scoring is None:
            if "scoring" in self.side.model_fields_set and self.side.scoring.mode is ScoringMode.PASS_FAIL:
                return self.side.scoring.wire()
            return {"mode": ScoringMode.PASS_FAIL.value}
        kept: Json = {"mode": ScoringMode.POINTS.value, "maxScore": plain_number(scoring.max_score)}
        if scoring.groups:
            kept["groups"] = [
                {
                    "name": plain(group.name),
                    "points": plain_number(group.points),
                    "aggregation": group.aggregation.value,
                    **({"requires": [plain(name) for name in group.requires]} if group.requires else {}),
                }
                for group in scoring.groups
            ]
        return kept

    def _tags(self) -> list[str]:
        tags = tags_of(self.content.keywords)
        if left_out := tags_of(self.content.keywords, most=None)[MOST_TAGS:]:
            self.warnings.append(
                f"problem.yaml: keywords: a problem has at most {MOST_TAGS} tags; left out: {', '.join(left_out)}"
            )
        return tags

    def _languages(self) -> list[str] | None:
        if self.content.languages is None:
            return None
        ours = {language.value for language in SupportedLanguage}
        unknown = [name for name in self.content.languages if name not in ours]
        allowed = [name for name in dict.fromkeys(self.content.languages) if name in ours]
        if not allowed:
            raise PackageError("problem.yaml", "languages", f"names none of {', '.join(sorted(ours))}")
        if unknown:
            self.warnings.append(f"problem.yaml: languages: not known here, left out: {', '.join(unknown)}")
        return allowed

    def _examples(self) -> list[Json]:
        if "examples" in self.side.model_fields_set:
            return [each.model_dump(mode="json", by_alias=True, exclude_unset=True) for each in self.side.examples]
        return examples_of([case for case in self.content.problem.cases if case.sample], self.content.files)

    def _cases(self, problem: Problem) -> tuple[CaseData, ...]:
        if len(problem.cases) > MOST_TESTS:
            raise PackageError("data", "", f"holds {len(problem.cases)} tests; {MOST_TESTS} are allowed")
        programmed = problem.interactor is not None or isinstance(problem.checker, Custom)
        flags = {} if programmed else _checking(problem).flags
        return tuple(self._case(case, place, flags=flags) for place, case in enumerate(problem.cases))

    def _case(self, case: TestCase, place: int, *, flags: Mapping[str, Sequence[str]]) -> CaseData:
        for data, suffix in ((case.input, "in"), (case.expected, "ans")):
            if data.size_bytes > MOST_TEST_BYTES:
                raise PackageError(f"data/{case.name}.{suffix}", "", f"is larger than {MOST_TEST_BYTES >> 20} MiB")
        text = self.content.notes.get(case.name, {}).get("description")
        row = {
            "index": place,
            "name": plain(case.name),
            "description": plain(text) if isinstance(text, str) and text else None,
            "is_hidden": not case.sample,
            "timeout_ms": case.cpu_ms,
            "memory_mib": case.memory_mib,
            "group": None if case.group is None else plain(case.group),
            "weight": None if case.weight == 1 else case.weight,
            "args": list(case.args) or None,
            "checker_args": list(case.checker_args or flags.get(case.name, ())) or None,
        }
        return CaseData(row, case.input, case.expected)

    def _files(self) -> Mapping[str, Data]:
        statements = {
            f"statement/problem.{each.language}{each.kind.value}": Data(each.content)
            for each in self.content.statements
        }
        return {**self.content.files, **statements}


def _checking(problem: Problem) -> Checking:
    try:
        return checking(problem)
    except ValueError as error:
        raise PackageError("data", "", str(error)) from error


def _language_limit(limits: LanguageLimits) -> Json:
    said = {
        "timeLimitMs": limits.cpu_ms,
        "memoryLimitMb": limits.memory_mib,
        "timeMultiplier": limits.time_multiplier,
    }
    return {name: value for name, value in said.items() if value is not None}


def _by_language(values: Mapping[SupportedLanguage, str | None] | None) -> Json | None:
    return None if values is None else {language.value: text for language, text in values.items()}
