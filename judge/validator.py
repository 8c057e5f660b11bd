"""Running the programs that judge: an output validator on an output, an interactor beside a program.

Both are called as ``program input_file answer_file feedback_dir/ [args]`` and answer by exit code: 42 accepts, 43
refuses, anything else is a failure of the program that judges, never of the one that is judged. Into the feedback
directory they may write ``judgemessage.txt``, ``teammessage.txt`` and ``score_multiplier.txt`` or ``score.txt``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from judge.checkers import CheckResult
from judge.custom import JudgeProgram
from judge.errors import JudgeProgramError
from judge.limits import RunLimits, run_limits
from judge.program import Papers, Place, Program, Talk
from judge.testcase import TestCase
from sandboxes import MIB, Cancellation, Ending, Limits, Outcome

ACCEPTS: Final = 42
REFUSES: Final = 43
MESSAGE_BYTES: Final = 16 * 1024
"""How much of each message is kept."""

_DIRECTORY: Final = ".judge"
_FEEDBACK: Final = f"{_DIRECTORY}/feedback"
_OUTPUT_BYTES: Final = 64 * MIB
_STACK_BYTES: Final = 256 * MIB
# Files of a size that fits into what every program gets need no box of their own, so one that is ready will do.
_SMALL_BYTES: Final = 12 * MIB
_LARGE_BOX_BYTES: Final = 1024 * MIB
_FEW_WORDS: Final = 300
# What all languages write alike; Python's own reading takes more (0.2_5).
_NUMBER: Final = re.compile(rb"[+-]?(?=.{1,300}$)(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


class Validator:
    """A :class:`JudgeProgram` made ready by :meth:`prepare`: compiled once, run for every test.

    A context manager; its runs may go on in several threads at once.
    """

    def __init__(self, program: Program, about: JudgeProgram) -> None:
        self._program = program
        self._about = about

    @classmethod
    def prepare(
        cls, about: JudgeProgram, place: Place, *, runs: int = 1, cancellation: Cancellation | None = None
    ) -> Validator:
        """Compile it, unless that is known from earlier.

        Raises :class:`JudgeProgramError` when it does not compile, and as :meth:`judge.program.Program.prepare` does.
        """
        program = Program.prepare(about.source, place, runs=runs, cancellation=cancellation)
        compilation = program.compilation
        if compilation is not None and not compilation.ok:
            program.close()
            raise JudgeProgramError(f"{about.source.entrypoint} does not compile: {compilation.refusal}")
        return cls(program, about)

    def check(
        self, case: TestCase, output: bytes, args: Sequence[str] = (), *, cancellation: Cancellation | None = None
    ) -> CheckResult:
        """Its answer on an output.

        Raises :class:`JudgeProgramError` when it fails, and as :meth:`judge.program.Program.run` does.
        """
        outcome = self._run(case, args, wall_ms=self._about.wall_ms, stdin=output, cancellation=cancellation)
        return self.answer(outcome)

    def converse(
        self,
        case: TestCase,
        args: Sequence[str],
        *,
        talk: Talk,
        beside: RunLimits,
        cancellation: Cancellation,
    ) -> Outcome:
        """Run it beside a program that has the limits ``beside``.

        It has its own time after the other's is over. Raises as :meth:`judge.program.Program.run` does.
        """
        wall_ms = beside.limits.wall_ms + self._about.wall_ms
        return self._run(case, args, wall_ms=wall_ms, talk=talk, cancellation=cancellation)

    def _run(
        self,
        case: TestCase,
        args: Sequence[str],
        *,
        wall_ms: int,
        stdin: bytes = b"",
        talk: Talk | None = None,
        cancellation: Cancellation | None,
    ) -> Outcome:
        files = {
            f"{_DIRECTORY}/case.in": case.input.read(),
            f"{_DIRECTORY}/case.ans": case.expected.read(),
            f"{_FEEDBACK}/.keep": b"",
        }
        paths = [f"/box/{_DIRECTORY}/case.in", f"/box/{_DIRECTORY}/case.ans", f"/box/{_FEEDBACK}/"]
        return self._program.run(
            self._limits(wall_ms, sum(map(len, files.values()))),
            stdin=stdin,
            args=(*paths, *args),
            papers=Papers(files, _FEEDBACK, (ACCEPTS, REFUSES)),
            talk=talk,
            more=True,
            cancellation=cancellation,
        )

    def _limits(self, wall_ms: int, files_bytes: int) -> RunLimits:
        usual = judge_limits(self._about, wall_ms=wall_ms, output_bytes=_OUTPUT_BYTES)
        limits = replace(usual.limits, stack_bytes=_STACK_BYTES, stdout_bytes=Limits().stdout_bytes)
        if files_bytes > _SMALL_BYTES:
            limits = replace(limits, scratch_bytes=_LARGE_BOX_BYTES, file_size_bytes=_LARGE_BOX_BYTES)
        return RunLimits(limits, usual.memory_mib)

    def answer(self, outcome: Outcome) -> CheckResult:
        """What it has said by ending so. Raises :class:`JudgeProgramError` when it has not judged."""
        if outcome.ending is not Ending.EXITED or outcome.exit_code not in {ACCEPTS, REFUSES}:
            raise JudgeProgramError(f"{self._about.source.entrypoint} {_failure(outcome)}")
        accepted = outcome.exit_code == ACCEPTS
        for refusal in outcome.refused:
            if accepted or not refusal.startswith("score"):
                raise JudgeProgramError(f"{self._about.source.entrypoint}: its feedback cannot be read: {refusal}")
        feedback = outcome.collected
        return CheckResult(
            accepted=accepted,
            message=_message(feedback.get("judgemessage.txt", b"")),
            team_message=_message(feedback.get("teammessage.txt", b"")),
            multiplier=self._number(feedback, "score_multiplier.txt", 1.0) if accepted else None,
            points=self._number(feedback, "score.txt", math.inf) if accepted else None,
        )

    def _number(self, feedback: Mapping[str, bytes], name: str, most: float) -> float | None:
        content = feedback.get(name)
        if content is None:
            return None
        number = float(content) if _NUMBER.fullmatch(content.strip()) else math.nan
        if not 0 <= number <= most or math.isinf(number):
            shown = ascii(content[:40].decode("utf-8", "replace"))
            raise JudgeProgramError(f"{self._about.source.entrypoint} wrote {shown} to {name}, which is no such number")
        return number

    def close(self) -> None:
        """Give back what it holds. No run may be going on."""
        self._program.close()

    def __enter__(self) -> Validator:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def judge_limits(about: JudgeProgram, *, wall_ms: int | None = None, output_bytes: int) -> RunLimits:
    """What a program that judges is allowed in one run; ``wall_ms`` ``None``: what is usual for it."""
    return run_limits(
        about.source.language,
        cpu_ms=about.cpu_ms,
        wall_ms=about.wall_ms if wall_ms is None else wall_ms,
        memory_mib=about.memory_mib,
        output_bytes=output_bytes,
    )


def accepts(outcome: Outcome) -> bool:
    """Whether a program that judges, of inputs too, has accepted by ending so."""
    return outcome.ending is Ending.EXITED and outcome.exit_code == ACCEPTS


def _message(content: bytes) -> str:
    return content[:MESSAGE_BYTES].decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}").strip()


def _failure(outcome: Outcome) -> str:
    said = outcome.stderr[-_FEW_WORDS:].decode("utf-8", "replace").strip()
    words = f": {said}" if said else ""
    if outcome.evidence is not None:
        found = outcome.evidence
        return f"passed its limit of {found.limit_value} {found.unit} ({found.limit.value}){words}"
    if outcome.signal_name is not None:
        return f"was ended by {outcome.signal_name}{words}"
    return f"exited with {outcome.exit_code}, not with {ACCEPTS} or {REFUSES}{words}"
