"""Batches in real sandboxes, and with sandboxes that fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from judge import Checker, CompileResult, Source, Tokens, Trimmed, Verdict
from languages import Language
from runner import Engine
from runner.batch import ItemResult
from runner.cancellations import Cancellations
from runner.jobs import BatchInput, BatchTask
from runner.share import SandboxShare
from sandboxes import Cancellation, Command, Limits, OnOutput, Outcome, Permit, Relay, Sandbox, Session, SetupError

V = Verdict
MOMENT = datetime(2026, 3, 3, 12, tzinfo=UTC)
DOUBLE = b"import sys\nprint(int(input()) * 2, *sys.argv[1:])\n"
SLEEP = b"import time\nprint(input(), flush=True)\ntime.sleep(60)\n"


class Told:
    """What was told of a batch; ``on_start``: what to do when an input begins."""

    def __init__(self, on_start: Callable[[str], object] = lambda _: None) -> None:
        self.compiled: list[CompileResult] = []
        self.started: list[str] = []
        self.items: list[ItemResult] = []
        self.cancellations = Cancellations()
        self._then = on_start
        self._lock = threading.Lock()

    def start(self, item: BatchInput, at: datetime) -> None:
        assert at.tzinfo is not None
        with self._lock:
            self.started.append(item.id)
        self._then(item.id)

    def item(self, result: ItemResult) -> None:
        with self._lock:
            self.items.append(result)


def inputs(*stdin: bytes, expected: bytes | None = None, **more: Any) -> tuple[BatchInput, ...]:
    return tuple(BatchInput(str(number), text, expected=expected, **more) for number, text in enumerate(stdin))


@pytest.fixture
def source(languages: Mapping[str, Language], image: Callable[[str], Path]) -> Callable[..., Source]:
    def make(code: bytes, language: str = "python") -> Source:
        image(language)
        return Source.of(languages[language], code)

    return make


@pytest.fixture
def run(engine: Engine) -> Callable[..., tuple[ItemResult, ...]]:
    def run(task: BatchTask, told: Told, sandbox: Sandbox | None = None) -> tuple[ItemResult, ...]:
        with told.cancellations as cancellations:
            return engine.run_batch(
                task,
                created_at=MOMENT,
                on_compile=told.compiled.append,
                on_start=told.start,
                on_item=told.item,
                sandbox=sandbox,
                cancellations=cancellations,
            )

    return run


Run = Callable[..., tuple[ItemResult, ...]]
Make = Callable[..., Source]


def verdicts(results: tuple[ItemResult, ...]) -> list[Verdict]:
    return [result.run.verdict for result in results]


def test_every_input_is_run_on_its_own_and_results_keep_their_order(source: Make, run: Run) -> None:
    told = Told()
    items = (BatchInput("a", b"1"), BatchInput("b", b"x"), BatchInput("c", b"3", ("four", "")))
    results = run(BatchTask(source(DOUBLE), items), told)
    assert [result.item.id for result in results] == ["a", "b", "c"]
    assert verdicts(results) == [V.ACCEPTED, V.RUNTIME_ERROR, V.ACCEPTED]
    outputs = [result.run.outcome.stdout if result.run.outcome else None for result in results]
    assert outputs == [b"2\n", b"", b"6 four \n"]
    assert [result.passed for result in results] == [None, None, None]
    assert sorted(told.started) == ["a", "b", "c"]
    assert sorted(result.item.id for result in told.items) == ["a", "b", "c"]
    assert {result.run.created_at for result in results} == {MOMENT}
    for result in results:
        assert result.run.started_at is not None
        assert result.run.started_at <= result.run.completed_at


def test_a_program_is_compiled_once(source: Make, run: Run) -> None:
    told = Told()
    code = b'#include <cstdio>\nint main() { int n; scanf("%d", &n); printf("%d\\n", n + 1); }\n'
    results = run(BatchTask(source(code, "cpp"), inputs(b"1", b"2", b"3")), told)
    assert len(told.compiled) == 1
    assert all(result.run.compilation is told.compiled[0] for result in results)
    assert [result.run.outcome.stdout for result in results if result.run.outcome] == [b"2\n", b"3\n", b"4\n"]


def test_what_does_not_compile_is_a_compile_error_of_every_input(source: Make, run: Run) -> None:
    told = Told()
    items = (BatchInput("a"), BatchInput("b", expected=b"1"))
    results = run(BatchTask(source(b"print(\n"), items), told)
    assert verdicts(results) == [V.COMPILE_ERROR] * 2
    assert [result.passed for result in results] == [None, False]
    assert [result.run.outcome for result in results] == [None, None]
    assert all(result.run.message and "ompile" in result.run.message for result in results)
    assert ([compiled.ok for compiled in told.compiled], told.started) == ([False], [])
    assert sorted(result.item.id for result in told.items) == ["a", "b"]


@pytest.mark.parametrize(
    ("checker", "passed"), [(Trimmed(), [True, False, True, None]), (Tokens(), [True, True, True, None])]
)
def test_what_is_expected_is_checked(source: Make, run: Run, checker: Checker, passed: list[bool]) -> None:
    items = (
        BatchInput("same", b"1", expected=b"2\n"),
        BatchInput("spaced", b"1", expected=b"  2"),
        BatchInput("trailing", b"1", expected=b"2  \n\n"),
        BatchInput("unknown", b"1"),
    )
    results = run(BatchTask(source(DOUBLE), items, checker=checker), Told())
    assert [result.passed for result in results] == passed
    assert verdicts(results)[1] is (V.ACCEPTED if passed[1] else V.WRONG_ANSWER)
    if not passed[1]:
        assert results[1].run.message == "The answer is wrong"


def test_a_program_that_fails_does_not_pass_whatever_it_wrote(source: Make, run: Run) -> None:
    code = b"import sys\nprint(2)\nsys.exit(3)\n"
    result = run(BatchTask(source(code), inputs(b"", expected=b"2\n")), Told())[0]
    assert (result.run.verdict, result.passed) == (V.RUNTIME_ERROR, False)


def test_after_the_first_failure_nothing_more_is_run_if_so_wanted(source: Make, run: Run) -> None:
    told = Told()
    items = inputs(b"1", b"x", b"2", b"3")
    results = run(BatchTask(source(DOUBLE), items, stop_on_first_failure=True), told)
    assert verdicts(results) == [V.ACCEPTED, V.RUNTIME_ERROR, V.SKIPPED, V.SKIPPED]
    assert (told.started, [result.item.id for result in told.items]) == (["0", "1"], ["0", "1", "2", "3"])
    assert [result.passed for result in results] == [None] * 4
    assert [result.run.started_at for result in results[2:]] == [None, None]
    judged = run(BatchTask(source(DOUBLE), inputs(b"1", b"2", expected=b"3"), stop_on_first_failure=True), Told())
    assert (verdicts(judged), [item.passed for item in judged]) == ([V.WRONG_ANSWER, V.SKIPPED], [False, None])


def test_cancelling_all_of_it_leaves_no_input_without_a_result(source: Make, run: Run) -> None:
    told = Told(lambda _: told.cancellations.job.cancel())
    results = run(BatchTask(source(SLEEP), inputs(*[b"x"] * 6)), told)
    assert verdicts(results) == [V.CANCELLED] * 6
    assert len(told.items) == 6


def test_cancelling_one_input_leaves_the_others_alone(source: Make, run: Run) -> None:
    code = b"import time\nif input() == 'slow':\n    time.sleep(60)\nprint('done')\n"
    told = Told(lambda id_: told.cancellations.cancel_part("0") if id_ == "0" else None)
    told.cancellations.cancel_part("2")
    results = run(BatchTask(source(code), inputs(b"slow", b"quick", b"slow", b"quick")), told)
    assert verdicts(results) == [V.CANCELLED, V.ACCEPTED, V.CANCELLED, V.ACCEPTED]
    assert "2" not in told.started
    assert results[2].run.started_at is None


def test_cancelling_one_input_where_the_first_failure_stops_the_rest_skips_them(source: Make, run: Run) -> None:
    told = Told()
    told.cancellations.cancel_part("0")
    results = run(BatchTask(source(DOUBLE), inputs(b"1", b"2"), stop_on_first_failure=True), told)
    assert verdicts(results) == [V.CANCELLED, V.SKIPPED]


def test_inputs_run_side_by_side_in_no_more_slots_than_given(source: Make, run: Run, engine: Engine) -> None:
    told = Told()
    results = run(BatchTask(source(DOUBLE), inputs(b"1", b"2", b"3")), told, sandbox=SandboxShare(engine.sandbox, 1))
    assert verdicts(results) == [V.ACCEPTED] * 3
    assert told.started == ["0", "1", "2"]


class Failing:
    """A sandbox that fails for some inputs, as often as it is told."""

    def __init__(self, sandbox: Sandbox, failures: dict[bytes, int]) -> None:
        self._sandbox = sandbox
        self.failures = failures
        self.slots = sandbox.slots
        self.permit = sandbox.permit

    def session(self, rootfs: Path, *, warm: str | None = None) -> Session:
        return _FailingSession(self._sandbox.session(rootfs, warm=warm), self.failures)


class _FailingSession:
    def __init__(self, session: Session, failures: dict[bytes, int]) -> None:
        self._session = session
        self._failures = failures

    def expect(self, runs: int) -> None:
        self._session.expect(runs)

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
        assert isinstance(command.stdin, bytes)
        if self._failures.get(command.stdin, 0):
            self._failures[command.stdin] -= 1
            raise SetupError("no jail today")
        return self._session.run(
            command,
            limits,
            more=more,
            on_output=on_output,
            relay=relay,
            permit=permit,
            cancellation=cancellation,
        )

    def close(self) -> None:
        self._session.close()

    def __enter__(self) -> _FailingSession:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def test_our_failures_are_tried_again_and_are_nobody_elses(source: Make, run: Run, engine: Engine) -> None:
    sandbox = Failing(engine.sandbox, {b"1": 1, b"2": 100})
    results = run(BatchTask(source(DOUBLE), inputs(b"1", b"2", b"3", expected=b"2")), Told(), sandbox=sandbox)
    assert verdicts(results) == [V.ACCEPTED, V.INTERNAL_ERROR, V.WRONG_ANSWER]
    assert [result.run.attempts for result in results] == [2, 3, 1]
    assert "jail" not in str(results[1].run.message)


def test_where_nothing_can_be_compiled_every_input_is_an_internal_error(source: Make, run: Run, engine: Engine) -> None:
    told = Told()
    sandbox = Failing(engine.sandbox, {b"": 100})  # compilers get no input
    results = run(BatchTask(source(DOUBLE), inputs(b"1", b"2")), told, sandbox=sandbox)
    assert verdicts(results) == [V.INTERNAL_ERROR] * 2
    assert [result.run.attempts for result in results] == [3, 3]
    assert (told.compiled, told.started, len(told.items)) == ([], [], 2)
