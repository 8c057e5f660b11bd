"""One program run once with given input: what is asked, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, TypeVar

from judge import (
    CompileResult,
    OnCompile,
    Place,
    Program,
    RunLimits,
    Source,
    Verdict,
    reason,
    run_limits,
    run_verdict,
    run_while_checked,
)
from judge.trial import GivenUpError, attempt
from runner.errors import RequestError
from sandboxes import MIB, Cancellation, OnOutput, Outcome, SetupError

# A person's ranges and defaults for one run.
WALL_MS: Final = range(100, 300_001)
CPU_MS: Final = range(100, 60_001)
MEMORY_MIB: Final = range(16, 1025)
DEFAULT_WALL_MS: Final = 30_000
DEFAULT_CPU_MS: Final = 10_000
DEFAULT_MEMORY_MIB: Final = 256

_MOST_STDIN_BYTES: Final = MIB
_MOST_ARGS: Final = 32
_MOST_ARG_BYTES: Final = 1024
_CAPTURED_BYTES: Final = MIB
_OUTPUT_BYTES: Final = 16 * MIB
_A_CHECK_AND_A_RUN: Final = 2

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A program with its input and its limits, which are taken literally (no factor, no allowance).

    ``cpu_ms`` ``None``: ten seconds, or ``wall_ms`` if that is less. ``cache`` false: compile anew, and keep nothing.
    Raises :class:`RequestError` for a limit out of its range, too much input, and arguments that are too many, too
    long or hold NUL.
    """

    source: Source
    stdin: bytes = b""
    args: tuple[str, ...] = ()
    wall_ms: int = DEFAULT_WALL_MS
    cpu_ms: int | None = None
    memory_mib: int = DEFAULT_MEMORY_MIB
    cache: bool = True

    def __post_init__(self) -> None:
        _check_range("the time limit", self.wall_ms, WALL_MS, "ms")
        if self.cpu_ms is not None:
            _check_range("the CPU time limit", self.cpu_ms, CPU_MS, "ms")
        _check_range("the memory limit", self.memory_mib, MEMORY_MIB, "MiB")
        if len(self.stdin) > _MOST_STDIN_BYTES:
            raise RequestError(f"{len(self.stdin)} bytes of input are more than the {_MOST_STDIN_BYTES} a run may get")
        if len(self.args) > _MOST_ARGS:
            raise RequestError(f"{len(self.args)} arguments are more than the {_MOST_ARGS} a run may get")
        for number, argument in enumerate(self.args, 1):
            if "\0" in argument:
                raise RequestError(f"argument {number} holds a NUL character")
            try:
                size = len(argument.encode())
            except UnicodeEncodeError:
                raise RequestError(f"argument {number} is not UTF-8 text") from None
            if size > _MOST_ARG_BYTES:
                raise RequestError(f"argument {number} is longer than {_MOST_ARG_BYTES} bytes")


@dataclass(frozen=True, slots=True)
class RunResult:
    """What became of a run. Complete when constructed.

    ``message``     one sentence unless the verdict is ``accepted``
    ``compilation`` ``None`` for a language with nothing to compile or check
    ``outcome``     ``None`` when the program never started
    ``attempts``    how often a sandbox was tried, normally 1
    ``started_at``  ``None``: nothing of it ever began
    """

    source: Source
    verdict: Verdict
    message: str | None
    compilation: CompileResult | None
    outcome: Outcome | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class Listener:
    """Who wants to hear of a run while it goes on, from the threads that carry it out.

    ``on_begin``    the program is about to begin: again, when a sandbox failed
    ``on_compile``  what became of the compilation, if there is one
    ``on_output``   what the program writes, as far as it is kept
    """

    on_begin: Callable[[], None] | None = None
    on_compile: OnCompile | None = None
    on_output: OnOutput | None = None


UNHEARD: Final = Listener()


