"""All tests of a problem: results as if one after the other, whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock

import pytest

from judge import (
    Aggregation,
    CaseResult,
    CompileResult,
    Data,
    Group,
    JudgeResult,
    LanguageLimits,
    Place,
    Problem,
    ProblemLimits,
    Scoring,
    Source,
    TestCase,
    Tokens,
    Trimmed,
    Verdict,
    judge,
)
from languages import Language
from sandboxes import (
    Cancellation,
    Command,
    Ending,
    ImageError,
    LimitKind,
    Limits,
    OnOutput,
    Outcome,
    Permit,
    Relay,
    SandboxError,
    SetupError,
)

Places = Callable[[str], Place]
Make = Callable[..., Outcome]
V = Verdict
# The input is a small program: what to write, how long to wait before, how to end.
OBEDIENT = b"""
import os, signal, sys, time
for line in sys.stdin:
    word, _, rest = line.strip().partition(" ")
    match word:
        case "say": print(rest, flush=True)
        case "args": print(*sys.argv[1:])
        case "warn": print(rest, file=sys.stderr, flush=True)
        case "sleep": time.sleep(float(rest))
        case "exit": sys.exit(int(rest))
        case "die": os.kill(os.getpid(), signal.Signals[rest])
        case "spin":
            while True: pass
        case "eat": held = bytearray(int(rest) << 20)
        case "flood":
            while True: print("x" * 1000)
