"""What the sandbox costs and how exact it is: ``python benchmarks/run.py``.

Everything is measured against something of the same run on the same machine, in turns, so that what else the machine
does hits both sides alike: answers against the toolchain typed into a shell (``answers.py``); the moment of death
against the limit; reported CPU time and memory against what the work takes.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from benchmarks import distributed, service
from benchmarks.answers import (
    HELLO,
    TYPICAL,
    PerCase,
    answers,
    answers_table,
    cases,
    cases_table,
    example_case,
    idle,
    per_case,
    raw,
    throughput,
)
from benchmarks.bare import Bare
from benchmarks.chart import bars
from benchmarks.judges import judges
from benchmarks.measure import HERE, Bench, Spread, machine, percentile, table, today, write
from judge import RunLimits, Source, run_limits
from languages import compile_steps, run_argv
from sandboxes import MIB, Outcome
from sandboxes.cases.case import ENVIRONMENT

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


_EXPLAINED: Final = """Compile and run until the answer is there. *Plain* is the toolchain as a person types it
(`plain.py`), without any sandbox, on the same image; for Python and JavaScript that is the run alone, while ours also
checks the syntax. *Cold*: jails are started when they are needed. *Warm*: a jail waits, and nobody has compiled the
source before. *Cached*: the same source once more. All four take turns."""
TARGETS: Final = {
    **dict.fromkeys(("python", "javascript", "typescript", "java", "cpp"), 0.5),
    **dict.fromkeys(("c", "go", "rust"), 1.0),
}
"""What a warm hello world may take, as a share of the plain toolchain typed into a shell."""


class Section(Protocol):
    """What was found for a section that can be measured alone."""

    @property
    def text(self) -> str:
        """The section, without its heading."""

    @property
    def raw(self) -> dict[str, Any]:
        """Its values."""


ALONE: Final[Mapping[str, tuple[str, Callable[[int], Section]]]] = {
    "service": ("## The service", service.measure),
    "distributed": ("## With workers", distributed.measure),
}
"""Sections that can be measured alone: heading, and what measures with so many turns."""


def renew(name: str, turns: int, *, output: Path) -> None:
    """Measure one section again; the rest of a report that is there stays as it is. Raises ``OSError`` without one."""
    report, values = HERE / f"{output}.md", HERE / f"{output}.json"
    text, raw_values = report.read_text(), json.loads(values.read_text())
    about = f"Measured by itself: {machine()}. {today()}."
    heading, measure = ALONE[name]
    found = measure(turns)
    section = f"{heading}\n\n{about}\n\n{found.text}\n"
    there = re.compile(rf"^{heading}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    text = there.sub(lambda _: f"{section}\n", text) if there.search(text) else f"{text.rstrip()}\n\n{section}"
    write(str(output), text.rstrip() + "\n", {**raw_values, name: {"about": about, **found.raw}})


def solutions(suffix: str) -> Path:
    """The example's solution in the language of that suffix."""
    return next(path for path in TYPICAL if path.suffix == suffix)


def per_case_text(found: PerCase) -> str:
    """The cost of a test case in one sentence."""
    beyond = [jailed - statistics.median(found.bare) for jailed in found.jailed]
    return (
        f"Fork, exec and wait without a sandbox: {Spread.of(found.bare).text} ms; a case in a jail that is there: "
        f"{Spread.of(found.jailed).text} ms. Beyond the bare median: {statistics.median(beyond):.1f} ms at p50, "
        f"{percentile(beyond, 0.95):.1f} ms at p95 ({len(beyond)} runs)."
    )


def waiting_text(waiting: Mapping[str, float], held: float) -> str:
    """What the default warm pool costs, in two sentences."""
    return (
        f"What the default warm pool uses, in MiB, by its control groups: {_listed(waiting)}; "
        f"{sum(waiting.values()):.0f} in all. What its processes hold in memory, nsjail and the agents included, pages "
        f"that several share counted once: {held:.0f} MiB."
    )


