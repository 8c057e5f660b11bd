"""Looking for an input on which two solutions differ: many small ones first, then what was found made smaller."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYetError
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from judge.stress import Finding, Side, StressReport, differs, shrink
from runner.bench import Bench, StoppedError, StressRequest
from runner.engine import Engine
from runner.errors import RequestError
from sandboxes import Cancellation

DEFAULT_SECONDS: Final = 60.0
"""How long to look for a difference, and again to make what was found smaller, where nobody says otherwise."""

_MOST_SMALLER: Final = 40
_MORE_SEEDS: Final = 2


@dataclass(frozen=True, slots=True)
class InputTried:
    """Both solutions have been compared on so many inputs, the last one of that seed and size."""

    inputs: int
    seed: int
    size: int


@dataclass(frozen=True, slots=True)
class DifferenceFound:
    """The two differ; what they differ on is made smaller now."""

    finding: Finding


@dataclass(frozen=True, slots=True)
class InputShrunk:
    """Something smaller shows the same."""

    size_bytes: int
    tries: int


StressEvent = InputTried | DifferenceFound | InputShrunk
OnStress = Callable[[StressEvent], None]


def stress(
    engine: Engine,
    request: StressRequest,
    *,
    seconds: float = DEFAULT_SECONDS,
    most: int | None = None,
    on_event: OnStress | None = None,
    cancellation: Cancellation | None = None,
) -> StressReport:
    """Look for a difference for so many seconds, on at most ``most`` inputs (``None``: any number), then shrink it.

    Of the inputs that were generated the one with the lowest seed counts, however many were tried at once. Shrinking
    takes at most as long, and as many tries, again. ``on_event`` is called from the calling thread. After a
    cancellation the report says what was found until then. Raises :class:`RequestError` when a program does not
    compile, when the generator or the checker's program fails, and when the input validator refuses what was
    generated; :class:`sandboxes.SandboxError` when we failed.
    """
    started = time.monotonic()
    tell = on_event or (lambda _: None)
    with Cancellation(cancellation) as stop:
        try:
            bench = Bench.prepare(request, engine.place, runs=engine.slots, cancellation=stop)
        except StoppedError:
            return StressReport(None, 0, 0, 0, (), time.monotonic() - started)
        with bench:
            hunt = _Hunt(bench, engine.slots, seconds=seconds, most=most, tell=tell)
            try:
                hunt.search(stop)
                hunt.reduce(stop)
            except StoppedError:
                pass
            except BaseException:
                stop.cancel()
                raise
    return replace(hunt.report, elapsed_s=time.monotonic() - started)


class _Hunt:
    """One search on its way; ``report`` is what is known so far."""

    def __init__(self, bench: Bench, width: int, *, seconds: float, most: int | None, tell: OnStress) -> None:
        self.report = StressReport(None, 0, 0, 0, (), 0.0)
        self._bench = bench
        self._width = width
        self._seconds = seconds
        self._most = most
        self._tell = tell

    def search(self, stop: Cancellation) -> None:
        """Compare on generated inputs, several at once, until the first in the order of seeds that differs."""
        deadline = time.monotonic() + self._seconds
        numbers = iter(count() if self._most is None else range(self._most))
        running: deque[tuple[int, Future[Finding | None]]] = deque()
        with Cancellation(stop) as enough, ThreadPoolExecutor(self._width, thread_name_prefix="stress") as pool:
            try:
                self._warn_of_chance(enough)
                while self.report.finding is None and time.monotonic() < deadline:
                    for number in numbers:
                        running.append((number, pool.submit(self._compare_one, number, enough)))
                        if len(running) >= self._width:
                            break
                    if not running:
                        return
                    number, future = running.popleft()
                    self._count(number, future.result(max(0.0, deadline - time.monotonic())))
            except NotYetError:
                return
            finally:
                enough.cancel()

    def reduce(self, stop: Cancellation) -> None:
        """Make what was found smaller, if it is found again."""
        finding = self.report.finding
        if finding is None:
            return
        if not finding.validated:
            self._warn("there is no input validator: see whether what is left of the input is still one")
        self._tell(DifferenceFound(finding))
        deadline = time.monotonic() + self._seconds
        with ThreadPoolExecutor(2, thread_name_prefix="side") as pool:
            judged = _Judged(self._bench, pool, stop)
            if judged.differing(finding.input, finding.kind) is None:
                self._keep(replace(finding, reproduced=False))
                return
            finding = self._smaller_generated(finding, judged, time.monotonic() + self._seconds / 4)
            self._keep(finding)
            self._shrink(finding, judged, deadline)

    def _warn_of_chance(self, stop: Cancellation) -> None:
        """Generate the first input twice: two that differ cannot be had again by their seed."""
        request = self._bench.request
        one, other = (self._bench.generate(request.seed(0), request.size(0), cancellation=stop) for _ in range(2))
        if one != other:
            self._warn("the generator does not always write the same for the same seed")

    def _warn(self, warning: str) -> None:
        self.report = replace(self.report, warnings=(*self.report.warnings, warning))

    def _compare_one(self, number: int, stop: Cancellation) -> Finding | None:
        request = self._bench.request
        seed, size = request.seed(number), request.size(number)
        text = self._bench.generate(seed, size, cancellation=stop)
        refusal = self._bench.refusal(text, cancellation=stop)
        if refusal is not None:
            raise RequestError(f"the input validator refuses what the generator wrote for seed {seed}: {refusal}")
        trusted = self._bench.trusted(text, cancellation=stop)
        suspect = self._bench.suspect(text, cancellation=stop)
        suspect = self._bench.checked(text, trusted, suspect, cancellation=stop)
        if not differs(trusted, suspect):
            return None
        validated = request.input_validator is not None
        return Finding(seed, size, text, text, trusted, suspect, validated=validated)

    def _count(self, number: int, finding: Finding | None) -> None:
        seed, size = self._bench.request.seed(number), self._bench.request.size(number)
        inputs = self.report.inputs + 1
        self.report = replace(self.report, finding=finding, inputs=inputs, last_seed=seed, last_size=size)
        self._tell(InputTried(inputs, seed, size))

    def _smaller_generated(self, finding: Finding, judged: _Judged, deadline: float) -> Finding:
        """The same difference on the smallest of the generator's inputs of lesser sizes that shows it."""
        request = self._bench.request
        seeds = (finding.seed, *(request.seed(number) for number in range(_MORE_SEEDS)))
        pairs = [(size, seed) for size in range(request.first_size, finding.size) for seed in dict.fromkeys(seeds)]
        for size, seed in pairs[:_MOST_SMALLER]:
            if time.monotonic() >= deadline:
                break
            try:
                text = self._bench.generate(seed, size, cancellation=judged.stop)
            except RequestError:
                continue  # a size that it cannot do
            if len(text) < len(finding.input) and (sides := judged.differing(text, finding.kind)) is not None:
                return replace(
                    finding, seed=seed, size=size, generated=text, input=text, trusted=sides[0], suspect=sides[1]
                )
        return finding

    def _shrink(self, finding: Finding, judged: _Judged, deadline: float) -> None:
        tries = 0

        def still_fails(text: bytes) -> bool:
            nonlocal tries, finding
            tries += 1
            sides = judged.differing(text, finding.kind)
            if sides is not None:
                finding = replace(finding, input=text, trusted=sides[0], suspect=sides[1], tries=tries)
                self._keep(finding)
                self._tell(InputShrunk(len(text), tries))
            return sides is not None

        shrunk = shrink(
            finding.input,
            still_fails,
            free=finding.validated,
            most=self._most,
            stopped=lambda: time.monotonic() >= deadline,
        )
        self._keep(replace(finding, tries=shrunk.tries, complete=shrunk.complete))

    def _keep(self, finding: Finding) -> None:
        self.report = replace(self.report, finding=finding)


@dataclass(frozen=True, slots=True)
class _Judged:
    """Compares on one input at a time, both solutions side by side."""

    bench: Bench
    pool: ThreadPoolExecutor
    stop: Cancellation

    def differing(self, text: bytes, kind: tuple[object, object]) -> tuple[Side, Side] | None:
        """How the two end if they differ in just this way on a valid input; ``None`` if they do not."""
        if self.bench.refusal(text, cancellation=self.stop) is not None:
            return None
        other = self.pool.submit(self.bench.suspect, text, cancellation=self.stop)
        trusted = self.bench.trusted(text, cancellation=self.stop)
        suspect = other.result()
        try:
            suspect = self.bench.checked(text, trusted, suspect, cancellation=self.stop)
        except RequestError:
            return None  # what is left is so broken that the checker cannot read it
        return (trusted, suspect) if (trusted.verdict, suspect.verdict) == kind else None
