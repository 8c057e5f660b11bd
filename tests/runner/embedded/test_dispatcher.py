"""Jobs dispatched within a process: the performer does what a test says, everything else is real."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from judge import Verdict
from runner.cancellations import Cancellations
from runner.embedded import EmbeddedDispatcher
from runner.embedded import dispatcher as dispatchers
from runner.errors import QueueFullError
from runner.events import EventKind, JobEvent, JobResult
from runner.jobs import BatchTask, Job
from runner.performing import Emit, OnPart, OnPartBegun, not_done
from sandboxes import Cancellation
from tests.runner.embedded.work import MOMENT, batch, run, submission

PATIENCE_S = 10


class Stage:
    """A performer whose jobs go on until they are let go, or cancelled."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.cancelled: list[str] = []
        self.gates: dict[str, threading.Event] = {}
        self.at_once = self.most_at_once = 0
        self.failing: set[str] = set()
        self._lock = threading.Lock()

    def gate(self, id_: str) -> threading.Event:
        with self._lock:
            return self.gates.setdefault(id_, threading.Event())

    def let_go(self, *ids: str) -> None:
        for id_ in ids:
            self.gate(id_).set()

    def perform(
        self, job: Job, emit: Emit, *, on_part_begun: OnPartBegun, on_part: OnPart, cancellations: Cancellations
    ) -> JobResult:
        with self._lock:
            self.begun.append(job.id)
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            if job.id in self.failing:
                raise RuntimeError("broken")
            emit(job.id, EventKind.PROGRESS, {"done": 0})
            if isinstance(job.task, BatchTask):
                return self._batch(job, job.task, on_part_begun, on_part, cancellations=cancellations)
            return done(job, self._wait(job.id, cancellations))
        finally:
            with self._lock:
                self.at_once -= 1

    def _wait(self, id_: str, cancellations: Cancellations) -> Verdict:
        gate = self.gate(id_)
        while not gate.wait(0.002):
            if cancellations.job.requested:
                self.cancelled.append(id_)
                return Verdict.CANCELLED
        return Verdict.ACCEPTED

    def _wait_for_part(self, id_: str, cancellation: Cancellation) -> Verdict:
        gate = self.gate(id_)
        while not gate.wait(0.002):
            if cancellation.requested:
                return Verdict.CANCELLED
        return Verdict.ACCEPTED

    def _batch(
        self,
        job: Job,
        task: BatchTask,
        on_part_begun: OnPartBegun,
        on_part: OnPart,
        *,
        cancellations: Cancellations,
    ) -> JobResult:
        records = not_done(job, Verdict.SKIPPED, started_at=MOMENT).records
        for item in task.inputs:
            with cancellations.part(item.id) as cancellation:
                verdict = Verdict.CANCELLED
                if not cancellation.requested:
                    self.begun.append(item.id)
                    on_part_begun(item.id, MOMENT)
                    verdict = self._wait_for_part(item.id, cancellation)
            records[item.id] = done(job, verdict).records[item.id]
            on_part(item.id, records[item.id])
        return JobResult(job.id, Verdict.ACCEPTED, records, MOMENT, MOMENT)


def done(job: Job, verdict: Verdict) -> JobResult:
    return not_done(job, verdict, started_at=MOMENT)


@dataclass
class Book:
    """A settlement in memory, that may be made to fail, or to take its time."""

    failures: int = 0
    started_fails: bool = False
    begun: list[str] = field(default_factory=list)
    parts_begun: list[str] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)
    results: dict[str, JobResult] = field(default_factory=dict)
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.hold.set()

    async def started(self, job: Job, at: datetime) -> None:
        assert at.tzinfo is not None
        if self.started_fails:
            raise OSError("no database")
        self.begun.append(job.id)

    async def part_started(self, job: Job, id_: str, at: datetime) -> None:
        assert (at, id_ in job.ids) == (MOMENT, True)
        if self.started_fails:
            raise OSError("no database")
        self.parts_begun.append(id_)

    async def part_finished(self, job: Job, id_: str, record: dict[str, Any]) -> None:
        assert id_ in job.ids
        await self._keep()
        self.parts.setdefault(id_, record["verdict"])

    async def finished(self, job: Job, result: JobResult) -> None:
        await self._keep()
        self.results.setdefault(job.id, result)

    async def _keep(self) -> None:
        self.asked.set()
        await self.hold.wait()
        if self.failures:
            self.failures -= 1
            raise OSError("no database")


