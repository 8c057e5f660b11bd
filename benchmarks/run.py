"""What the sandbox costs and how exact it is: ``python benchmarks/run.py``.

Everything is measured against something of the same run on the same machine, in turns, so that what else the machine
does hits both sides alike: a cold hello world in the sandbox against the same toolchain in a plain chroot on the same
image; the moment of death against the limit; reported CPU time and memory against what the work takes.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.bare import Bare
from benchmarks.measure import HERE, Bench, Spread, machine, percentile, table, today, write
from judge import Program, RunLimits, Source, run_limits
from languages import compile_environment, compile_steps, run_argv, run_environment
from sandboxes import MIB, Outcome
from sandboxes.nsjail.case import ENVIRONMENT

HELLO: Final = tuple(sorted((HERE / "hello").iterdir(), key=lambda path: path.suffix))
GREETING: Final = b"hello\n"
_MEMORY_MIB: Final = 256
_CPU_LIMIT_MS: Final = 400
_WALL_LIMIT_MS: Final = 300
# Arguments of cpu.c. System calls cost more behind a filter, which is no error of the accounting.
_WORK: Final = {
    "20 million turns": ("20000000",),
    "100 million turns": ("100000000",),
    "400 million turns": ("400000000",),
    "1 million system calls": ("0", "1000000"),
}
_TOUCHED_MIB: Final = (8, 64, 192)


@dataclass(frozen=True, slots=True)
class Pair:
    """The same thing with and without a sandbox, a value per turn, in ms; ``name`` says what."""

    name: str
    sandboxed: tuple[float, ...]
    bare: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Of the medians."""
        return statistics.median(self.sandboxed) / statistics.median(self.bare)


def hello(bench: Bench, turns: int) -> list[Pair]:
    """Compile and run a hello world of every language, nothing kept from one turn to the next."""
    with ExitStack() as opened:
        sources = [bench.source(path) for path in HELLO]
        bares = [opened.enter_context(Bare(bench.inventory.rootfs(source.language))) for source in sources]
        sandboxed: list[list[float]] = [[] for _ in sources]
        bare: list[list[float]] = [[] for _ in sources]
        for turn in range(turns + 1):
            for number, source in enumerate(sources):
                inside, outside = _cold(bench, source), _bare_hello(bares[number], source)
                if turn:  # the first one only reads everything from the disk
                    sandboxed[number].append(inside)
                    bare[number].append(outside)
    return [
        Pair(source.language.id, tuple(inside), tuple(outside))
        for source, inside, outside in zip(sources, sandboxed, bare, strict=True)
    ]


def _cold(bench: Bench, source: Source) -> float:
    started = time.monotonic()
    with Program.prepare(source, bench.place(source.language)) as program:
        outcome = program.run(_limits(source))
    took_ms = (time.monotonic() - started) * 1000
    _expect(outcome.ok and outcome.stdout == GREETING, source.entrypoint, outcome)
    return took_ms


def _bare_hello(bare: Bare, source: Source) -> float:
    language, main = source.language, source.entrypoint
    options, memory_mib = source.options, _MEMORY_MIB
    steps = compile_steps(language, entrypoint=main, paths=tuple(source.files), options=options)
    bare.write(source.files)
    took_ms = 0.0
    if steps:
        more = compile_environment(language, entrypoint=main, options=options)
        took_ms += bare.run(steps, {**ENVIRONMENT, **more}).wall_ms
    argv = run_argv(language, entrypoint=main, args=(), memory_mib=memory_mib)
    more = run_environment(language, entrypoint=main, memory_mib=memory_mib)
    timing = bare.run([argv], {**ENVIRONMENT, **more})
    if timing.stdout != GREETING:
        raise RuntimeError(f"{main} says {timing.stdout!r} without a sandbox")
    return took_ms + timing.wall_ms


def kills(bench: Bench, turns: int) -> dict[str, tuple[float, ...]]:
    """How far past its limit a program was when it was dead, in ms: a spinner's CPU time, a sleeper's wall time."""
    with bench.prepare(HERE / "work" / "spin.c") as spinner, bench.prepare(HERE / "work" / "sleep.c") as sleeper:
        cpu, wall = [], []
        for _ in range(turns):
            cpu_ms = spinner.run(_limits(spinner.source, cpu_ms=_CPU_LIMIT_MS)).usage.cpu_ms
            cpu.append((cpu_ms or 0) - _CPU_LIMIT_MS)
            wall_ms = sleeper.run(_limits(sleeper.source, wall_ms=_WALL_LIMIT_MS)).usage.wall_ms
            wall.append(wall_ms - _WALL_LIMIT_MS)
    return {f"CPU time, limit {_CPU_LIMIT_MS} ms": tuple(cpu), f"wall time, limit {_WALL_LIMIT_MS} ms": tuple(wall)}


def accounting(bench: Bench, turns: int) -> list[Pair]:
    """CPU time reported for fixed work against ``getrusage`` on the same binary without a sandbox."""
    with ExitStack() as opened:
        program = opened.enter_context(bench.prepare(HERE / "work" / "cpu.c"))
        source = program.source
        bare = opened.enter_context(Bare(bench.inventory.rootfs(source.language)))
        bare.write(source.files)
        bare.run(
            compile_steps(
                source.language, entrypoint=source.entrypoint, paths=tuple(source.files), options=source.options
            ),
            ENVIRONMENT,
        )
        pairs = []
        for name, work in _WORK.items():
            inside, outside = [], []
            argv = run_argv(source.language, entrypoint=source.entrypoint, args=work, memory_mib=_MEMORY_MIB)
            for _ in range(turns):
                outcome = program.run(_limits(source), args=work)
                _expect(outcome.ok, "cpu.c", outcome)
                inside.append(outcome.usage.cpu_ms or 0.0)
                outside.append(bare.run([argv], ENVIRONMENT).cpu_ms)
            pairs.append(Pair(name, tuple(inside), tuple(outside)))
    return pairs


