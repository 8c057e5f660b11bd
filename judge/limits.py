"""From a problem's limits to those of one run: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from judge.testcase import TestCase
from languages import Language
from sandboxes import MIB, Limits


@dataclass(frozen=True, slots=True)
class LanguageLimits:
    """What a problem sets for one language; ``None`` leaves the general rule. ``cpu_ms`` is absolute, not multiplied."""

    cpu_ms: int | None = None
    memory_mib: int | None = None
    time_multiplier: float | None = None


@dataclass(frozen=True, slots=True)
class ProblemLimits:
    """Limits of a problem's tests. ``output_mib`` is for stdout and stderr together; beyond it the program is killed."""

    cpu_ms: int = 5000
    memory_mib: int = 256
    output_mib: int = 16
    languages: Mapping[str, LanguageLimits] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunLimits:
    """Limits of one run, and the memory the program itself was promised (without the runtime's allowance)."""

    limits: Limits
    memory_mib: int


def case_limits(problem: ProblemLimits, language: Language, case: TestCase) -> RunLimits:
    """The limits of ``case`` in ``language``.

    CPU: the test's own or the problem's, times the problem's multiplier for the language or the language's own,
    unless the problem names an absolute one for the language. Wall: twice the CPU limit and a second. Memory: the
    test's own, else the problem's for the language, else the problem's; and the language's allowance on top.
    """
    own = problem.languages.get(language.id, LanguageLimits())
    if own.cpu_ms is not None:
        cpu_ms = own.cpu_ms
    else:
        base = problem.cpu_ms if case.cpu_ms is None else case.cpu_ms
        multiplier = language.time_multiplier if own.time_multiplier is None else own.time_multiplier
        cpu_ms = max(1, round(base * multiplier))
    general = problem.memory_mib if own.memory_mib is None else own.memory_mib
    memory_mib = general if case.memory_mib is None else case.memory_mib
    return run_limits(
        language, cpu_ms=cpu_ms, wall_ms=2 * cpu_ms + 1000, memory_mib=memory_mib, output_bytes=problem.output_mib * MIB
    )


def run_limits(
    language: Language, *, cpu_ms: int, wall_ms: int, memory_mib: int, output_bytes: int, allowance: bool = True
) -> RunLimits:
    """Limits of one run that must keep all its output for a checker.

    ``allowance``: add what the language's runtime needs itself; a limit that a person sets for one run is taken
    literally instead. The stack may take all of the memory.
    """
    memory_bytes = (memory_mib + (language.memory_allowance_mib if allowance else 0)) * MIB
    limits = Limits(
        cpu_ms=cpu_ms,
        wall_ms=wall_ms,
        memory_bytes=memory_bytes,
        stack_bytes=memory_bytes,
        output_bytes=output_bytes,
        stdout_bytes=output_bytes,
    )
    return RunLimits(limits, memory_mib)
