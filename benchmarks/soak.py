"""Many mixed runs, hostile and ordinary, and what they leave: ``python benchmarks/soak.py`` (``--runs 2000``).

The programs are those of the corpus in all eight languages and the bombs; the order follows from a seed. Every run is
a submission of its own whose compilation is known, in a jail of its own, started then or (``--warm``) ready before. It
must end as its program has to, and afterwards nothing may be left.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks.footprint import OWN, footprint
from benchmarks.measure import HERE, Bench, machine, table, today, write
from judge import CompileCache, Place, Program, Source, Verdict, run_limits, run_verdict
from runner.warmth import warm_images
from sandboxes import MIB, Cancellation, Outcome

CORPUS: Final = HERE.parent / "tests" / "corpus"
SLOTS: Final = 2
_STDIN: Final = b"4\n10 20 30 40\n"
_ANSWER: Final = b"100\n"
_ENOUGH_MS: Final = 15_000
_SHORT_MS: Final = 250
_BOMB_ENDS: Final = frozenset(Verdict) - {Verdict.INTERNAL_ERROR, Verdict.CANCELLED, Verdict.COMPILE_ERROR}
# Behaviours of the corpus, each in all eight languages: share of the runs, CPU limit in ms.
_BEHAVIOURS: Final = {
    "accepted/sum": (55, _ENOUGH_MS),
    "runtime_error/exit_code": (6, _ENOUGH_MS),
    "runtime_error/killed_by_signal": (6, _ENOUGH_MS),
    "time_limit_exceeded/spin": (6, _SHORT_MS),
    "memory_limit_exceeded/grow": (6, _ENOUGH_MS),
    "output_limit_exceeded/flood": (6, _ENOUGH_MS),
}
_BOMBS: Final = 8
_CANCELLED: Final = 4
_REFUSED: Final = 3

Action = Callable[[random.Random], str]


class SoakError(Exception):
    """A run ended in another way than it had to."""


@dataclass(frozen=True, slots=True)
class Soaked:
    """What a soak found. ``samples``: number of runs done -> the footprint then; the first is after the warm-up."""

    runs: int
    seconds: float
    ends: Counter[str]
    samples: dict[int, dict[str, int]]

    @property
    def before(self) -> dict[str, int]:
        """The footprint after the warm-up."""
        return self.samples[min(self.samples)]

    @property
    def after(self) -> dict[str, int]:
        """The footprint at the end."""
        return self.samples[max(self.samples)]

    def growth(self, name: str) -> float:
        """Growth per 1000 runs: the median of the slopes between any two samples (Theil and Sen).

        One buffer more or less in a sample, the first or the last too, does not make a slope; a leak does.
        """
        pairs = itertools.combinations(self.samples.items(), 2)
        slopes = [(sample[name] - earlier[name]) / (done - before) for (before, earlier), (done, sample) in pairs]
        return statistics.median(slopes) * 1000

    def left(self, *, waiting: bool) -> list[str]:
        """Names of what is ours and was left. What ``waiting`` jails have open differs a little from jail to jail."""
        if waiting:
            return [name for name in OWN if self.growth(name) > 0]
        return [name for name in OWN if self.after[name] != self.before[name]]


@dataclass(frozen=True, slots=True)
class Kind:
    """Actions of one sort, of which ``share`` in a hundred runs are. An action does one run and says how it ended."""

    share: int
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """A program whose compilation the place's cache knows after the first time; every run is a new submission."""

    source: Source
    place: Place

    def run(self, cpu_ms: int, cancellation: Cancellation | None = None) -> Outcome:
        """Run it once with these limits."""
        limits = run_limits(
            self.source.language, cpu_ms=cpu_ms, wall_ms=4 * cpu_ms + 1000, memory_mib=128, output_bytes=MIB
        )
        with Program.prepare(self.source, self.place) as program:
            if not program.ready:
                raise SoakError(f"{self.source.entrypoint} does not compile")
            return program.run(limits, stdin=_STDIN, cancellation=cancellation)


def mixture(bench: Bench, directory: Path) -> tuple[Kind, ...]:
    """All kinds of runs, with what compiling has given kept in ``directory``, which users of jails can search."""
    cache = CompileCache(directory, limit_bytes=1024 * MIB)

    def known(path: Path) -> Known:
        source = bench.source(path)
        return Known(source, replace(bench.place(source.language), cache=cache, image="soak"))

    kinds = [
        Kind(share, tuple(_corpus_run(known(path), Verdict(path.parent.name), cpu_ms) for path in _written(behaviour)))
        for behaviour, (share, cpu_ms) in _BEHAVIOURS.items()
    ]
    bombs = [known(path) for path in sorted((HERE / "bombs").glob("*.c"))]
    kinds += [
        Kind(_BOMBS, tuple(map(_bomb_run, bombs))),
        Kind(_CANCELLED, tuple(map(_cancelled_run, bombs))),
        Kind(_REFUSED, tuple(_refused_compilation(bench, path) for path in _written("compile_error/syntax"))),
    ]
    return tuple(kinds)


def _written(behaviour: str) -> list[Path]:
    """The files of a behaviour, one per language; ``exit_code.py``, ``ExitCode.java``."""
    verdict, name = behaviour.split("/")
    wanted = name.replace("_", "")
    return [path for path in sorted((CORPUS / verdict).iterdir()) if path.stem.lower().replace("_", "") == wanted]


def _corpus_run(program: Known, expected: Verdict, cpu_ms: int) -> Action:
    def action(_: random.Random) -> str:
        outcome = program.run(cpu_ms)
        right = expected is not Verdict.ACCEPTED or outcome.stdout == _ANSWER
        return _ended(program, outcome, {expected}, right=right)

    return action