Open = Callable[..., contextlib.AbstractAsyncContextManager[EmbeddedDispatcher]]


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
async def book() -> Book:
    return Book()


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatchers, "_FIRST_PAUSE_S", 0.005)


@pytest.fixture
def opened(stage: Stage, book: Book) -> Open:
    @contextlib.asynccontextmanager
    async def opened(**changes: Any) -> AsyncIterator[EmbeddedDispatcher]:
        limits = {"capacity": 2, "reserved": 1, "queue_limit": 100, "executing_per_owner": 100, "grace_s": 1.0}
        async with EmbeddedDispatcher(stage, book, **{**limits, **changes}) as dispatcher:  # type: ignore[arg-type] # a stage performs
            yield dispatcher

    return opened


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - what threads do sets no event of ours
            await asyncio.sleep(0.002)


async def finished(dispatcher: EmbeddedDispatcher, *ids: str) -> None:
    for id_ in ids:
        assert await dispatcher.until_finished(id_, PATIENCE_S), id_


def kinds(events: tuple[JobEvent, ...]) -> list[str]:
    return [event.data["status"] if event.kind is EventKind.STATUS else event.kind.value for event in events]


async def settled(moments: int = 10) -> None:
    """What can begin has begun."""
    for _ in range(moments):
        await asyncio.sleep(0.002)


class TestOrder:
    async def test_a_job_is_told_of_kept_and_finished(self, opened: Open, stage: Stage, book: Book) -> None:
        async with opened() as dispatcher:
            stage.let_go("r")
            await dispatcher.submit(run("r"))
            await finished(dispatcher, "r")
            assert kinds(await dispatcher.so_far("r")) == ["queued", "running", "progress", "result"]
            assert (await dispatcher.so_far("r"))[0].data["queuePosition"] == 1
            assert [event.id async for event in dispatcher.follow("r")] == [
                event.id for event in (await dispatcher.so_far("r"))
            ]
        assert (book.begun, book.results["r"].verdict) == (["r"], Verdict.ACCEPTED)

    async def test_a_slot_is_kept_for_runs(self, opened: Open, stage: Stage) -> None:
        async with opened(capacity=3, reserved=1) as dispatcher:
            for number in range(4):
                await dispatcher.submit(submission(f"s{number}"))
            await until(lambda: len(stage.begun) == 2)
            await settled()
            assert stage.begun == ["s0", "s1"]
            assert (await dispatcher.load()).waiting == {"submission": 2}
            assert (
                (await dispatcher.load()).busy,
                (await dispatcher.load()).capacity,
                (await dispatcher.load()).queue_depth,
            ) == (2, 3, 2)
            await dispatcher.submit(run("r", "bob"))
            await until(lambda: stage.begun == ["s0", "s1", "r"])
            stage.let_go("r")
            await finished(dispatcher, "r")
            await settled()
            assert len(stage.begun) == 3  # its slot is for the next run
            stage.let_go("s0")
            await until(lambda: stage.begun[-1] == "s2")
            stage.let_go("s1", "s2", "s3")
            await finished(dispatcher, "s0", "s1", "s2", "s3")

    async def test_runs_may_have_every_slot(self, opened: Open, stage: Stage) -> None:
        async with opened(capacity=3, reserved=1) as dispatcher:
            for number in range(5):
                await dispatcher.submit(run(f"r{number}"))
            await until(lambda: len(stage.begun) == 3)
            assert [(await dispatcher.position(f"r{number}")) for number in range(5)] == [None, None, None, 1, 2]
            stage.let_go(*(f"r{number}" for number in range(5)))
            await finished(dispatcher, *(f"r{number}" for number in range(5)))
        assert stage.most_at_once == 3

    async def test_with_one_slot_nothing_is_reserved(self, opened: Open, stage: Stage) -> None:
        async with opened(capacity=1, reserved=1) as dispatcher:
            stage.let_go("s")
            await dispatcher.submit(submission("s"))
            await finished(dispatcher, "s")

    async def test_nobody_has_more_done_at_once_than_they_may(self, opened: Open, stage: Stage) -> None:
        async with opened(capacity=4, executing_per_owner=2) as dispatcher:
            for number in range(4):
                await dispatcher.submit(run(f"a{number}"))
            await dispatcher.submit(run("b0", "bob"))
            await until(lambda: len(stage.begun) == 3)
            await settled()
            assert sorted(stage.begun) == ["a0", "a1", "b0"]
            stage.let_go("a1")
            await until(lambda: "a2" in stage.begun)
            stage.let_go("a0", "a2", "a3", "b0")
            await finished(dispatcher, "a0", "a1", "a2", "a3", "b0")

    async def test_no_more_jobs_wait_than_may_but_those_that_were_accepted_before(
        self, opened: Open, stage: Stage
    ) -> None:
        async with opened(capacity=1, queue_limit=2) as dispatcher:
            for id_ in ("a", "b", "c"):
                assert await dispatcher.has_room()
                await dispatcher.submit(run(id_))
            assert not (await dispatcher.has_room())
            with pytest.raises(QueueFullError, match="2 jobs wait already"):
                await dispatcher.submit(run("d"))
            assert (await dispatcher.so_far("d")) == ()
            await dispatcher.submit(run("e"), again=True)
            stage.let_go("a", "b", "c", "e")
            await finished(dispatcher, "a", "b", "c", "e")
            assert stage.begun == ["a", "b", "c", "e"]
            assert await dispatcher.has_room()


