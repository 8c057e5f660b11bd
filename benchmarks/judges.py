"""What programs that judge cost: an output validator beside the built-in checker, a conversation beside plain pipes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.answers import example_case, warmed
from benchmarks.bare import Bare
from benchmarks.measure import HERE, Bench, Spread, table
from benchmarks.plain import PLAIN
from judge import (
    CompileCache,
    Custom,
    Data,
    JudgeProgram,
    Problem,
    ProblemLimits,
    Source,
    TestCase,
    Tokens,
    Verdict,
    judge,
)
from sandboxes import MIB
from sandboxes.cases.case import ENVIRONMENT

ROUNDS: Final = (1, 100, 10_000)
_CASES: Final = 20


@dataclass(frozen=True, slots=True)
class Judges:
    """In ms, a value per turn: conversations by rounds, ours and through pipes; tests of one compiled submission."""

    conversations: Mapping[int, tuple[tuple[float, ...], tuple[float, ...]]]
    built_in: tuple[float, ...]
    validated: tuple[float, ...]

    @property
    def raw(self) -> Mapping[str, object]:
        """The values, for the JSON file."""
        talks = {str(rounds): {"ours": ours, "pipes": pipes} for rounds, (ours, pipes) in self.conversations.items()}
        return {"conversations": talks, "built_in": self.built_in, "validated": self.validated}

    @property
    def text(self) -> str:
        """Both as Markdown."""
        rows = []
        for rounds, (ours, pipes) in self.conversations.items():
            beyond_us = (statistics.median(ours) - statistics.median(pipes)) / rounds * 1000
            rows.append((rounds, Spread.of(ours).text, Spread.of(pipes).text, f"{beyond_us:.0f}"))
        more = (statistics.median(self.validated) - statistics.median(self.built_in)) / _CASES
        return (
            "An interactive test in C, a warm jail for each side, until the verdict is there; against the same two "
            "programs joined by pipes without a sandbox.\n\n"
            + table(("rounds", "judged, ms", "pipes, ms", "beyond, us a round"), rows)
            + f"\n{_CASES} tests of a compiled C++ submission: {Spread.of(self.built_in).text} ms with a built-in "
            f"checker, {Spread.of(self.validated).text} ms with an output validator in C++: {more:.1f} ms more a test."
        )


def judges(bench: Bench, path: Path, *, turns: int) -> Judges:
    """Measure; ``path``: a C++ solution of the example."""
    with ExitStack() as opened, TemporaryDirectory(dir="/var/tmp") as directory:
        Path(directory).chmod(0o755)
        judging = _Judging(CompileCache(Path(directory) / "cache", limit_bytes=512 * MIB), turns)
        talker, checker = (bench.source(HERE / "work" / name) for name in ("talk.c", "check.cpp"))
        bare = opened.enter_context(Bare(bench.inventory.rootfs(talker.language)))
        bare.write(talker.files)
        *compiling, run = PLAIN[talker.language.id].commands(talker)
        talks: dict[int, tuple[tuple[float, ...], tuple[float, ...]]] = {}
        with warmed(bench, talker.language, jails=2) as warm:
            for rounds in ROUNDS:
                pair = [*run, "pair", str(rounds)]
                bare.run([*compiling, pair], ENVIRONMENT)
                pipes = tuple(bare.run([pair], ENVIRONMENT).wall_ms for _ in range(turns))
                case = TestCase("1", Data(str(rounds).encode()), Data(b""), args=("repeat",))
                problem = Problem((case,), limits=ProblemLimits(cpu_ms=20_000), interactor=JudgeProgram(talker))
                talks[rounds] = judging.took(warm, talker, problem), pipes
        solution = bench.source(path)
        stdin, answer = example_case()
        case = TestCase("1", Data(stdin), Data(answer))
        tests = tuple(replace(case, name=str(number)) for number in range(_CASES))
        with warmed(bench, solution.language, jails=2) as warm:
            built_in = judging.took(warm, solution, Problem(tests, Tokens()))
            validated = judging.took(warm, solution, Problem(tests, Custom(JudgeProgram(checker))))
    return Judges(talks, built_in, validated)


@dataclass(frozen=True, slots=True)
class _Judging:
    cache: CompileCache
    turns: int

    def took(self, warm: Bench, source: Source, problem: Problem) -> tuple[float, ...]:
        """How long judging takes, in ms, once everything is compiled."""
        place = replace(warm.place(source.language), cache=self.cache, image="judges")
        took = []
        for turn in range(self.turns + 1):
            warm.sandbox.settle()
            started = time.monotonic()
            result = judge(source, problem, place, judges=lambda _: place)
            if result.verdict is not Verdict.ACCEPTED:
                raise RuntimeError(f"{source.entrypoint}: {result.message} {result.fault}")
            if turn:  # the first compiles
                took.append((time.monotonic() - started) * 1000)
        return tuple(took)
