"""Programs of a problem's author that judge: output validators and interactors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from judge.source import Source

DEFAULT_CPU_MS: Final = 60_000
DEFAULT_MEMORY_MIB: Final = 2048


@dataclass(frozen=True, slots=True)
class JudgeProgram:
    """A program that judges other programs' outputs, and what it is allowed on each test.

    It is run as ``program input_file answer_file feedback_dir/ [args]``; its exit code is its verdict. Its wall clock
    stops it after twice its CPU time and a second.
    """

    source: Source
    cpu_ms: int = DEFAULT_CPU_MS
    memory_mib: int = DEFAULT_MEMORY_MIB

    @property
    def wall_ms(self) -> int:
        """How long it may take."""
        return 2 * self.cpu_ms + 1000


@dataclass(frozen=True, slots=True)
class Custom:
    """A checker that is a program; ``args`` come before those that a test has of its own."""

    type: ClassVar[str] = "custom"

    program: JudgeProgram
    args: tuple[str, ...] = ()