class TestCancelling:
    async def test_a_job_that_waits_never_begins(self, opened: Open, stage: Stage, book: Book) -> None:
        async with opened(capacity=1) as dispatcher:
            await dispatcher.submit(run("a"))
            await dispatcher.submit(run("b"))
            assert await dispatcher.cancel("b")
            await finished(dispatcher, "b")
            assert kinds(await dispatcher.so_far("b")) == ["queued", "result"]
            result = book.results["b"]
            assert (result.verdict, result.started_at) == (Verdict.CANCELLED, None)
            record = result.records["b"]
            assert (record["status"], record["verdict"], record["startedAt"]) == ("failed", "cancelled", None)
            assert (record["exitCode"], record["durationMs"], record["stdout"]) == (None, 0, "")
            assert not await dispatcher.cancel("b")
            stage.let_go("a")
            await finished(dispatcher, "a")
        assert (stage.begun, book.begun) == (["a"], ["a"])

    async def test_a_job_that_is_being_done_is_stopped(self, opened: Open, stage: Stage, book: Book) -> None:
        async with opened() as dispatcher:
            await dispatcher.submit(run("a"))
            await until(lambda: stage.begun)
            assert await dispatcher.cancel("a")
            await finished(dispatcher, "a")
        assert (stage.cancelled, book.results["a"].verdict) == (["a"], Verdict.CANCELLED)

    async def test_what_ended_by_itself_keeps_its_result(self, opened: Open, stage: Stage, book: Book) -> None:
        async with opened() as dispatcher:
            stage.let_go("a")
            book.hold.clear()
            await dispatcher.submit(run("a"))
            await book.asked.wait()
            assert not await dispatcher.cancel("a")
            book.hold.set()
            await finished(dispatcher, "a")
            assert not await dispatcher.cancel("a")
            assert not await dispatcher.cancel("unknown")
        assert book.results["a"].verdict is Verdict.ACCEPTED

    async def test_an_input_of_a_batch_that_runs_is_stopped_alone(self, opened: Open, stage: Stage, book: Book) -> None:
        async with opened() as dispatcher:
            await dispatcher.submit(batch("b", inputs=3))
            await until(lambda: "b.0" in stage.begun)
            assert await dispatcher.cancel("b.0")
            await finished(dispatcher, "b.0")
            await until(lambda: "b.1" in stage.begun)
            assert await dispatcher.cancel("b.0")  # it is over, which the rows know
            stage.let_go("b.1", "b.2")
            await finished(dispatcher, "b", "b.1", "b.2")
        assert book.parts == {"b.0": "cancelled", "b.1": "accepted", "b.2": "accepted"}

    async def test_an_input_that_has_not_begun_never_does_and_is_over_at_once(
        self, opened: Open, stage: Stage, book: Book
    ) -> None:
        async with opened() as dispatcher:
            await dispatcher.submit(batch("b", inputs=3))
            await until(lambda: "b.0" in stage.begun)
            assert await dispatcher.cancel("b.2")
            await finished(dispatcher, "b.2")
            assert (await dispatcher.so_far("b.2"))[-1].data["startedAt"] is None
            assert not await dispatcher.until_finished("b", 0)
            stage.let_go("b.0", "b.1")
            await finished(dispatcher, "b")
            assert kinds(await dispatcher.so_far("b.2")) == ["queued", "result"]
        assert book.parts == {"b.0": "accepted", "b.1": "accepted", "b.2": "cancelled"}
        assert stage.begun == ["b", "b.0", "b.1"]
        assert book.parts_begun == ["b.0", "b.1"]

    async def test_an_input_of_a_batch_that_waits_is_over_at_once_too(
        self, opened: Open, stage: Stage, book: Book
    ) -> None:
        async with opened(capacity=1) as dispatcher:
            await dispatcher.submit(run("a"))
            await dispatcher.submit(batch("b", inputs=2))
            assert await dispatcher.cancel("b.0")
            await finished(dispatcher, "b.0")
            assert (await dispatcher.position("b")) == 1
            stage.let_go("a", "b.1")
            await finished(dispatcher, "b")
        assert stage.begun == ["a", "b", "b.1"]
        assert book.parts == {"b.0": "cancelled", "b.1": "accepted"}

    async def test_a_whole_batch_that_waits_is_cancelled_with_its_inputs(
        self, opened: Open, stage: Stage, book: Book
    ) -> None:
        async with opened(capacity=1) as dispatcher:
            await dispatcher.submit(run("a"))
            await dispatcher.submit(batch("b", inputs=2))
            assert await dispatcher.cancel("b.0")
            assert await dispatcher.cancel("b")
            await finished(dispatcher, "b.0", "b.1", "b")
            stage.let_go("a")
            await finished(dispatcher, "a")
        assert {id_: record.get("verdict") for id_, record in book.results["b"].records.items()} == {
            "b": None,
            "b.0": "cancelled",
            "b.1": "cancelled",
        }
        assert stage.begun == ["a"]


