"""The mutation score: mutants of accepted solutions, judged until the first test that notices.

Every mutant has one slot, so as many are judged at once as there are slots, each on the tests in their order; none is
run on a test whose outcome cannot matter.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from itertools import islice
from operator import itemgetter
from typing import Final

from judge import JudgeResult, LanguageLimits, Package, Problem, Source, Verdict, case_limits
from judge.mutation import Fate, Mutant, MutantResult, MutationReport, mutable, mutants
from judge.mutation.selection import round_robin
from languages import Language
from runner.engine import Engine
from runner.errors import RequestError
from runner.share import SandboxShare
from sandboxes import Cancellation, SandboxError

DEFAULT_SECONDS: Final = 60.0
"""How long mutants are judged where nobody says otherwise."""

# A mutant may take so many times what its original took, but never less than this, nor more than the problem allows.
_PATIENCE: Final = 10
_LEAST_MS: Final = 200


@dataclass(frozen=True, slots=True)
class Original:
    """A solution to make mutants of.

    ``result``  what judging it on every test of the problem led to; ``None``: it has to be judged first
    """

    name: str
    source: Source
    result: JudgeResult | None = None


@dataclass(frozen=True, slots=True)
class OriginalJudged:
    """A solution was accepted, so that its mutants say something."""

    original: Original
    result: JudgeResult


@dataclass(frozen=True, slots=True)
class MutantJudged:
    """A mutant is through; ``done`` of ``total`` so far."""

    result: MutantResult
    done: int
    total: int


MutationEvent = OriginalJudged | MutantJudged
OnMutation = Callable[[MutationEvent], None]


def mutate_package(
    engine: Engine,
    package: Package,
    *,
    paths: Sequence[str] = (),
    results: Mapping[str, JudgeResult] | None = None,
    seconds: float = DEFAULT_SECONDS,
    most: int | None = None,
    on_event: OnMutation | None = None,
    cancellation: Cancellation | None = None,
) -> MutationReport:
    """Mutate the accepted solutions of a package: those at ``paths`` in it, by default all that have to be accepted.

    ``results``: by path, of solutions that were judged on every test already. Otherwise see :func:`mutate`. Raises
    :class:`RequestError` for a path that is no solution, and for a package that cannot be judged.
    """
    if package.unsupported:
        raise RequestError(f"{package.path} needs what is not judged: {', '.join(package.unsupported)}")
    known = {submission.path: submission for submission in package.submissions}
    for path in paths:
        if path not in known:
            raise RequestError(f"{package.path} has no solution {path}; it has {', '.join(known) or 'none'}")
    accepted = frozenset({Verdict.ACCEPTED})
    chosen = paths or [path for path, each in known.items() if each.expectation.permitted == accepted]
    originals = [Original(path, known[path].source, (results or {}).get(path)) for path in chosen]
    return mutate(
        engine,
        package.problem,
        originals,
        seconds=seconds,
        most=most,
        on_event=on_event,
        cancellation=cancellation,
    )


def mutate(
    engine: Engine,
    problem: Problem,
    originals: Sequence[Original],
    *,
    seconds: float = DEFAULT_SECONDS,
    most: int | None = None,
    on_event: OnMutation | None = None,
    cancellation: Cancellation | None = None,
) -> MutationReport:
    """Judge mutants of accepted solutions, at most ``most`` (``None``: all) and for so many seconds.

    Solutions take turns, and so do the kinds of mistake, so that what there is time for stands for all. The seconds
    begin when every original is accepted. ``on_event`` is called from the calling thread. A cancellation leaves the
    rest not run. Raises :class:`RequestError` when there is no solution to mutate or one is not accepted,
    :class:`sandboxes.SandboxError` when we failed to judge one.
    """
    usable = [original for original in originals if mutable(original.source)]
    if not usable:
        raise RequestError("there is no accepted solution in a language whose programs can be mutated")
    tell = on_event or (lambda _: None)
    work: list[list[_Work]] = []
    for original in usable:
        result = _accepted(engine, problem, original, cancellation=cancellation)
        if result is None:
            break
        tell(OriginalJudged(original, result))
        met = against(problem, original.source.language, result)
        work.append([_Work(original.name, mutant, met, result) for mutant in mutants(original.source, most=most)])
    chosen = list(islice(round_robin(work), most))
    started = time.monotonic()
    results = _judge_all(engine, chosen, deadline=started + seconds, tell=tell, cancellation=cancellation)
    return MutationReport(
        solutions=tuple(original.name for original in usable),
        passed_over=tuple(original.name for original in originals if original not in usable),
        tests=tuple(case.name for case in problem.cases),
        results=tuple(results),
        elapsed_s=time.monotonic() - started,
    )


@dataclass(frozen=True, slots=True)
class _Work:
    """A mutant, what it is judged against, and what its original earned there."""

    solution: str
    mutant: Mutant
    problem: Problem
    original: JudgeResult

    def outcome(self, result: JudgeResult) -> MutantResult:
        """What a judging says of it."""
        verdict = result.verdict
        match verdict:
            case Verdict.CANCELLED | Verdict.SKIPPED:
                return self.not_run()
            case Verdict.INTERNAL_ERROR:
                return MutantResult(self.solution, self.mutant, Fate.NOT_JUDGED, verdict, fault=result.fault)
            case Verdict.COMPILE_ERROR:
                return MutantResult(self.solution, self.mutant, Fate.NOT_VIABLE, verdict)
            case _:
                test = self._killer(result)
                fate = Fate.SURVIVED if test is None else Fate.KILLED
                return MutantResult(self.solution, self.mutant, fate, verdict, test=test)

    def not_run(self) -> MutantResult:
        """There was no time."""
        return MutantResult(self.solution, self.mutant, Fate.NOT_RUN)

    def _killer(self, result: JudgeResult) -> str | None:
        """The first test that it failed, or earned less on than its original."""
        for case, before in zip(result.cases, self.original.cases, strict=True):
            less = case.fraction is not None and before.fraction is not None and case.fraction < before.fraction
            if case.verdict not in {Verdict.ACCEPTED, Verdict.SKIPPED} or less:
                return case.name
        return None


def _accepted(
    engine: Engine, problem: Problem, original: Original, *, cancellation: Cancellation | None
) -> JudgeResult | None:
    """What the solution earned; ``None``: somebody cancelled."""
    result = original.result
    if result is None:
        whole = replace(problem, stop_on_first_failure=False)
        result = engine.judge(original.source, whole, cancellation=cancellation)
    if cancellation is not None and cancellation.requested:
        return None
    if result.verdict is Verdict.INTERNAL_ERROR:
        raise SandboxError(f"{original.name} could not be judged: {result.fault}")
    if result.verdict is not Verdict.ACCEPTED:
        why = f"{result.verdict.value}: {result.message}" if result.message else result.verdict.value
        raise RequestError(f"{original.name} is not accepted ({why}), so its mutants would tell nothing of the tests")
    return result


def against(problem: Problem, language: Language, result: JudgeResult) -> Problem:
    """The problem as mutants meet it: they are stopped at the first failure, and soon where they do not end.

    A test's limit is ten times what the original took on it, at least 200 ms, and at most the problem's own.
    """
    own = problem.limits.languages.get(language.id, LanguageLimits())
    cases = []
    for case, seen in zip(problem.cases, result.cases, strict=True):
        limit = case_limits(problem.limits, language, case).limits.cpu_ms
        if seen.cpu_ms is not None:
            limit = min(limit, max(round(_PATIENCE * seen.cpu_ms), _LEAST_MS))
        cases.append(replace(case, cpu_ms=limit))
    exact = replace(own, cpu_ms=None, time_multiplier=1.0)
    limits = replace(problem.limits, languages={**problem.limits.languages, language.id: exact})
    return replace(problem, cases=tuple(cases), limits=limits, stop_on_first_failure=True)


def _judge_all(
    engine: Engine,
    work: Sequence[_Work],
    *,
    deadline: float,
    tell: OnMutation,
    cancellation: Cancellation | None,
) -> list[MutantResult]:
    """The result of each, in their order."""
    found: dict[int, MutantResult] = {}
    waiting = enumerate(work)
    running: dict[Future[MutantResult], int] = {}
    with Cancellation(cancellation) as stop, ThreadPoolExecutor(engine.slots, thread_name_prefix="mutant") as pool:
        try:
            while True:
                for index, each in islice(waiting, engine.slots - len(running) if not stop.requested else 0):
                    running[pool.submit(_judge_one, engine, each, stop)] = index
                if not running:
                    break
                left = max(0.0, deadline - time.monotonic())
                ended, _ = wait(running, None if stop.requested else left, FIRST_COMPLETED)
                for index, result in sorted(((running.pop(each), each.result()) for each in ended), key=itemgetter(0)):
                    found[index] = result
                    tell(MutantJudged(result, len(found), len(work)))
                if time.monotonic() >= deadline:
                    stop.cancel()
        except BaseException:
            stop.cancel()
            raise
    return [found.get(index) or each.not_run() for index, each in enumerate(work)]


def _judge_one(engine: Engine, work: _Work, stop: Cancellation) -> MutantResult:
    share = SandboxShare(engine.sandbox, 1)
    return work.outcome(engine.judge(work.mutant.source, work.problem, sandbox=share, cancellation=stop))
