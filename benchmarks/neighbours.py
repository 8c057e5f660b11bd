"""How much a bomb in one slot slows an ordinary run in the other: ``python benchmarks/neighbours.py``.

Rounds of every neighbour in turn, so that what else the machine does hits all alike. A spinner that keeps one
processor busy shows what a neighbour's share of the processors explains; a bomb may not cost much more than that.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.measure import HERE, Bench, Spread, machine, table, today, write
from judge import Program, run_limits
from sandboxes import MIB, Cancellation

ALONE: Final = "alone"
SPINNER: Final = "spinner"
COMPILE: Final = "compile"
BOMBS: Final = tuple(sorted(path.stem for path in (HERE / "bombs").iterdir() if path.stem != SPINNER))
ORDINARY: Final = tuple(sorted((HERE / "ordinary").iterdir()))
_SEED: Final = b"12345\n"
_BOMB_MS: Final = 3000
_SETTLE_S: Final = 0.3


@dataclass(slots=True)
class Samples:
    """What was measured of one program beside one neighbour, a value per run, in ms.

    ``wall`` and ``cpu`` are the program's own; ``call`` is all that the caller waited, set-up and clearing included.
    """

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    call: list[float] = field(default_factory=list)


Results = dict[str, dict[str, Samples]]


@contextmanager
def neighbour(bench: Bench, name: str, program: Program | None, ends: Counter[str]) -> Iterator[None]:
    """Run the bomb over and over while the caller measures; ``ends`` counts how its runs ended."""
    if name == ALONE:
        yield
        return
    with Cancellation() as cancellation:
        thread = threading.Thread(target=_repeat, args=(bench, program, ends, cancellation), name=name)
        thread.start()
        try:
            time.sleep(_SETTLE_S)
            yield
        finally:
            cancellation.cancel()
            thread.join()


def _repeat(bench: Bench, program: Program | None, ends: Counter[str], cancellation: Cancellation) -> None:
    while not cancellation.requested:
        if program is None:
            source = bench.source(HERE / "bombs" / f"{COMPILE}.cpp")
            with Program.prepare(source, bench.place(source.language), cancellation=cancellation) as compiled:
                ends[str(compiled.compilation and compiled.compilation.message)] += 1
            continue
        limits = run_limits(
            program.source.language,
            cpu_ms=_BOMB_MS,
            wall_ms=_BOMB_MS,
            memory_mib=256,
            output_bytes=16 * MIB,
        )
        ends[program.run(limits, cancellation=cancellation).ending] += 1


def measure(program: Program, runs: int, samples: Samples) -> None:
    """Run an ordinary program some times. Raises ``RuntimeError`` when a run does not end well."""
    limits = run_limits(
        program.source.language, cpu_ms=10_000, wall_ms=20_000, memory_mib=256, output_bytes=MIB, allowance=True
    )
    for _ in range(runs):
        began = time.monotonic()
        outcome = program.run(limits, stdin=_SEED)
        samples.call.append((time.monotonic() - began) * 1000)
        if not outcome.ok or outcome.usage.cpu_ms is None:
            raise RuntimeError(f"an ordinary run was not accepted: {outcome}")
        samples.wall.append(outcome.usage.wall_ms)
        samples.cpu.append(outcome.usage.cpu_ms)


def survey(names: Sequence[str], *, rounds: int, runs: int, seconds: float) -> tuple[Results, dict[str, Counter[str]]]:
    """Measure beside each neighbour in turn; ``rounds`` times, fewer when the time is up (never less than one)."""
    results: Results = {name: {path.suffix: Samples() for path in ORDINARY} for name in names}
    ends: dict[str, Counter[str]] = {name: Counter() for name in names}
    deadline = time.monotonic() + seconds
    with ExitStack() as owned:
        bench = owned.enter_context(Bench.open(slots=2))
        ordinary = {path.suffix: owned.enter_context(bench.prepare(path)) for path in ORDINARY}
        bombs: dict[str, Program | None] = {ALONE: None, COMPILE: None}
        for name in names:
            if name not in bombs:
                bombs[name] = owned.enter_context(bench.prepare(HERE / "bombs" / f"{name}.c"))
        for program in ordinary.values():
            measure(program, 3, Samples())  # from here on the image is in memory
        for turn in range(rounds):
            began = time.monotonic()
            for name in names:
                with neighbour(bench, name, bombs[name], ends[name]):
                    for suffix, program in ordinary.items():
                        measure(program, runs, results[name][suffix])
            if time.monotonic() + (time.monotonic() - began) > deadline:
                print(f"stopped after {turn + 1} of {rounds} rounds: the time is up")
                break
    return results, ends


def report(results: Results, ends: dict[str, Counter[str]], about: str) -> str:
    """The figures as Markdown."""
    parts = [
        "# Noisy neighbours\n",
        f"{about}\n",
        "An ordinary program runs in one slot while its neighbour runs in the other, over and over. Median (90th",
        "percentile) in ms; the ratios are of medians of wall time: to running alone, and to running beside a spinner",
        "that keeps one processor busy. *Call* is all that a caller waits for, set-up of the jail included.\n",
    ]
    for path in ORDINARY:
        by_name = {name: samples[path.suffix] for name, samples in results.items()}
        alone, spinner = (Spread.of(by_name[name].wall).median for name in (ALONE, SPINNER))
        rows = []
        for name, samples in by_name.items():
            wall, cpu, call = map(Spread.of, (samples.wall, samples.cpu, samples.call))
            ratios = (f"{wall.median / base:.2f}" for base in (alone, spinner))
            rows.append((name, wall.count, wall.text, cpu.text, call.text, *ratios))
        header = ("neighbour", "runs", "wall", "CPU", "call", "to alone", "to spinner")
        parts += [f"## {path.name}\n", table(header, rows)]
    parts.append("## What became of the neighbours\n")
    parts.append(
        table(
            ("neighbour", "how its runs ended"),
            [
                (name, ", ".join(f"{count} x {end}" for end, count in counted.most_common()))
                for name, counted in ends.items()
                if name != ALONE
            ],
        )
    )
    return "\n".join(parts)


def main() -> None:
    """Measure and write ``neighbours.md`` and ``neighbours.json``."""
    parser = argparse.ArgumentParser(description="Measure what bombs cost their neighbours.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of all neighbours (default: 5)")
    parser.add_argument("--runs", type=int, default=5, help="ordinary runs of each language per round (default: 5)")
    parser.add_argument("--seconds", type=float, default=280, help="begin no round that would end later (default: 280)")
    parser.add_argument("--only", nargs="*", choices=BOMBS, default=BOMBS, help="these bombs (default: all)")
    parser.add_argument("--output", type=Path, default=Path("neighbours"), help="name of the report beside this file")
    parser.add_argument("--note", default="", help="a remark for the report, on what else the machine does")
    arguments = parser.parse_args()
    about = f"{machine()}. {today()}. {arguments.note}".strip()
    names = (ALONE, SPINNER, *arguments.only)
    results, ends = survey(names, rounds=arguments.rounds, runs=arguments.runs, seconds=arguments.seconds)
    raw = {
        "about": about,
        "unit": "ms",
        "runs": {
            name: {
                suffix: {"wall": samples.wall, "cpu": samples.cpu, "call": samples.call}
                for suffix, samples in by_suffix.items()
            }
            for name, by_suffix in results.items()
        },
        "ends": ends,
    }
    write(str(arguments.output), report(results, ends, about), raw)


if __name__ == "__main__":
    main()
