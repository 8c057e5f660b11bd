"""How soon an answer is there: compile and run, through a warm jail, a cold one, and typed into a shell without any.

All of them take turns with the same source, which differs from turn to turn so that nobody has compiled it before. The
shell's side is the plain toolchain (``plain.py``) in a chroot on the same image.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks.bare import Bare
from benchmarks.measure import HERE, Bench, Spread, table
from benchmarks.plain import PLAIN, PREPARE
from judge import CompileCache, Data, Problem, ProblemLimits, Source, TestCase, Tokens, Verdict, judge, run_limits
from languages import Language
from runner import RunRequest
from runner.execution import execute
from runner.warmth import warm_images
from sandboxes import MIB
from sandboxes.cases.case import ENVIRONMENT

HELLO: Final = tuple(sorted((HERE / "hello").iterdir(), key=lambda path: path.suffix))
EXAMPLE: Final = HERE.parent / "docs" / "examples" / "meeting_rooms"
TYPICAL: Final = tuple(
    path for path in sorted((EXAMPLE / "submissions" / "accepted").iterdir(), key=lambda path: path.suffix)
)
_COMMENTS: Final = {".py": "#"}
_CACHE_BYTES: Final = 512 * MIB


@dataclass(frozen=True, slots=True)
class Answers:
    """Of one language: ms until the answer is there, a value per turn. ``cached``: the same source once more, warm."""

    language: str
    plain: tuple[float, ...]
    cold: tuple[float, ...]
    warm: tuple[float, ...]
    cached: tuple[float, ...]

    def ratio(self, values: Sequence[float]) -> float:
        """Of the medians, to the plain toolchain's."""
        return statistics.median(values) / statistics.median(self.plain)


@contextmanager
def warmed(bench: Bench, language: Language, *, jails: int = 1) -> Iterator[Bench]:
    """A bench of one slot per processor that keeps jails of the language ready."""
    with Bench.open(slots=bench.sandbox.slots) as warm:
        warm.sandbox.keep_warm(warm_images(warm.inventory, [language], jails=jails), memory_bytes=1024 * MIB)
        yield warm


def answers(bench: Bench, paths: Sequence[Path], *, stdin: bytes, expected: bytes, turns: int) -> list[Answers]:
    """One language after the other; ``stdin`` is what each program reads and ``expected`` what it must answer."""
    return [_answers(bench, path, stdin=stdin, expected=expected, turns=turns) for path in paths]


def _answers(bench: Bench, path: Path, *, stdin: bytes, expected: bytes, turns: int) -> Answers:
    language = bench.language_of(path)
    plain = PLAIN[language.id]
    measured: dict[str, list[float]] = {"plain": [], "cold": [], "warm": [], "cached": []}
    with ExitStack() as opened:
        bare = opened.enter_context(Bare(bench.inventory.rootfs(language)))
        for command in PREPARE.get(language.id, ()):
            bare.run([command], ENVIRONMENT)
        warm = opened.enter_context(warmed(bench, language))
        cache = CompileCache(bench.workspace / f"cache-{language.id}-{path.stem}", limit_bytes=_CACHE_BYTES)
        for turn in range(turns + 1):
            source = _varied(language, path, turn)
            request = RunRequest(source, stdin=stdin)
            bare.write(source.files)
            timing = bare.run(plain.commands(source), {**ENVIRONMENT, **plain.environment}, stdin=[stdin])
            if timing.stdout.split() != expected.split():
                raise RuntimeError(f"{path.name} says {timing.stdout!r} without a sandbox")
            took = {"plain": timing.wall_ms, "cold": _execute(bench, request, expected, None)}
            for name in ("warm", "cached"):
                warm.sandbox.settle()
                took[name] = _execute(warm, request, expected, cache)
            if turn:  # the first one only reads everything from the disk
                for name, ms in took.items():
                    measured[name].append(ms)
    return Answers(language.id, **{name: tuple(values) for name, values in measured.items()})


def _varied(language: Language, path: Path, turn: int) -> Source:
    """The file with a remark, under the name that a person's program has; Java's goes by its public class."""
    name = path.name if language.id == "java" else language.entrypoint
    comment = f"\n{_COMMENTS.get(path.suffix, '//')} turn {turn}\n".encode()
    return Source(language, {name: path.read_bytes() + comment}, name)


def _execute(bench: Bench, request: RunRequest, expected: bytes, cache: CompileCache | None) -> float:
    place = replace(bench.place(request.source.language), cache=cache, image="bench")
    started = time.monotonic()
    result = execute(request, place)
    took_ms = (time.monotonic() - started) * 1000
    if result.outcome is None or result.outcome.stdout.split() != expected.split():
        raise RuntimeError(f"{request.source.entrypoint} ends with {result.verdict}: {result.message}")
    return took_ms


def example_case() -> tuple[bytes, bytes]:
    """Input and answer of a small case of the example that has solutions in all languages."""
    case = EXAMPLE / "data" / "sample" / "1-three-talks"
    return case.with_suffix(".in").read_bytes(), case.with_suffix(".ans").read_bytes()