"""


def case(text: str, answer: str = "", **more: object) -> TestCase:
    return TestCase(text[:20], Data(text.encode()), Data(answer.encode()), **more)  # type: ignore[arg-type] # as given


def problem(*cases: TestCase, stop: bool = False, limits: ProblemLimits | None = None) -> Problem:
    small = ProblemLimits(cpu_ms=2000, memory_mib=64, output_mib=1)
    return Problem(cases, Trimmed(), limits or small, stop_on_first_failure=stop)


@pytest.fixture
def obedient(python: Language) -> Source:
    return Source.of(python, OBEDIENT)


def verdicts(result: JudgeResult) -> list[Verdict]:
    return [each.verdict for each in result.cases]


class TestVerdicts:
    def test_every_way_to_end_has_its_verdict_and_its_evidence(self, obedient: Source, place: Places) -> None:
        cases = (
            case("say 1", "1\n", sample=True),
            case("say 1\nwarn why", "2\n", group="secret/a"),
            case("say x\nexit 3", "x\n"),
            case("die SIGSEGV"),
            case("spin"),
            case("eat 200"),
            case("flood"),
            case("sleep 60", cpu_ms=100),
        )
        result = judge(obedient, problem(*cases), place("python"))
        assert verdicts(result) == [
            V.ACCEPTED,
            V.WRONG_ANSWER,
            V.RUNTIME_ERROR,
            V.RUNTIME_ERROR,
            V.TIME_LIMIT_EXCEEDED,
            V.MEMORY_LIMIT_EXCEEDED,
            V.OUTPUT_LIMIT_EXCEEDED,
            V.TIME_LIMIT_EXCEEDED,
        ]
        assert (result.verdict, result.message) == (V.WRONG_ANSWER, "Test 2: The answer is wrong")
        assert (result.passed, result.failed, result.errors, result.skipped) == (1, 1, 6, 0)
        good, wrong, exited, died, spun, ate, flooded, slept = result.cases
        assert (good.message, good.evidence, good.sample, good.passed, good.attempts) == (None, None, True, True, 1)
        assert (wrong.checker_message, wrong.stdout, wrong.stderr, wrong.group) == (
            'line 1: expected "2", got "1"',
            b"1\n",
            b"why\n",
            "secret/a",
        )
        assert (exited.exit_code, exited.signal, exited.message) == (3, None, "Process ended with exit status 3")
        assert exited.stdout == b"x\n"
        assert (died.exit_code, died.signal, died.message) == (139, "SIGSEGV", "Process was killed by SIGSEGV")
        limits = [(each.limit, each.evidence and each.evidence.limit_value) for each in (spun, ate, flooded, slept)]
        assert limits == [
            (LimitKind.CPU_TIME, 2000),
            (LimitKind.MEMORY, (64 + obedient.language.memory_allowance_mib) << 20),
            (LimitKind.OUTPUT, 1 << 20),
            (LimitKind.WALL_TIME, 1200),
        ]
        for each in (spun, ate, flooded, slept):
            assert each.evidence is not None
            assert each.evidence.fact
            assert each.message
            assert each.message.endswith("exceeded")
        assert all(each.usage_is_there for each in map(Measured, result.cases))
        assert result.wall_ms == pytest.approx(sum(each.wall_ms or 0 for each in result.cases))
        assert result.memory_bytes == max(each.memory_bytes or 0 for each in result.cases)

    def test_a_spinning_test_was_run_twice_and_one_far_from_the_limit_once(
        self, obedient: Source, place: Places
    ) -> None:
        limits = ProblemLimits(cpu_ms=500)
        result = judge(obedient, problem(case("spin"), case("say 1", "1"), limits=limits), place("python"))
        assert [(each.verdict, each.runs) for each in result.cases] == [(V.TIME_LIMIT_EXCEEDED, 2), (V.ACCEPTED, 1)]

    def test_a_test_may_have_a_checker_arguments_and_limits_of_its_own(self, obedient: Source, place: Places) -> None:
        cases = (
            case("say A  b", "a b\n", checker=Tokens(case_sensitive=False)),
            case("args", "x y\n", args=("x", "y")),
            case("eat 100", memory_mib=200),
            case("eat 100"),
        )
        result = judge(obedient, problem(*cases), place("python"))
        assert verdicts(result) == [V.ACCEPTED, V.ACCEPTED, V.ACCEPTED, V.MEMORY_LIMIT_EXCEEDED]

    def test_a_problem_may_have_limits_for_a_language(self, obedient: Source, place: Places) -> None:
        limits = ProblemLimits(memory_mib=64, languages={"python": LanguageLimits(memory_mib=200)})
        assert verdicts(judge(obedient, problem(case("eat 100"), limits=limits), place("python"))) == [V.ACCEPTED]

    def test_only_the_beginning_of_long_output_is_kept_but_all_of_it_is_checked(
        self, python: Language, place: Places
    ) -> None:
        source = Source.of(python, b"print('x' * 500_000 + input())")
        result = judge(source, problem(case("y", "x" * 500_000 + "y"), case("z", "x" * 500_000 + "y")), place("python"))
        assert verdicts(result) == [V.ACCEPTED, V.WRONG_ANSWER]
        assert [(len(each.stdout), each.stdout_bytes) for each in result.cases] == [(16 * 1024, 500_002)] * 2

    def test_nothing_is_left_of_the_program(self, obedient: Source, place: Places, workspace: Path) -> None:
        judge(obedient, problem(case("say 1")), place("python"))
        assert list(workspace.iterdir()) == []


@dataclass
class Measured:
    """That a result says what its run used and was allowed."""

    result: CaseResult

    @property
    def usage_is_there(self) -> bool:
        measures = (self.result.wall_ms, self.result.cpu_ms, self.result.memory_bytes)
        return all(measure is not None for measure in (*measures, self.result.limits, self.result.isolation))


class TestCompileError:
    def test_skips_every_test(self, cpp: Language, place: Places) -> None:
        told: list[CaseResult | CompileResult] = []
        source = Source.of(cpp, b"int main( {}")
        result = judge(source, problem(case("1"), case("2")), place("cpp"), on_compile=told.append, on_case=told.append)
        assert (result.verdict, verdicts(result)) == (V.COMPILE_ERROR, [V.SKIPPED, V.SKIPPED])
        assert result.compilation is not None
        assert result.compilation.diagnostics
        assert result.message == result.compilation.message
        assert told == [result.compilation, *result.cases]


class TestStopOnFirstFailure:
    def test_later_tests_are_skipped_even_if_they_ended_first(self, obedient: Source, place: Places) -> None:
        cases = (case("say 1", "1"), case("sleep 0.5\nsay 1", "2"), case("say 1", "1"), case("exit 1"))
        told: list[CaseResult] = []
        result = judge(obedient, problem(*cases, stop=True), place("python"), on_case=told.append)
        assert verdicts(result) == [V.ACCEPTED, V.WRONG_ANSWER, V.SKIPPED, V.SKIPPED]
        assert result.verdict is V.WRONG_ANSWER
        assert tuple(told) == result.cases

    def test_an_earlier_failure_replaces_a_later_one(self, obedient: Source, place: Places) -> None:
        result = judge(obedient, problem(case("sleep 0.5\nexit 1"), case("exit 2"), stop=True), place("python"))
        assert verdicts(result) == [V.RUNTIME_ERROR, V.SKIPPED]

    def test_a_test_that_runs_beside_the_failing_one_is_stopped(self, obedient: Source, place: Places) -> None:
        limits = ProblemLimits(cpu_ms=100_000)  # nothing but a cancellation ends the sleeper in time
        result = judge(obedient, problem(case("exit 1"), case("sleep 200"), stop=True, limits=limits), place("python"))
        assert verdicts(result) == [V.RUNTIME_ERROR, V.SKIPPED]

    def test_without_it_everything_is_run(self, obedient: Source, place: Places) -> None:
        result = judge(obedient, problem(case("exit 1"), case("say 1", "1"), case("exit 1")), place("python"))
        assert verdicts(result) == [V.RUNTIME_ERROR, V.ACCEPTED, V.RUNTIME_ERROR]


class TestGroups:
    """Tests that cannot earn anything any more are skipped, as if all had been executed one after the other."""

    SCORING = Scoring(
        100,
        (
            Group("small", 20, Aggregation.SUM),
            Group("large", 30),
            Group("huge", 50, Aggregation.MIN, requires=("large",)),
        ),
    )

    def judged(self, source: Source, places: Places, *texts: tuple[str, str]) -> JudgeResult:
        cases = tuple(case(text, "1\n", group=group) for group, text in texts)
        small = ProblemLimits(cpu_ms=2000, memory_mib=64, output_mib=1)
        return judge(source, Problem(cases, Trimmed(), small, scoring=self.SCORING), places("python"))

    def test_all_of_it_is_earned_by_passing_all(self, obedient: Source, place: Places) -> None:
        result = self.judged(obedient, place, ("small", "say 1"), ("large", "say 1"), ("huge", "say 1"))
        assert result.score is not None
        assert (result.verdict, result.score.score, result.score.max_score) == (V.ACCEPTED, 100, 100)

    def test_a_failure_stops_its_group_and_what_requires_it(self, obedient: Source, place: Places) -> None:
        tests = (
            ("small", "say 2"),
            ("small", "say 1"),
            ("large", "say 1"),
            ("large", "say 3"),
            ("large", "say 1"),
            ("huge", "say 1"),
        )
        result = self.judged(obedient, place, *tests)
        assert verdicts(result) == [V.WRONG_ANSWER, V.ACCEPTED, V.ACCEPTED, V.WRONG_ANSWER, V.SKIPPED, V.SKIPPED]
        assert result.score is not None
        assert [group.score for group in result.score.groups] == [10, 0, 0]

    def test_every_test_is_told_of_once_and_only_when_it_is_final(self, obedient: Source, place: Places) -> None:
        told: list[CaseResult] = []
        cases = (case("sleep 1\nsay 2", "1\n", group="large"), case("say 1", "1\n", group="large"))
        problem = Problem(cases, Trimmed(), ProblemLimits(cpu_ms=2000, memory_mib=64), scoring=self.SCORING)
        result = judge(obedient, problem, place("python"), on_case=told.append)
        assert verdicts(result) == [V.WRONG_ANSWER, V.SKIPPED]
        assert tuple(told) == result.cases


class TestCancellation:
    def test_stops_what_runs_and_skips_what_does_not(self, obedient: Source, place: Places) -> None:
        limits = ProblemLimits(cpu_ms=100_000)
        cases = (case("say 1", "1"), *(case("sleep 200") for _ in range(9)))
        with Cancellation() as cancellation:
            result = judge(
                obedient,
                problem(*cases, limits=limits),
                place("python"),
                on_case=lambda _: cancellation.cancel(),
                cancellation=cancellation,
            )
        assert result.verdict is V.CANCELLED
        assert result.cases[0].verdict is V.ACCEPTED
        assert set(verdicts(result)[1:]) == {V.CANCELLED, V.SKIPPED}
        assert result.cases[-1].verdict is V.SKIPPED

    @pytest.mark.parametrize("language", ["python", "cpp"])
    def test_before_the_start_nothing_is_run(
        self, python: Language, cpp: Language, place: Places, language: str
    ) -> None:
        source = Source.of({"python": python, "cpp": cpp}[language], b"#\n")
        told: list[CompileResult] = []
        with Cancellation() as cancellation:
            cancellation.cancel()
            result = judge(
                source, problem(case("1")), place(language), on_compile=told.append, cancellation=cancellation
            )
        assert (result.verdict, verdicts(result), told) == (V.CANCELLED, [V.SKIPPED], [])

    def test_after_the_end_it_changes_nothing(self, obedient: Source, place: Places) -> None:
        with Cancellation() as cancellation:
            result = judge(
                obedient,
                problem(case("say 1", "1")),
                place("python"),
                on_case=lambda _: cancellation.cancel(),
                cancellation=cancellation,
            )
        assert result.verdict is V.ACCEPTED


@dataclass
class Faulty:
    """A sandbox, its own session, that fails where a real one cannot be made to: by a run's input, so many times."""

    outcome: Outcome
    slots: int = 2
    failures: dict[bytes, int] = field(default_factory=dict)
    error: SandboxError = field(default_factory=lambda: SetupError("no jail today"))
    gate: Event | None = None
    seen: list[bytes] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    expected: int = 0
    closed: int = 0
    lock: Lock = field(default_factory=Lock)

    def permit(self) -> AbstractContextManager[Permit]:
        return nullcontext(Permit(None))

    def session(self, rootfs: Path, *, warm: str | None = None) -> Faulty:
        del rootfs, warm
        return self

    def __enter__(self) -> Faulty:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self.closed += 1

    def expect(self, runs: int) -> None:
        self.expected = runs

    def run(
        self,
        command: Command,
        limits: Limits,
        *,
        more: bool = False,
        on_output: OnOutput | None = None,
        relay: Relay | None = None,
        permit: Permit | None = None,
        cancellation: Cancellation | None = None,
    ) -> Outcome:
        del limits, more, on_output, relay, permit, cancellation
        assert isinstance(command.stdin, bytes)
        with self.lock:
            self.seen.append(command.stdin)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            if self.gate and self.at_once >= self.slots and command.stdin:
                self.gate.set()
        if self.gate and command.stdin:
            assert self.gate.wait(30), "the slots were never all in use"
        with self.lock:
            self.at_once -= 1
            if self.failures.get(command.stdin, 0) > 0:
                self.failures[command.stdin] -= 1
                raise self.error
        return self.outcome