def memory(bench: Bench, turns: int) -> dict[int, tuple[float, ...]]:
    """Peak memory reported beyond what a program touched, in MiB, by the MiB it touched."""
    with bench.prepare(HERE / "work" / "memory.c") as program:
        beyond: dict[int, tuple[float, ...]] = {}
        for touched in _TOUCHED_MIB:
            outcomes = [program.run(_limits(program.source), args=(str(touched),)) for _ in range(turns)]
            for outcome in outcomes:
                _expect(outcome.ok, "memory.c", outcome)
            beyond[touched] = tuple((outcome.usage.memory_bytes or 0) / MIB - touched for outcome in outcomes)
    return beyond


def hello_table(pairs: Sequence[Pair]) -> str:
    """The cold hello worlds."""
    header = ("language", "sandboxed, ms", "bare, ms", "ratio", "turns")
    return table(
        header,
        [
            (pair.name, Spread.of(pair.sandboxed).text, Spread.of(pair.bare).text, f"{pair.ratio:.2f}", len(pair.bare))
            for pair in pairs
        ],
    )


def kill_table(late: Mapping[str, tuple[float, ...]]) -> str:
    """The deaths."""
    rows = [(name, Spread.of(past).text, f"{percentile(past, 0.99):.1f}", len(past)) for name, past in late.items()]
    return table(("limit", "ms past it", "p99", "runs"), rows)


def accounting_table(work: Sequence[Pair]) -> str:
    """The CPU times."""
    rows = []
    for pair in work:
        difference_ms = statistics.median(pair.sandboxed) - statistics.median(pair.bare)
        difference = f"{difference_ms:+.1f} ms ({pair.ratio - 1:+.1%})"
        rows.append((pair.name, Spread.of(pair.sandboxed).text, Spread.of(pair.bare).text, difference))
    return table(("work", "reported, ms", "bare, ms", "difference of medians"), rows)


def memory_table(beyond: Mapping[int, tuple[float, ...]]) -> str:
    """The peaks."""
    rows = [
        (mib, f"{statistics.median(more):.2f} ({percentile(more, 0.9):.2f})", len(more)) for mib, more in beyond.items()
    ]
    return table(("touched, MiB", "reported beyond, MiB", "runs"), rows)


def _limits(source: Source, *, cpu_ms: int = 10_000, wall_ms: int = 30_000) -> RunLimits:
    return run_limits(source.language, cpu_ms=cpu_ms, wall_ms=wall_ms, memory_mib=_MEMORY_MIB, output_bytes=MIB)


def _expect(fine: bool, name: str, outcome: Outcome) -> None:  # noqa: FBT001 - reads as the sentence it is
    if not fine:
        raise RuntimeError(f"{name} ended with {outcome.ending} and {outcome.exit_code}: {outcome.stderr[:500]!r}")


def main() -> None:
    """Measure, and write ``results.md`` and ``results.json``."""
    parser = argparse.ArgumentParser(description="Measure what the sandbox costs and how exact it is.")
    parser.add_argument("--turns", type=int, default=15, help="cold hello worlds of each language (default: 15)")
    parser.add_argument("--runs", type=int, default=100, help="runs to be killed, of each kind (default: 100)")
    parser.add_argument("--samples", type=int, default=15, help="runs for each amount of work (default: 15)")
    parser.add_argument("--output", type=Path, default=Path("results"), help="name of the report beside this file")
    arguments = parser.parse_args()
    about = f"{machine()}. {today()}."
    with Bench.open(slots=1) as bench:
        pairs = hello(bench, arguments.turns)
        late = kills(bench, arguments.runs)
        work = accounting(bench, arguments.samples)
        beyond = memory(bench, arguments.samples)
    raw = {
        "about": about,
        "hello_ms": {pair.name: {"sandboxed": pair.sandboxed, "bare": pair.bare} for pair in pairs},
        "past_limit_ms": late,
        "cpu_ms": {pair.name: {"sandboxed": pair.sandboxed, "bare": pair.bare} for pair in work},
        "beyond_touched_mib": beyond,
    }
    parts = (
        "# Results",
        f"{about} Written by `make bench`; medians, with the 90th percentile in brackets.",
        "## A cold hello world",
        "Compile and run, everything made anew, against the same commands in a plain chroot on the same image.",
        hello_table(pairs),
        "## Death after the limit",
        "How far past its limit a program was when it was dead.",
        kill_table(late),
        "## CPU time reported",
        "Against what `getrusage` says of the same binary and work without a sandbox.",
        accounting_table(work),
        "A system call takes longer in a jail, where the filter sees it first; arithmetic does not.",
        "## Peak memory reported",
        "Beyond what a program touched: its own code, stacks and page tables are in it.",
        memory_table(beyond),
    )
    write(str(arguments.output), "\n\n".join(part.rstrip() for part in parts) + "\n", raw)


if __name__ == "__main__":
    main()