@dataclass(frozen=True, slots=True)
class Cases:
    """Of one submission with ``count`` cases, compiled already: ms for all of them, a value per turn."""

    language: str
    count: int
    plain: tuple[float, ...]
    warm: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Of the medians."""
        return statistics.median(self.warm) / statistics.median(self.plain)


def cases(bench: Bench, path: Path, counts: Sequence[int], *, turns: int) -> list[Cases]:
    """Judge a compiled submission with so many small cases, against a loop over the same runs without a sandbox."""
    stdin, answer = example_case()
    language = bench.language_of(path)
    plain = PLAIN[language.id]
    source = _varied(language, path, 0)
    found = []
    with ExitStack() as opened:
        bare = opened.enter_context(Bare(bench.inventory.rootfs(language)))
        warm = opened.enter_context(warmed(bench, language))
        cache = CompileCache(bench.workspace / f"cache-cases-{language.id}", limit_bytes=_CACHE_BYTES)
        place = replace(warm.place(language), cache=cache, image="bench")
        bare.write(source.files)
        commands, environment = plain.commands(source), {**ENVIRONMENT, **plain.environment}
        bare.run(commands, environment, stdin=[stdin])
        for count in counts:
            problem = Problem(
                tuple(TestCase(str(number), Data(stdin), Data(answer)) for number in range(count)),
                Tokens(),
                ProblemLimits(),
            )
            loop, judged = [], []
            for turn in range(turns + 1):
                took_ms = bare.run(commands[-1:], environment, stdin=[stdin] * count).wall_ms
                warm.sandbox.settle()
                started = time.monotonic()
                result = judge(source, problem, place)
                ours_ms = (time.monotonic() - started) * 1000
                if result.verdict is not Verdict.ACCEPTED:
                    raise RuntimeError(f"{path.name}: {result.message} {result.fault}")
                if turn:
                    loop.append(took_ms)
                    judged.append(ours_ms)
            found.append(Cases(language.id, count, tuple(loop), tuple(judged)))
    return found


@dataclass(frozen=True, slots=True)
class PerCase:
    """Of single runs of one compiled program in a jail that is there, each made ready during the one before it, in ms.

    ``bare``: fork, exec and wait for the same binary without a sandbox.
    """

    bare: tuple[float, ...]
    jailed: tuple[float, ...]


def per_case(bench: Bench, path: Path, *, runs: int) -> PerCase:
    """What the sandbox costs a test case over bare fork and exec of the same binary."""
    stdin, _ = example_case()
    source = bench.source(path)
    plain = PLAIN[source.language.id]
    with ExitStack() as opened:
        bare = opened.enter_context(Bare(bench.inventory.rootfs(source.language)))
        bare.write(source.files)
        commands = plain.commands(source)
        bare.run(commands, ENVIRONMENT, stdin=[stdin])
        program = opened.enter_context(bench.prepare(path))
        limits = run_limits(source.language, cpu_ms=10_000, wall_ms=30_000, memory_mib=256, output_bytes=MIB)
        jailed, alone = [], []
        for turn in range(runs + 1):
            alone_ms = bare.run(commands[-1:], ENVIRONMENT, stdin=[stdin]).wall_ms
            started = time.monotonic()
            outcome = program.run(limits, stdin=stdin, more=True)
            took_ms = (time.monotonic() - started) * 1000
            if not outcome.ok:
                raise RuntimeError(f"{path.name} ends with {outcome.ending}")
            if turn:
                alone.append(alone_ms)
                jailed.append(took_ms)
    return PerCase(tuple(alone), tuple(jailed))


def throughput(bench: Bench, path: Path, *, submissions: int) -> float:
    """Submissions a second on all processors: each new to us, checked or compiled, and run once in a warm jail."""
    stdin, answer = example_case()
    language = bench.language_of(path)
    with warmed(bench, language) as warm, ThreadPoolExecutor(bench.sandbox.slots) as pool:
        requests = [RunRequest(_varied(language, path, turn), stdin=stdin) for turn in range(submissions)]
        warm.sandbox.settle()
        started = time.monotonic()
        list(pool.map(lambda request: _execute(warm, request, answer, None), requests))
        return submissions / (time.monotonic() - started)


def idle(bench: Bench) -> tuple[dict[str, float], float]:
    """MiB that the default warm pool uses while it waits: by language, as its control groups count it, and all in all.

    The latter is what its processes hold in memory, nsjail and the agents included; what several share counts once.
    """
    with Bench.open(slots=bench.sandbox.slots) as warm:
        images = warm_images(warm.inventory, warm.inventory.languages.values(), jails=1)
        warm.sandbox.keep_warm(images, memory_bytes=1024 * MIB)
        warm.sandbox.settle()
        counted = {state.name: state.memory_bytes / MIB for state in warm.sandbox.warm}
        return counted, sum(map(_proportional_kib, _descendants(os.getpid()))) / 1024


def _descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield int(child)
            yield from _descendants(int(child))


def _proportional_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def answers_table(found: Sequence[Answers]) -> str:
    """Medians with their 90th percentile, and the ratios."""
    header = ("language", "plain, ms", "cold, ms", "warm, ms", "cached, ms", "cold/plain", "warm/plain", "cached/plain")
    rows = [
        (
            each.language,
            *(Spread.of(values).text for values in (each.plain, each.cold, each.warm, each.cached)),
            *(f"{each.ratio(values):.2f}" for values in (each.cold, each.warm, each.cached)),
        )
        for each in found
    ]
    return table(header, rows)


def cases_table(found: Sequence[Cases]) -> str:
    """All cases of a submission together."""
    rows = [
        (f"{each.language}, {each.count}", Spread.of(each.plain).text, Spread.of(each.warm).text, f"{each.ratio:.2f}")
        for each in found
    ]
    return table(("cases", "shell loop, ms", "judged, ms", "ratio"), rows)


def raw(found: Sequence[Answers]) -> Mapping[str, object]:
    """The values, for the JSON file."""
    return {
        each.language: {"plain": each.plain, "cold": each.cold, "warm": each.warm, "cached": each.cached}
        for each in found
    }