def _bomb_run(program: Known) -> Action:
    return lambda _: _ended(program, program.run(_SHORT_MS), _BOMB_ENDS)


def _cancelled_run(program: Known) -> Action:
    def action(chance: random.Random) -> str:
        with Cancellation() as cancellation:
            timer = threading.Timer(chance.uniform(0, 0.1), cancellation.cancel)
            timer.start()
            outcome = program.run(_SHORT_MS, cancellation)
            timer.join()
        return _ended(program, outcome, _BOMB_ENDS | {Verdict.CANCELLED})

    return action


def _refused_compilation(bench: Bench, path: Path) -> Action:
    source = bench.source(path)

    def action(_: random.Random) -> str:
        with Program.prepare(source, bench.place(source.language)) as program:
            if program.ready:
                raise SoakError(f"{path.name} compiles")
        return Verdict.COMPILE_ERROR.value

    return action


def _ended(program: Known, outcome: Outcome, expected: frozenset[Verdict] | set[Verdict], *, right: bool = True) -> str:
    verdict = run_verdict(outcome)
    if verdict not in expected or not right:
        wanted = ", ".join(sorted(expected))
        raise SoakError(f"{program.source.entrypoint} ended with {verdict}, not with {wanted} as it has to: {outcome}")
    return verdict.value


def plan(kinds: tuple[Kind, ...], *, runs: int, seed: int) -> list[tuple[Action, random.Random]]:
    """That many actions, each with a source of chance of its own; always the same for a seed."""
    chance = random.Random(seed)  # noqa: S311 - the same order every time is what is wanted
    chosen = chance.choices(kinds, [kind.share for kind in kinds], k=runs)
    return [(chance.choice(kind.actions), random.Random(chance.random())) for kind in chosen]  # noqa: S311 - the same


def soak(*, runs: int, warm_up: int, every: int, seed: int = 1, warm: bool = False) -> Soaked:
    """Do the runs, taking a footprint after the warm-up and after each ``every`` runs, when none is going on.

    ``warm``: a jail of every language is ready for a run (compilations are known). Raises :class:`SoakError` for the
    first run that ends wrongly, :class:`sandboxes.SandboxError` when we failed.
    """
    ends: Counter[str] = Counter()
    samples: dict[int, dict[str, int]] = {}
    with ExitStack() as opened:
        directory = Path(opened.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp")))
        directory.chmod(0o755)
        bench = opened.enter_context(Bench.open(slots=SLOTS))
        pool = opened.enter_context(ThreadPoolExecutor(SLOTS))
        kinds = mixture(bench, directory / "cache")
        if warm:
            images = warm_images(bench.inventory, bench.inventory.languages.values(), jails=1)
            only_runs = [replace(image, standbys=image.standbys[-1:]) for image in images]
            bench.sandbox.keep_warm(only_runs, memory_bytes=1024 * MIB)

        def look() -> dict[str, int]:
            bench.sandbox.settle()
            return footprint(bench.sandbox, bench.workspace)

        def execute(actions: list[tuple[Action, random.Random]]) -> None:
            ends.update(pool.map(lambda entry: entry[0](entry[1]), actions))

        actions = plan(kinds, runs=runs, seed=seed)
        execute(plan(kinds, runs=warm_up, seed=seed + 1))
        ends.clear()
        samples[0] = look()
        began = time.monotonic()
        for first in range(0, runs, every):
            execute(actions[first : first + every])
            samples[sum(ends.values())] = look()
        return Soaked(runs, time.monotonic() - began, ends, samples)


def report(soaked: Soaked, about: str) -> str:
    """The figures as Markdown."""
    rows = [(name, soaked.before[name], soaked.after[name], f"{soaked.growth(name):+.1f}") for name in soaked.before]
    return "\n".join(
        (
            "# Soak\n",
            f"{about}\n",
            f"{soaked.runs} runs in {soaked.seconds:.0f} s on {SLOTS} slots, after a warm-up. Growth per 1000 runs is",
            f"the median slope between two of {len(soaked.samples)} samples. (host): others change it too.\n",
            table(("what", "before", "after", "growth per 1000 runs"), rows),
            table(("how runs ended", "count"), soaked.ends.most_common()),
        )
    )


def main() -> None:
    """Soak and write ``soak.md`` and ``soak.json``; exit status 1 when anything of ours is left."""
    parser = argparse.ArgumentParser(description="Run many programs and look for what they leave.")
    parser.add_argument("--runs", type=int, default=2000, help="runs after the warm-up (default: 2000)")
    parser.add_argument("--warm-up", type=int, default=300, help="runs before the first look (default: 300)")
    parser.add_argument("--every", type=int, default=100, help="runs between looks (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="decides the order (default: 1)")
    parser.add_argument("--warm", action="store_true", help="in jails that are ready before")
    parser.add_argument("--output", type=Path, default=Path("soak"), help="name of the report beside this file")
    parser.add_argument("--note", default="", help="a remark for the report, on what else the machine does")
    arguments = parser.parse_args()
    about = f"{machine()}. {today()}. Seed {arguments.seed}. {arguments.note}".strip()
    soaked = soak(
        runs=arguments.runs,
        warm_up=arguments.warm_up,
        every=arguments.every,
        seed=arguments.seed,
        warm=arguments.warm,
    )
    write(
        str(arguments.output),
        report(soaked, about),
        {"about": about, "seconds": soaked.seconds, "ends": soaked.ends, "samples": soaked.samples},
    )
    left = soaked.left(waiting=arguments.warm)
    if left:
        raise SystemExit(f"left behind: {', '.join(left)}")


if __name__ == "__main__":
    main()
