"""Verifying packages on a SynCode service elsewhere: each becomes a problem there for as long as it is validated."""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import yaml

from api.commands.exits import RemoteError
from api.commands.session import Files, Json, Server, Session
from judge import CaseResult, JudgeResult, Package, Score, Submission, Verdict, verdict_text
from judge.packages.archive import pack
from judge.packages.metadata import FILE
from judge.packages.supplement import FILE as SUPPLEMENT
from judge.packages.tree import walk
from judge.validation import (
    CheckerCheck,
    Finding,
    FindingKind,
    InputCheck,
    LanguageTiming,
    SolutionReport,
    Timing,
    Validation,
)
from runner import OnPackageEvent, PackageReport, RequestError, SolutionJudged
from sandboxes import MIB

_MOST_TITLE: Final = 120
# Files beside the package's own whose names begin with a dot, which is why nobody finds them by walking.
_HIDDEN: Final = (".timelimit", SUPPLEMENT)
_CUT: Final = re.compile(r"~[0-9]+$")


def verify_remotely(
    packages: Sequence[Package], server: Server, *, repeat: int, on_event: OnPackageEvent
) -> tuple[PackageReport, ...]:
    """Validate every package that has no unsupported needs on a service, one after the other.

    Raises :class:`RequestError` when the service refuses a package, :class:`RemoteError` when it cannot be reached or
    failed. Problems that were made there are deleted again whatever happens, as far as the service can be reached.
    """
    with Session(server) as session:
        return tuple(
            PackageReport(
                package,
                None if package.unsupported else _validate(session, package, repeat=repeat, on_event=on_event),
            )
            for package in packages
        )


def _validate(session: Session, package: Package, *, repeat: int, on_event: OnPackageEvent) -> Validation:
    reader = ValidationReader(package)
    with _imported(session, package) as problem:
        accepted = session.request("POST", f"/problems/{problem}/validate", json={"repeat": repeat})
        path = f"/problems/{problem}/validations/{accepted['validationId']}"
        try:
            for kind, data in session.events(f"{path}/events"):
                if kind == "solution":
                    on_event(package, SolutionJudged(reader.solution(data)))
            found = session.request("GET", path)
        except BaseException:
            with contextlib.suppress(RemoteError, RequestError):  # what went wrong first is what matters
                session.request("POST", f"{path}/cancel")
            raise
    if found["status"] != "completed" and not found["solutions"]:
        raise RemoteError(f"{package.id} could not be validated on the service: it says {found['status']}")
    return reader.validation(found)


@contextlib.contextmanager
def _imported(session: Session, package: Package) -> Iterator[str]:
    """A problem there with the package's content under a name of its own; its id."""
    with tempfile.TemporaryFile() as archive:
        pack_renamed(package, archive)
        archive.seek(0)
        files: Files = {"package": (f"{package.id}.zip", archive, "application/zip")}
        answer = session.request("POST", "/problems/import", files=files)
    if answer["problem"] is None:
        raise RequestError(f"the service refuses {package.id}: {'; '.join(answer['errors'])}")
    path = f"/problems/{answer['problem']['id']}"
    try:
        yield answer["problem"]["id"]
    except BaseException:
        with contextlib.suppress(RemoteError, RequestError):
            session.request("DELETE", path)
        raise
    session.request("DELETE", path)


def pack_renamed(package: Package, archive: BinaryIO) -> None:
    """Write the package as an archive, with a name that no problem has yet, and no other's identity."""
    unique = f" (verification {secrets.token_hex(8)})"
    with tempfile.TemporaryDirectory(prefix="syncode-remote-") as temporary:
        copy = Path(temporary)
        files = [*walk(package.path, package.path), *(package.path / name for name in _HIDDEN)]
        for path in filter(Path.is_file, files):
            _link(path, copy / path.relative_to(package.path))
        content: Json = yaml.safe_load((copy / FILE).read_bytes()) or {}
        names = content.get("name", package.metadata.name)
        content["name"] = (
            {language: f"{name}"[:_MOST_TITLE] + unique for language, name in names.items()}
            if isinstance(names, dict)
            else f"{names}"[:_MOST_TITLE] + unique
        )
        if "uuid" in content:
            content["uuid"] = str(uuid.uuid4())
        (copy / FILE).unlink()
        (copy / FILE).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
        pack(copy, archive)