class TestSettling:
    async def test_nobody_hears_of_a_result_that_is_not_kept(self, opened: Open, stage: Stage, book: Book) -> None:
        async with opened() as dispatcher:
            book.hold.clear()
            stage.let_go("a")
            await dispatcher.submit(run("a"))
            await book.asked.wait()
            assert "result" not in kinds(await dispatcher.so_far("a"))
            assert not await dispatcher.until_finished("a", 0.02)
            assert book.results == {}
            book.hold.set()
            await finished(dispatcher, "a")
            assert list(book.results) == ["a"]

    async def test_a_result_that_cannot_be_kept_now_is_kept_later(
        self, opened: Open, stage: Stage, book: Book, caplog: pytest.LogCaptureFixture
    ) -> None:
        book.failures = 3
        async with opened() as dispatcher:
            stage.let_go("a", "b.0", "b.1")
            await dispatcher.submit(run("a"))
            await finished(dispatcher, "a")
            book.failures = 3
            await dispatcher.submit(batch("b"))
            await finished(dispatcher, "b", "b.0", "b.1")
        assert (set(book.results), set(book.parts)) == ({"a", "b"}, {"b.0", "b.1"})
        assert caplog.text.count("could not be kept") == 6

    async def test_that_a_job_began_need_not_be_kept(self, opened: Open, stage: Stage, book: Book) -> None:
        book.started_fails = True
        async with opened() as dispatcher:
            stage.let_go("a", "b.0", "b.1")
            await dispatcher.submit(run("a"))
            await dispatcher.submit(batch("b"))
            await finished(dispatcher, "a", "b")
        assert set(book.results) == {"a", "b"}

    async def test_a_slot_is_free_while_a_result_is_being_kept(self, opened: Open, stage: Stage, book: Book) -> None:
        async with opened(capacity=1) as dispatcher:
            book.hold.clear()
            stage.let_go("a", "b")
            await dispatcher.submit(run("a"))
            await dispatcher.submit(run("b"))
            await until(lambda: stage.begun == ["a", "b"])
            book.hold.set()
            await finished(dispatcher, "a", "b")

    async def test_inputs_of_a_batch_are_over_one_by_one_and_before_it(
        self, opened: Open, stage: Stage, book: Book
    ) -> None:
        order: list[str] = []

        async def follow(dispatcher: EmbeddedDispatcher, id_: str) -> None:
            events = [event async for event in dispatcher.follow(id_)]
            assert events[-1].kind is EventKind.RESULT
            order.append(id_)

        async with opened() as dispatcher:
            await dispatcher.submit(batch("b"))
            followers = [asyncio.create_task(follow(dispatcher, id_)) for id_ in ("b", "b.0", "b.1")]
            stage.let_go("b.0")
            await finished(dispatcher, "b.0")
            assert (book.parts, book.results) == ({"b.0": "accepted"}, {})
            stage.let_go("b.1")
            await asyncio.gather(*followers)
        assert order == ["b.0", "b.1", "b"]

    async def test_a_performer_that_breaks_is_our_failure(
        self, opened: Open, stage: Stage, book: Book, caplog: pytest.LogCaptureFixture
    ) -> None:
        stage.failing = {"a"}
        async with opened(capacity=1) as dispatcher:
            await dispatcher.submit(run("a"))
            await finished(dispatcher, "a")
            stage.let_go("b")
            await dispatcher.submit(run("b"))
            await finished(dispatcher, "b")
        result = book.results["a"]
        assert (result.verdict, result.fault) == (Verdict.INTERNAL_ERROR, "RuntimeError('broken')")
        assert "broken" not in str(result.records)
        assert "broken" in caplog.text


