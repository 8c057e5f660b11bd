"""Canaries: a fixed set of bounded abuse programs that show, image by image, whether the walls still hold.

What is attempted and what must come of it stands in ``canaries/canaries.toml``; each language has one program that
attempts it all. Every image is tried with an ordinary program before and after, so that a wall that only holds
because nothing runs any more is seen too.
"""

from __future__ import annotations

import secrets
import time
import tomllib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from judge import (
    CaseResult,
    Data,
    Place,
    Problem,
    ProblemLimits,
    Program,
    Source,
    TestCase,
    Tokens,
    Verdict,
    judge_program,
    verdict_text,
)
from judge.trial import GivenUpError, attempt
from languages import Language
from sandboxes import Cancellation, LimitKind

HERE: Final = Path(__file__).parent / "canaries"
HELD: Final = b"held\n"
CONTROL: Final = "control"
_CPU_MS: Final = 10_000
_MEMORY_MIB: Final = 64


@dataclass(frozen=True, slots=True)
class Canary:
    """One thing to attempt. ``limit``: what the result must name; ``None``: it must name none. See the TOML file."""

    name: str
    attempts: str
    verdict: Verdict
    limit: LimitKind | None
    cpu_ms: int
    memory_mib: int


@dataclass(frozen=True, slots=True)
class CanaryResult:
    """What came of an attempt; ``message`` says in one sentence what was wrong, ``None`` when it ended as it must."""

    canary: Canary
    verdict: Verdict
    limit: LimitKind | None
    message: str | None

    @property
    def holds(self) -> bool:
        """Whether it ended as it must."""
        return self.message is None


@dataclass(frozen=True, slots=True)
class ImageReport:
    """What came of all attempts in a language's image, in their order; the first and the last are controls."""

    language: Language
    results: tuple[CanaryResult, ...]
    wall_ms: float

    @property
    def holds(self) -> bool:
        """Whether every attempt ended as it must."""
        return all(result.holds for result in self.results)


@dataclass(frozen=True, slots=True)
class CanaryReport:
    """What came of a whole round."""

    images: tuple[ImageReport, ...]

    @property
    def holds(self) -> bool:
        """Whether every attempt in every image ended as it must."""
        return all(image.holds for image in self.images)


OnImage = Callable[[ImageReport], None]


@lru_cache
def canaries() -> tuple[Canary, ...]:
    """All attempts, in the order of the file, a control first and last."""
    document = tomllib.loads((HERE / "canaries.toml").read_text())
    control = Canary(CONTROL, "an ordinary program", Verdict.ACCEPTED, None, _CPU_MS, _MEMORY_MIB)
    hostile = (
        Canary(
            name=table["name"],
            attempts=table["attempts"],
            verdict=Verdict(table["verdict"]),
            limit=LimitKind(table["limit"]) if "limit" in table else None,
            cpu_ms=table.get("cpu_ms", _CPU_MS),
            memory_mib=table.get("memory_mib", _MEMORY_MIB),
        )
        for table in document["canary"]
    )
    return (control, *hostile, control)


def fly(
    places: Sequence[tuple[Language, Place]],
    *,
    jobs: int,
    on_image: OnImage | None = None,
    cancellation: Cancellation | None = None,
) -> CanaryReport:
    """Try the image of each language, ``jobs`` at once; ``on_image`` is told of each from any thread.

    A failure of ours is an attempt that does not hold, not an error.
    """

    def check(pair: tuple[Language, Place]) -> ImageReport:
        report = check_image(*pair, cancellation=cancellation)
        if on_image:
            on_image(report)
        return report

    with ThreadPoolExecutor(jobs, thread_name_prefix="canary") as pool:
        return CanaryReport(tuple(pool.map(check, places)))


def check_image(language: Language, place: Place, *, cancellation: Cancellation | None = None) -> ImageReport:
    """Compile the language's program once and attempt everything with it."""
    started = time.monotonic()
    planted = place.workspace / f"secret-{secrets.token_hex(8)}"
    planted.write_text(secrets.token_hex(16))
    planted.chmod(0o644)  # not permissions, only the jail's own mounts may hide it
    try:
        source = Source.of(language, (HERE / f"canary{language.extensions[0]}").read_bytes())
        program, _ = attempt(lambda: Program.prepare(source, place, cancellation=cancellation), cancellation)
        with program:
            compilation = program.compilation
            if compilation is not None and not compilation.ok:
                results = _all_ended(Verdict.COMPILE_ERROR, f"the program does not compile: {compilation.message}")
            else:
                results = _attempt_all(program, planted, cancellation)
    except GivenUpError as error:
        results = _all_ended(Verdict.INTERNAL_ERROR, str(error))
    finally:
        planted.unlink()
    return ImageReport(language, results, (time.monotonic() - started) * 1000)


def _all_ended(verdict: Verdict, message: str) -> tuple[CanaryResult, ...]:
    return tuple(CanaryResult(canary, verdict, None, message) for canary in canaries())


def _attempt_all(program: Program, planted: Path, cancellation: Cancellation | None) -> tuple[CanaryResult, ...]:
    """First the control, then everything hostile side by side, then the control again."""
    first, *hostile, last = canaries()
    judged: list[CanaryResult] = []
    for together in ((first,), hostile, (last,)):
        cases = tuple(_case(canary, planted) for canary in together)
        problem = Problem(cases, Tokens(), ProblemLimits(output_mib=1))
        result = judge_program(program, problem, cancellation=cancellation)
        judged += [_result(canary, case) for canary, case in zip(together, result.cases, strict=True)]
    return tuple(judged)


def _case(canary: Canary, planted: Path) -> TestCase:
    """A test that is accepted if the control computes its sum, or if an attempt reports that it was held."""
    control = canary.name == CONTROL
    return TestCase(
        canary.name,
        Data(b"20 22\n" if control else b""),
        Data(b"42\n" if control else HELD),
        cpu_ms=canary.cpu_ms,
        memory_mib=canary.memory_mib,
        args=(canary.name, str(planted)),
    )


def _result(canary: Canary, case: CaseResult) -> CanaryResult:
    message = None
    if (case.verdict, case.limit) != (canary.verdict, canary.limit):
        wanted = canary.verdict if canary.limit is None else f"{canary.verdict} ({canary.limit})"
        said = case.fault or case.checker_message or case.message or verdict_text(case.verdict) or case.verdict
        message = f"{wanted} was expected: {said}"
    elif case.isolation is None or case.isolation.missing:
        missing = case.isolation.missing if case.isolation else ("isolation",)
        message = f"it ran without {', '.join(missing)}"
    return CanaryResult(canary, case.verdict, case.limit, message)
