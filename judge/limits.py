"""From a problem's limits, or a person's, to those of one run. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from judge.testcase import TestCase
from languages import Compile, Language
from sandboxes import MIB, Limits

MESSAGES_BYTES: Final = 64 * 1024
"""How much of a compiler's text is kept, of each stream."""
COLLECT_BYTES: Final = 128 * MIB
"""How much a compilation may leave."""

# A statically linked binary with debug information, and what a compiler keeps beside it while it works.
_SCRATCH_BYTES: Final = 512 * MIB
_FILE_BYTES: Final = 256 * MIB


@dataclass(frozen=True, slots=True)
class LanguageLimits:
    """What a problem sets for one language; ``None`` leaves the general rule.

    ``cpu_ms`` is absolute: no multiplier applies to it. ``time_multiplier`` replaces the language's own.
    ``memory_mib`` is without the language's allowance.
    """

    cpu_ms: int | None = None
    memory_mib: int | None = None
    time_multiplier: float | None = None


@dataclass(frozen=True, slots=True)
class ProblemLimits:
    """What each test of a problem is allowed, before anything that depends on the language.

    ``output_mib`` is for stdout and stderr together; beyond it the program is killed. ``languages``: by their ids.
    """

    cpu_ms: int = 5000
    memory_mib: int = 256
    output_mib: int = 16
    languages: Mapping[str, LanguageLimits] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunLimits:
    """``limits`` as the sandbox enforces them; ``memory_mib`` as the program is told, without any allowance."""

    limits: Limits
    memory_mib: int


def case_limits(problem: ProblemLimits, language: Language, case: TestCase) -> RunLimits:
    """What a program in ``language`` is allowed on ``case``.

    CPU time: the problem's absolute limit for the language; or else the test's or else the problem's, times the
    problem's multiplier for the language or else the language's own. Wall time: twice that and a second. Memory: the
    test's, or else the problem's for the language, or else the problem's; plus the language's allowance.
    """
    own = problem.languages.get(language.id, LanguageLimits())
    cpu_ms = language_cpu_ms(problem, language, base_ms=problem.cpu_ms if case.cpu_ms is None else case.cpu_ms)
    general = problem.memory_mib if own.memory_mib is None else own.memory_mib
    return run_limits(
        language,
        cpu_ms=cpu_ms,
        wall_ms=2 * cpu_ms + 1000,
        memory_mib=general if case.memory_mib is None else case.memory_mib,
        output_bytes=problem.output_mib * MIB,
    )


def language_cpu_ms(problem: ProblemLimits, language: Language, *, base_ms: int) -> int:
    """CPU time that a program in ``language`` is allowed where the problem, or a test of it, allows ``base_ms``."""
    own = problem.languages.get(language.id, LanguageLimits())
    return max(1, round(base_ms * _multiplier(own, language))) if own.cpu_ms is None else own.cpu_ms


def language_multiplier(problem: ProblemLimits, language: Language) -> float | None:
    """How many times the problem's CPU time programs in ``language`` get; ``None``: they have a limit of their own."""
    own = problem.languages.get(language.id, LanguageLimits())
    return _multiplier(own, language) if own.cpu_ms is None else None


def _multiplier(own: LanguageLimits, language: Language) -> float:
    return language.time_multiplier if own.time_multiplier is None else own.time_multiplier


def run_limits(
    language: Language, *, cpu_ms: int, wall_ms: int, memory_mib: int, output_bytes: int, allowance: bool = True
) -> RunLimits:
    """Limits of one run all of whose output is kept, because a checker must see it.

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


def compile_limits(compiling: Compile) -> Limits:
    """What a language's compiler is allowed. Compilers are many threads with many files, and leave large ones."""
    return Limits(
        cpu_ms=compiling.cpu_ms,
        wall_ms=compiling.wall_ms,
        memory_bytes=compiling.memory_mib * MIB,
        processes=256,
        open_files=1024,
        file_size_bytes=_FILE_BYTES,
        stdout_bytes=MESSAGES_BYTES,
        stderr_bytes=MESSAGES_BYTES,
        scratch_bytes=_SCRATCH_BYTES,
        scratch_inodes=65_536,
    )