class TestOurFailures:
    def judge(
        self, source: Source, sandbox: Faulty, workspace: Path, cases: Sequence[TestCase], *, stop: bool = False
    ) -> JudgeResult:
        return judge(source, problem(*cases, stop=stop), Place(sandbox, Path("/"), workspace))

    def test_one_that_passes_is_forgotten_but_counted(
        self, obedient: Source, make_outcome: Make, workspace: Path
    ) -> None:
        sandbox = Faulty(make_outcome(), failures={b"b": 2})
        result = self.judge(obedient, sandbox, workspace, [case("a"), case("b"), case("c")])
        assert result.verdict is V.ACCEPTED
        assert [each.attempts for each in result.cases] == [1, 3, 1]

    def test_one_that_does_not_is_an_internal_error_of_the_submission(
        self, obedient: Source, make_outcome: Make, workspace: Path
    ) -> None:
        sandbox = Faulty(make_outcome(stdout=b"wrong"), failures={b"b": 3}, slots=1)
        result = self.judge(obedient, sandbox, workspace, [case("a"), case("b"), case("c")])
        assert (result.verdict, result.fault) == (V.INTERNAL_ERROR, "no jail today")
        assert verdicts(result) == [V.WRONG_ANSWER, V.INTERNAL_ERROR, V.SKIPPED]
        failed = result.cases[1]
        assert (failed.attempts, failed.fault) == (3, "no jail today")
        assert "no jail" not in f"{failed.message} {result.message}"

    def test_a_missing_image_is_not_looked_for_again(
        self, obedient: Source, make_outcome: Make, workspace: Path
    ) -> None:
        sandbox = Faulty(make_outcome(), failures={b"a": 1}, error=ImageError("gone"))
        result = self.judge(obedient, sandbox, workspace, [case("a")])
        assert (result.verdict, result.cases[0].attempts, sandbox.seen.count(b"a")) == (V.INTERNAL_ERROR, 1, 1)

    @pytest.mark.parametrize(("failures", "verdict"), [(2, V.ACCEPTED), (3, V.INTERNAL_ERROR)])
    def test_the_compiler_too_is_tried_three_times(
        self, obedient: Source, make_outcome: Make, workspace: Path, failures: int, verdict: Verdict
    ) -> None:
        sandbox = Faulty(make_outcome(), failures={b"": failures})
        result = self.judge(obedient, sandbox, workspace, [case("a")])
        assert result.verdict is verdict
        assert verdicts(result) == [V.ACCEPTED if verdict is V.ACCEPTED else V.SKIPPED]

    def test_data_that_is_gone_is_ours(
        self, obedient: Source, make_outcome: Make, workspace: Path, tmp_path: Path
    ) -> None:
        here, gone = Data(b"a"), Data(tmp_path / "gone")
        for broken in (TestCase("a", gone, here), TestCase("a", here, gone)):
            result = self.judge(obedient, Faulty(make_outcome(stdout=b"x")), workspace, [broken])
            assert result.verdict is V.INTERNAL_ERROR
            assert "gone" in str(result.fault)

    def test_a_workspace_that_is_gone_is_ours(self, obedient: Source, make_outcome: Make, tmp_path: Path) -> None:
        result = self.judge(obedient, Faulty(make_outcome()), tmp_path / "gone", [case("a")])
        assert (result.verdict, verdicts(result)) == (V.INTERNAL_ERROR, [V.SKIPPED])

    def test_a_mistake_in_a_callback_is_not_swallowed_and_leaves_nothing(
        self, obedient: Source, make_outcome: Make, workspace: Path
    ) -> None:
        def fail(_: CaseResult) -> None:
            raise KeyError("mistake")

        with pytest.raises(KeyError):
            judge(
                obedient,
                problem(case("a"), case("b")),
                Place(Faulty(make_outcome()), Path("/"), workspace),
                on_case=fail,
            )
        assert list(workspace.iterdir()) == []