def _listed(figures: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {figure:.0f}" for name, figure in figures.items())


def main() -> None:
    """Measure, and write ``results.md``, ``results.json`` and ``results.svg``."""
    parser = argparse.ArgumentParser(description="Measure how soon answers are there, and how exact they are.")
    parser.add_argument("--turns", type=int, default=15, help="hello worlds of each language and kind (default: 15)")
    parser.add_argument("--runs", type=int, default=100, help="runs to be killed, of each kind (default: 100)")
    parser.add_argument("--samples", type=int, default=15, help="runs for each amount of work (default: 15)")
    parser.add_argument("--output", type=Path, default=Path("results"), help="name of the report beside this file")
    parser.add_argument("--only", choices=ALONE, help="measure this section alone, and keep the rest of the report")
    arguments = parser.parse_args()
    if arguments.only is not None:
        renew(arguments.only, arguments.turns, output=arguments.output)
        return
    about = f"{machine()}. {today()}."
    stdin, answer = example_case()
    with Bench.open(slots=len(os.sched_getaffinity(0))) as bench:
        hello = answers(bench, HELLO, stdin=b"", expected=GREETING, turns=arguments.turns)
        typical = answers(bench, TYPICAL, stdin=stdin, expected=answer, turns=max(arguments.turns // 2, 3))
        many = [
            *cases(bench, solutions(".cpp"), (1, 20, 100), turns=9),
            *cases(bench, solutions(".py"), (1, 20, 100), turns=5),
        ]
        each = per_case(bench, solutions(".cpp"), runs=4 * arguments.runs)
        judged = judges(bench, solutions(".cpp"), turns=9)
        waiting, held = idle(bench)
        rates = {
            path.suffix[1:]: throughput(bench, path, submissions=60) for path in map(solutions, (".py", ".js", ".c"))
        }
    with Bench.open(slots=1) as bench:
        late = kills(bench, arguments.runs)
        work = accounting(bench, arguments.samples)
        beyond = memory(bench, arguments.samples)
    alone = {name: measure(arguments.turns) for name, (_, measure) in ALONE.items()}
    values: dict[str, Any] = {
        "about": about,
        "hello_ms": raw(hello),
        "typical_ms": raw(typical),
        "cases_ms": {f"{one.language} {one.count}": {"plain": one.plain, "warm": one.warm} for one in many},
        "per_case_ms": {"bare": each.bare, "jailed": each.jailed},
        "judges_ms": judged.raw,
        "idle_mib": {**waiting, "held": held},
        "submissions_per_s": rates,
        "past_limit_ms": late,
        "cpu_ms": {pair.name: {"sandboxed": pair.sandboxed, "bare": pair.bare} for pair in work},
        "beyond_touched_mib": beyond,
        **{name: section.raw for name, section in alone.items()},
    }
    parts = (
        "# Results",
        f"{about} Written by `make bench`; medians, with the 90th percentile in brackets.",
        "## A hello world",
        _EXPLAINED,
        answers_table(hello),
        "![warm over plain, and the target](results.svg)",
        "## A typical solution",
        "The same for the solutions of `docs/examples/meeting_rooms` on a small case.",
        answers_table(typical),
        "## Many cases",
        "Judging a compiled submission with so many small cases, against a loop over the same runs without a sandbox.",
        cases_table(many),
        "## One case",
        per_case_text(each),
        "## Programs that judge",
        judged.text,
        "## Waiting",
        waiting_text(waiting, held),
        "## Throughput",
        f"Submissions a second on all processors, each new, compiled or checked and run once: {_listed(rates)}.",
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
        *(part for name, section in alone.items() for part in (ALONE[name][0], section.text)),
    )
    write(str(arguments.output), "\n\n".join(part.rstrip() for part in parts) + "\n", values)
    ratios = [(one.language, one.ratio(one.warm), TARGETS[one.language]) for one in hello]
    title = "Hello world, warm, as a share of the plain toolchain (line: target)"
    (HERE / f"{arguments.output}.svg").write_text(bars(title, ratios))


if __name__ == "__main__":
    main()
