"""How a run ended, decided from what the kernel and the engine recorded: pure, and the same for every backend.

The order is fixed, first match wins: cancelled; output cap; memory limiter acted; CPU or wall limit; no status record
means that we failed; then signal or exit code. Never guessed from exit status 137, which all of them share.
"""

from __future__ import annotations

import signal as signals
from dataclasses import dataclass

from sandboxes.errors import SetupError
from sandboxes.limits import Limits
from sandboxes.outcome import Ending, Evidence, LimitKind


@dataclass(frozen=True, slots=True)
class Record:
    """What is known once everything of the run is dead.

    ``exit_code``/``signal``  as init reported them; ``exit_code`` ``None``: it reported nothing
    ``killed_for``            why the engine killed it, set before it did; ``None``: it did not
    ``oom_fact``              name of the kernel counter behind ``oom_kills``
    """

    exit_code: int | None
    signal: int | None
    killed_for: Ending | None
    wall_ms: float
    cpu_ms: float | None
    cpu_fact: str
    memory_bytes: int | None
    oom_kills: int | None
    oom_fact: str
    output_bytes: int
    refused_processes: int | None


@dataclass(frozen=True, slots=True)
class Decision:
    """The part of an outcome that is decided. ``limit`` and ``evidence`` come together or not at all."""

    ending: Ending
    exit_code: int | None
    signal: int | None
    limit: LimitKind | None
    evidence: Evidence | None


def decide(record: Record, limits: Limits) -> Decision:
    """Decide the ending. Raises :class:`SetupError` when there is no status record and no limit to explain that."""
    if record.killed_for is Ending.CANCELLED:
        return _killed(Ending.CANCELLED, record, None)
    if record.killed_for is Ending.OUTPUT_LIMIT or record.output_bytes > limits.output_bytes:
        fact = "bytes counted while reading stdout and stderr"
        evidence = Evidence(LimitKind.OUTPUT, limits.output_bytes, record.output_bytes, "bytes", fact)
        return _killed(Ending.OUTPUT_LIMIT, record, evidence)
    if record.oom_kills:
        measured = limits.memory_bytes if record.memory_bytes is None else record.memory_bytes
        fact = f"{record.oom_fact} {record.oom_kills}"
        evidence = Evidence(LimitKind.MEMORY, limits.memory_bytes, measured, "bytes", fact)
        return _killed(Ending.MEMORY_LIMIT, record, evidence)
    # taking down what was killed takes CPU time too, which is not what it was killed for
    over = record.cpu_ms is not None and record.cpu_ms > limits.cpu_ms and record.killed_for is not Ending.WALL_LIMIT
    if record.cpu_ms is not None and (record.killed_for is Ending.CPU_LIMIT or over):
        evidence = Evidence(LimitKind.CPU_TIME, limits.cpu_ms, round(record.cpu_ms), "ms", record.cpu_fact)
        return _killed(Ending.CPU_LIMIT, record, evidence)
    if record.killed_for is Ending.WALL_LIMIT or record.wall_ms > limits.wall_ms:
        evidence = Evidence(LimitKind.WALL_TIME, limits.wall_ms, round(record.wall_ms), "ms", "CLOCK_MONOTONIC")
        return _killed(Ending.WALL_LIMIT, record, evidence)
    if record.exit_code is None:
        raise SetupError("the run ended without a status record and without having passed any limit")
    ending = Ending.EXITED if record.signal is None else Ending.SIGNALLED
    indirect = _indirect(record, limits)
    return Decision(ending, record.exit_code, record.signal, indirect.limit if indirect else None, indirect)


def _indirect(record: Record, limits: Limits) -> Evidence | None:
    """A limit that the kernel enforces by refusing or signalling, and that explains a failure."""
    if record.signal == signals.SIGXFSZ:
        size = limits.file_size_bytes
        return Evidence(LimitKind.FILE_SIZE, size, size, "bytes", "SIGXFSZ: RLIMIT_FSIZE reached")
    if record.exit_code != 0 and record.refused_processes:
        fact = f"pids.events: max {record.refused_processes}"
        return Evidence(LimitKind.PROCESSES, limits.processes, limits.processes, "processes", fact)
    return None


def _killed(ending: Ending, record: Record, evidence: Evidence | None) -> Decision:
    """A run that a limit ended: its own status if it reported one in time, else SIGKILL, which is what we sent."""
    exit_code = 128 + signals.SIGKILL if record.exit_code is None else record.exit_code
    signal = signals.SIGKILL.value if record.exit_code is None else record.signal
    return Decision(ending, exit_code, signal, evidence.limit if evidence else None, evidence)