def execute(
    request: RunRequest, place: Place, *, listener: Listener = UNHEARD, cancellation: Cancellation | None = None
) -> RunResult:
    """Compile and run. Raises :class:`sandboxes.SandboxError` when we failed, after as many attempts as may help.

    A compiler that only checks may do so while the program runs; where it refuses, the run never was.
    """
    created = datetime.now(UTC)
    meanwhile, known = _checked_meanwhile(request.source, place), None
    if meanwhile:  # otherwise `prepare` is the one to look whether it is compiled already
        known, _ = _attempt(lambda: Program.recall(request.source, place), place, cancellation)
    if meanwhile and known is None:
        compilation, outcome, started, attempts = _check_and_run(request, place, listener, cancellation)
    else:
        compilation, outcome, started, attempts = _compile_and_run(
            request, place, known, listener=listener, cancellation=cancellation
        )
    source, completed = request.source, datetime.now(UTC)
    if compilation is not None and not compilation.ok:
        verdict = Verdict.CANCELLED if compilation.cancelled else Verdict.COMPILE_ERROR
        return RunResult(source, verdict, compilation.message, compilation, None, created, started, started, attempts)
    assert outcome is not None  # noqa: S101 - what was not refused was run
    verdict, message = run_verdict(outcome), reason(outcome)
    return RunResult(source, verdict, message, compilation, outcome, created, started, completed, attempts)


_Carried = tuple[CompileResult | None, Outcome | None, datetime, int]


def _checked_meanwhile(source: Source, place: Place) -> bool:
    """Whether checking meanwhile pays: not where the compiler waits, preloaded, and is done before a run can begin."""
    compiling = source.language.compile
    if compiling is None or compiling.produces or compiling.warm is not None:
        return False
    return place.sandbox.slots >= _A_CHECK_AND_A_RUN


def _check_and_run(
    request: RunRequest, place: Place, listener: Listener, cancellation: Cancellation | None
) -> _Carried:
    def check_and_run() -> tuple[CompileResult | None, Outcome]:
        if listener.on_begin:
            listener.on_begin()
        return run_while_checked(
            request.source,
            place,
            limits_of(request),
            stdin=request.stdin,
            args=request.args,
            on_compile=listener.on_compile,
            on_output=listener.on_output,
            cancellation=cancellation,
        )

    started = datetime.now(UTC)
    (compilation, outcome), attempts = _attempt(check_and_run, place, cancellation)
    return compilation, outcome, started, attempts


def _compile_and_run(
    request: RunRequest,
    place: Place,
    known: Program | None,
    *,
    listener: Listener,
    cancellation: Cancellation | None,
) -> _Carried:
    def run() -> Outcome:
        if listener.on_begin:
            listener.on_begin()
        return program.run(
            limits_of(request),
            stdin=request.stdin,
            args=request.args,
            on_output=listener.on_output,
            cancellation=cancellation,
        )

    program, prepared = _attempt(
        lambda: known or Program.prepare(request.source, place, cancellation=cancellation), place, cancellation
    )
    with program:
        compilation, started = program.compilation, datetime.now(UTC)
        if listener.on_compile and compilation is not None and not compilation.cancelled:
            listener.on_compile(compilation)
        if compilation is not None and not compilation.ok:
            return compilation, None, started, prepared
        outcome, ran = _attempt(run, place, cancellation)
    return compilation, outcome, started, max(prepared, ran)


def limits_of(request: RunRequest) -> RunLimits:
    """What a run is allowed, as the sandbox enforces it."""
    cpu_ms = min(DEFAULT_CPU_MS, request.wall_ms) if request.cpu_ms is None else request.cpu_ms
    allowed = run_limits(
        request.source.language,
        cpu_ms=cpu_ms,
        wall_ms=request.wall_ms,
        memory_mib=request.memory_mib,
        output_bytes=_OUTPUT_BYTES,
        allowance=False,
    )
    return replace(allowed, limits=replace(allowed.limits, stdout_bytes=_CAPTURED_BYTES))


def _attempt(action: Callable[[], Value], place: Place, cancellation: Cancellation | None) -> tuple[Value, int]:
    try:
        return attempt(action, cancellation, most=place.attempts)
    except GivenUpError as error:
        raise SetupError(str(error)) from error


def _check_range(what: str, value: int, allowed: range, unit: str) -> None:
    if value not in allowed:
        raise RequestError(f"{what} must be between {allowed[0]} and {allowed[-1]} {unit}, is {value}")
