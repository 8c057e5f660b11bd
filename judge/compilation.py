"""What a compiler said and took."""

from __future__ import annotations

from dataclasses import dataclass

from judge.diagnostics import Diagnostic
from sandboxes import Evidence, LimitKind


@dataclass(frozen=True, slots=True)
class CompileResult:
    """One compilation, or one check of the syntax.

    ``message``      one sentence when it is not ``ok``: the compiler refused, or the limit it hit
    ``exit_code``    ``None`` when the compiler was killed or never started
    ``stdout``, ``stderr``  the compiler's words, file paths relative to the submitted files, 64 KiB each at most
    ``diagnostics``  the same, structured
    ``cached``       nothing was compiled: an earlier result of the same sources served
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
    cached: bool
    limit: LimitKind | None
    evidence: Evidence | None
    diagnostics: tuple[Diagnostic, ...]