def _link(source: Path, target: Path) -> None:
    """The same file once more, without copying it where that can be."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source.resolve())
    except OSError:
        shutil.copyfile(source, target)


class ValidationReader:
    """Reads a service's validation of a package, whose own values stand for what the service calls by name."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._solutions = {_known(each.name or each.path): each for each in package.submissions}

    def validation(self, found: Json) -> Validation:
        """All of it. Raises :class:`RemoteError` for what is none of this package."""
        try:
            return self._validation(found)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise RemoteError(f"what the service says of {self._package.id} cannot be read: {error!r}") from error

    def solution(self, found: Json) -> SolutionReport:
        """One solution. Raises as :meth:`validation` does."""
        try:
            return self._solution(found)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise RemoteError(f"what the service says of {self._package.id} cannot be read: {error!r}") from error

    def _validation(self, found: Json) -> Validation:
        order = {path: place for place, path in enumerate(self._solutions)}
        solutions = sorted(
            map(self._solution, found["solutions"]), key=lambda each: order[_known(each.submission.path)]
        )
        findings = tuple(self._finding(each) for each in found["findings"])
        outputs = (CheckerCheck(each["index"], each["accepted"], each["message"]) for each in found["checkerChecks"])
        inputs = (
            InputCheck(each["validator"], each["index"], each["accepted"], each["message"])
            for each in found["inputChecks"]
        )
        return Validation(
            solutions=tuple(solutions),
            checker_checks=tuple(outputs),
            input_checks=tuple(inputs),
            timing=_timing(found["timing"]),
            findings=findings,
            accepted_exists=all(each.kind is not FindingKind.NO_ACCEPTED_SOLUTION for each in findings),
        )

    def _solution(self, found: Json) -> SolutionReport:
        score = None if found["score"] is None else Score(found["score"], found["maxScore"], ())
        cases = tuple(self._case(case) for case in found["testCases"])
        verdict, compile_ = Verdict(found["verdict"]), found["compile"]
        message = (
            found["error"] if compile_ is None else f"{found['error']}: {compile_['stderr'] or compile_['stdout']}"
        )
        fault, judge_failed = None, False
        if verdict is Verdict.INTERNAL_ERROR:
            # Of its own failures a service tells nothing more.
            fault, judge_failed = message, not message.endswith(verdict_text(verdict))
        result = JudgeResult(verdict, message, None, cases, fault, score, judge_failed)
        return SolutionReport(self._named(found["name"]), (result,), tuple(found["unmet"]))

    def _named(self, name: str) -> Submission:
        """The solution that the service calls so: by its name, or by the beginning of one that is too long there."""
        known = _known(name)
        if known in self._solutions:
            return self._solutions[known]
        beginning = _CUT.sub("", known)
        (found,) = (each for each_name, each in self._solutions.items() if each_name.startswith(beginning))
        return found

    def _case(self, found: Json) -> CaseResult:
        case, memory_mib = self._package.problem.cases[found["index"]], found["memoryUsageMb"]
        judge_failed = found["verdict"] == Verdict.INTERNAL_ERROR and found["checkerMessage"] is not None
        return CaseResult(
            index=found["index"],
            name=case.name,
            verdict=Verdict(found["verdict"]),
            message=found["error"],
            checker_message=None if judge_failed else found["checkerMessage"],
            sample=case.sample,
            group=case.group,
            wall_ms=found["durationMs"],
            cpu_ms=found["cpuTimeMs"],
            memory_bytes=None if memory_mib is None else round(memory_mib * MIB),
            runs=found["runs"],
            fault=found["checkerMessage"] if judge_failed else None,
            judge_failed=judge_failed,
        )

    def _finding(self, found: Json) -> Finding:
        return Finding(
            FindingKind(found["kind"]),
            found["message"],
            tests=tuple(found["testCases"]),
            solutions=tuple(self._named(name).path for name in found["solutions"]),
            part=found["part"],
        )


def _known(name: str) -> str:
    """What a solution is called on both sides."""
    return name.removeprefix("submissions/")


def _timing(found: Json) -> Timing:
    return Timing(
        current_ms=found["currentTimeLimitMs"],
        slowest_accepted_ms=found["slowestAcceptedMs"],
        fastest_tle_ms=found["fastestTleMs"],
        fastest_tle_is_bound=found["fastestTleIsLowerBound"],
        suggested_ms=found["suggestedTimeLimitMs"],
        remark=found["remark"],
        languages=tuple(_language(each) for each in found["languages"]),
    )


def _language(found: Json) -> LanguageTiming:
    slowest = (found["slowestSolution"], found["slowestTestCase"])
    return LanguageTiming(
        language=found["language"],
        limit_ms=found["timeLimitMs"],
        multiplier=found["multiplier"],
        slowest_accepted_ms=found["slowestAcceptedMs"],
        slowest=None if None in slowest else slowest,
        fastest_tle_ms=found["fastestTleMs"],
        fastest_tle_is_bound=found["fastestTleIsLowerBound"],
        suggested_multiplier=found["suggestedMultiplier"],
    )