class TestEnding:
    async def test_what_is_being_done_may_end_by_itself(self, opened: Open, stage: Stage, book: Book) -> None:
        async with opened(capacity=1) as dispatcher:
            await dispatcher.submit(run("a"))
            await dispatcher.submit(run("b"))
            await until(lambda: stage.begun)
            asyncio.get_running_loop().call_later(0.05, stage.let_go, "a")
        assert (stage.begun, list(book.results), stage.cancelled) == (["a"], ["a"], [])
        assert not (await dispatcher.has_room())
        with pytest.raises(QueueFullError):
            await dispatcher.submit(run("c"))

    async def test_what_takes_longer_is_stopped_and_left_to_the_next_process(
        self, opened: Open, stage: Stage, book: Book
    ) -> None:
        async with opened(capacity=2, grace_s=0.02) as dispatcher:
            await dispatcher.submit(run("a"))
            await dispatcher.submit(batch("b"))
            await until(lambda: {"a", "b.0"} <= set(stage.begun))
        assert stage.cancelled == ["a"]
        assert "a" not in book.results
        assert book.parts == {}
        assert "result" not in kinds(await dispatcher.so_far("a"))

    async def test_results_are_still_kept_if_that_works_in_time(self, opened: Open, stage: Stage, book: Book) -> None:
        book.failures = 2
        stage.let_go("a")
        async with opened() as dispatcher:
            await dispatcher.submit(run("a"))
            await book.asked.wait()
        assert list(book.results) == ["a"]
        assert kinds(await dispatcher.so_far("a"))[-1] == "result"

    async def test_results_that_cannot_be_kept_do_not_hold_it_up_for_ever(
        self, opened: Open, stage: Stage, book: Book
    ) -> None:
        book.failures = 1_000_000
        stage.let_go("a", "b")
        async with asyncio.timeout(PATIENCE_S):
            async with opened(grace_s=0.02) as dispatcher:
                await dispatcher.submit(run("a"))
                await book.asked.wait()
                await dispatcher.submit(run("b"))
        assert book.results == {}
        assert not asyncio.all_tasks() - {asyncio.current_task()}

    async def test_nothing_going_on_ends_at_once(self, opened: Open) -> None:
        async with asyncio.timeout(1), opened(grace_s=60):
            pass
