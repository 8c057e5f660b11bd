"""What became of a compilation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from judge.diagnostics import Diagnostic, parse_diagnostics, relative_paths
from judge.source import Source
from judge.verdict import Verdict, reason, run_verdict
from sandboxes import Ending, Evidence, LimitKind, Outcome

_EXCERPT_BYTES: Final = 1000


@dataclass(frozen=True, slots=True)
class CompileResult:
    """The compiler's last word. Complete when constructed.

    ``ok``           the program may be run
    ``message``      one sentence on why it may not; ``None`` if it may
    ``exit_code``    the compiler's, ``128 + n`` when signal ``n`` ended it; ``None`` when we stopped it
    ``stdout``, ``stderr``  what it said, at most 64 KiB each, paths relative to the submitted files
    ``output_truncated``    it said more than that
    ``limit``, ``evidence`` the limit that stopped it, if one did, and how we know
    ``cancelled``    stopped by request: no word on the program
    ``cached``       taken from an earlier compilation of the same sources
    ``diagnostics``  what it said, as data, by the language's patterns
    """

    ok: bool
    message: str | None
    exit_code: int | None
    stdout: bytes
    stderr: bytes
    wall_ms: float
    cpu_ms: float | None
    memory_bytes: int | None
    timed_out: bool
    output_truncated: bool
    limit: LimitKind | None
    evidence: Evidence | None
    diagnostics: tuple[Diagnostic, ...]
    cancelled: bool = False
    cached: bool = False

    @property
    def refusal(self) -> str:
        """Why the program may not be run, with the beginning of what the compiler said: for who wrote the program."""
        said = (self.stderr.strip() or self.stdout.strip())[:_EXCERPT_BYTES].decode("utf-8", "replace").strip()
        return f"{self.message}: {said}" if said else str(self.message)


def compile_result(source: Source, outcome: Outcome) -> CompileResult:
    """What a compiler's outcome means for the program. Pure.

    Everything but a good end that left something to run is the submitter's compile error.
    """
    verdict = run_verdict(outcome)
    message = _failure(source, outcome)
    stdout, stderr = (relative_paths(text, source.files.keys()) for text in (outcome.stdout, outcome.stderr))
    ended_itself = outcome.ending in {Ending.EXITED, Ending.SIGNALLED}
    return CompileResult(
        ok=message is None,
        message=message,
        exit_code=outcome.exit_code if ended_itself else None,
        stdout=stdout,
        stderr=stderr,
        wall_ms=outcome.usage.wall_ms,
        cpu_ms=outcome.usage.cpu_ms,
        memory_bytes=outcome.usage.memory_bytes,
        timed_out=verdict is Verdict.TIME_LIMIT_EXCEEDED,
        output_truncated=outcome.stdout_truncated or outcome.stderr_truncated,
        limit=outcome.limit,
        evidence=outcome.evidence,
        diagnostics=parse_diagnostics(source.language.diagnostics, (stderr, stdout), files=source.files.keys()),
        cancelled=verdict is Verdict.CANCELLED,
    )


def _failure(source: Source, outcome: Outcome) -> str | None:
    """Why the program cannot be run, or ``None``."""
    if not outcome.ok:
        why = reason(outcome, "Compiler")
        killed = outcome.evidence is not None and outcome.ending not in {Ending.EXITED, Ending.SIGNALLED}
        return f"{why} by the compiler" if killed else why
    if outcome.refused:
        return f"Compiler left a file that cannot be used: {outcome.refused[0]}"
    compiling = source.language.compile
    if compiling is not None and compiling.produces and not outcome.collected:
        return "Compiler left nothing to run"
    return None
