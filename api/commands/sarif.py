"""A verification as SARIF 2.1.0, the format in which code hosts take what tools found and show it beside the code.

Specification: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from api.commands.matrix import describe, first_failure
from api.commands.sarif_rules import RULES, Rule, finding_rule
from api.commands.selection import MARKS
from api.commands.verified import Verified
from judge import TestCase
from judge.packages.metadata import FILE
from judge.validation import Finding, SolutionReport
from runner.record import Json

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_MOST_RELATED: Final = 20
_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")  # measured anew each time, and yet the same finding


def sarif(packages: Sequence[Verified], *, base: Path) -> bytes:
    """The document, UTF-8. Files are named relative to ``base``, which code hosts want to be the repository."""
    results = [result.json(base) for verified in packages for result in _results(verified)]
    names = [rule.id for rule in RULES]
    for result in results:
        result["ruleIndex"] = names.index(result["ruleId"])
    document = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "SynCode",
                        "semanticVersion": importlib.metadata.version("syncode"),
                        "rules": [rule.json() for rule in RULES],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository"}}},
                "results": results,
            }
        ],
    }
    return json.dumps(document, indent=2).encode() + b"\n"


def repository(directory: Path) -> Path:
    """The root of the repository that a directory is in, or the directory itself."""
    here = directory.resolve()
    return next((each for each in (here, *here.parents) if (each / ".git").exists()), here)


@dataclass(frozen=True, slots=True)
class _Result:
    """One thing found, at a line of a file (from 1), with others that have to do with it."""

    rule: Rule
    message: str
    file: Path
    related: tuple[Path, ...] = ()
    line: int = 1

    def json(self, base: Path) -> Json:
        """As the format has it."""
        place = _location(self.file, base, self.line)
        uri = place["physicalLocation"]["artifactLocation"]["uri"]
        related = [_location(file, base, 1) for file in self.related[:_MOST_RELATED]]
        lasting = f"{self.rule.id}\n{uri}\n{_NUMBER.sub('#', self.message)}"
        fingerprint = hashlib.sha256(lasting.encode("utf-8", "replace"))
        return {
            "ruleId": self.rule.id,
            "level": self.rule.level,
            "message": {"text": self.message},
            "locations": [place],
            **({"relatedLocations": related} if related else {}),
            "partialFingerprints": {"syncodeFinding/v1": fingerprint.hexdigest()[:32]},
        }


def _results(verified: Verified) -> Iterator[_Result]:
    files = _Files(verified)
    package = verified.report.package
    for need in package.unsupported:
        yield _Result(RULES.unsupported, f"{package.id} cannot be judged: it needs {need}", files.metadata)
    for solution in verified.report.solutions:
        yield from _solution(files, solution)
    for output in verified.refused_outputs:
        rule = RULES.failure if output.fault else RULES.expected_output
        message = f"The expected output of {verified.test(output.index)} is refused: {output.message}"
        yield _Result(rule, message, files.expected(output.index))
    for given in verified.refused_inputs:
        rule = RULES.failure if given.fault else RULES.input
        message = f"The input of {verified.test(given.index)} is refused by {given.validator}: {given.message}"
        yield _Result(rule, message, files.input(given.index))
    for finding in verified.findings:
        first, *others = files.of(finding)
        yield _Result(finding_rule(finding.kind), _sentence(finding.message), first, tuple(others))
    for warning in package.warnings:
        yield _Result(RULES.reading, _sentence(warning), files.metadata)
    if verified.mutation is not None:
        for each in verified.mutation.survivors:
            file = files.solution(each.solution, each.mutant.file)
            yield _Result(RULES.mutant, f"{each.mutant.hint}.\n\n{each.mutant.diff}", file, line=each.mutant.line)


def _solution(files: _Files, solution: SolutionReport) -> Iterator[_Result]:
    file = files.solution(solution.submission.path, solution.submission.source.entrypoint)
    culprit = first_failure(solution)
    more = f". {describe(culprit)}" if culprit and not solution.holds else ""
    for sentence in solution.unmet:
        yield _Result(RULES.expectation, f"{solution.submission.path}: {sentence}{more}", file)
    if solution.met is None:
        why = more or f": {solution.result.fault}"
        yield _Result(RULES.failure, f"{solution.submission.path} could not be judged{why}", file)


class _Files:
    """Where in a package things are; of one that lies there in another form everything is in its one main file."""

    def __init__(self, verified: Verified) -> None:
        self._verified = verified
        self._package = verified.report.package
        self.metadata = self._own(self._package.path / FILE)

    def solution(self, path: str, file: str) -> Path:
        """A file of a solution: the solution itself where it is one file."""
        whole = self._package.path / path
        return self._own(whole / file if whole.is_dir() else whole)

    def input(self, index: int) -> Path:
        """A test's input."""
        return self._data(self._case(index), "in")

    def expected(self, index: int) -> Path:
        """A test's expected output."""
        return self._data(self._case(index), "ans")

    def of(self, finding: Finding) -> list[Path]:
        """What a finding is about, at least one file: solutions, or tests, or the package."""
        entrypoints = {each.path: each.source.entrypoint for each in self._package.submissions}
        files = [self.solution(path, entrypoints.get(path, "")) for path in finding.solutions]
        files += [self._data(self._case(index), finding.part or "in") for index in finding.tests]
        return list(dict.fromkeys(files)) or [self.metadata]

    def _case(self, index: int) -> TestCase:
        return self._package.problem.cases[index]

    def _data(self, case: TestCase, part: str) -> Path:
        data = case.expected if part == "ans" else case.input
        return self._own(data.source if isinstance(data.source, Path) else self._package.path / FILE)

    def _own(self, path: Path) -> Path:
        if self._verified.native:
            return path
        place = self._verified.place.absolute()
        return next((place / name for name in MARKS if (place / name).is_file()), place)


def _location(file: Path, base: Path, line: int) -> Json:
    real = file if file.is_absolute() else file.absolute()
    resolved = real.resolve()
    if resolved.is_relative_to(base):
        artifact = {"uri": quote(resolved.relative_to(base).as_posix()), "uriBaseId": "%SRCROOT%"}
    else:
        artifact = {"uri": resolved.as_uri()}
    return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": line}}}


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