class TestSideBySide:
    @pytest.mark.parametrize("slots", [1, 2, 3])
    def test_never_more_at_once_than_there_are_slots(
        self, obedient: Source, make_outcome: Make, workspace: Path, slots: int
    ) -> None:
        sandbox = Faulty(make_outcome(), slots=slots, gate=Event())
        cases = [case(str(number)) for number in range(10)]
        result = judge(obedient, problem(*cases), Place(sandbox, Path("/"), workspace))
        assert sandbox.most_at_once == slots
        assert (sandbox.expected, sandbox.closed) == (10, 1)
        assert [each.name for each in result.cases] == [str(number) for number in range(10)]
        assert sorted(sandbox.seen[1:]) == sorted(str(number).encode() for number in range(10))

    def test_a_run_that_could_be_cancelled_but_ended_well_keeps_its_result(
        self, obedient: Source, make_outcome: Make, workspace: Path
    ) -> None:
        sandbox = Faulty(make_outcome(ending=Ending.EXITED), slots=4)
        result = judge(
            obedient, problem(*(case(str(n)) for n in range(8)), stop=True), Place(sandbox, Path("/"), workspace)
        )
        assert result.verdict is V.ACCEPTED


class TestProblem:
    def test_a_problem_has_tests(self) -> None:
        with pytest.raises(ValueError, match="at least one test"):
            Problem(())
