"""Who is next."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from runner.embedded.queue import FairQueue
from runner.jobs import Job, Lane
from tests.runner.embedded.work import BY_LANE, batch, run, submission

ALL = tuple(Lane)
PEOPLE = ("ann", "bob", "cat")


def filled(*jobs: Job, most: int = 100) -> FairQueue:
    queue = FairQueue(most_at_once=most)
    for job in jobs:
        queue.push(job)
    return queue


def order(queue: FairQueue, lanes: tuple[Lane, ...] = ALL) -> list[str]:
    """The ids in the order in which they begin, if nothing ends."""
    return [job.id for job in iter(lambda: queue.pop(lanes), None)]


def test_one_persons_jobs_begin_in_the_order_they_came() -> None:
    assert order(filled(run("a1"), run("a2"), run("a3"))) == ["a1", "a2", "a3"]


def test_people_take_turns_however_much_one_of_them_wants() -> None:
    jobs = [*(run(f"a{n}") for n in range(4)), run("b0", "bob"), run("b1", "bob"), run("c0", "cat")]
    assert order(filled(*jobs)) == ["a0", "b0", "c0", "a1", "b1", "a2", "a3"]


def test_whoever_had_their_turn_stands_behind_who_comes_new() -> None:
    queue = filled(run("a0"), run("a1"))
    assert queue.pop(ALL) == run("a0")
    queue.push(run("b0", "bob"))
    assert order(queue) == ["a1", "b0"]
    queue = filled(run("a0"), run("a1"), run("b0", "bob"))
    assert [queue.pop(ALL), queue.pop(ALL)] == [run("a0"), run("b0", "bob")]
    queue.push(run("b1", "bob"))
    assert order(queue) == ["a1", "b1"]


def test_runs_go_before_submissions_and_batches_with_those() -> None:
    jobs = [submission("s"), batch("b"), run("r"), submission("t", "bob"), run("q", "bob")]
    queue = filled(*jobs)
    assert [queue.position(id_) for id_ in ("r", "q", "s", "t", "b")] == [1, 2, 3, 4, 5]
    assert order(queue, (Lane.INTERACTIVE,)) == ["r", "q"]
    assert order(queue) == ["s", "t", "b"]


def test_nobody_has_more_done_at_once_than_they_may_and_holds_nobody_else_up() -> None:
    queue = filled(*(run(f"a{n}") for n in range(3)), submission("s"), run("b0", "bob"), most=2)
    assert order(queue) == ["a0", "b0", "a1"]
    assert len(queue) == 2
    queue.done(run("a0"))
    assert order(queue) == ["a2"]
    queue.done(run("a1"))
    queue.done(run("a2"))
    assert order(queue) == ["s"]


def test_what_is_taken_out_is_gone_and_costs_nobody_their_turn() -> None:
    queue = filled(run("a0"), run("a1"), run("b0", "bob"))
    assert queue.remove("a0") == run("a0")
    assert queue.remove("a0") is None
    assert queue.remove("unknown") is None
    assert (queue.position("a0"), queue.position("a1"), queue.position("b0")) == (None, 1, 2)
    assert order(queue) == ["a1", "b0"]


def test_a_batch_is_found_by_its_inputs() -> None:
    queue = filled(run("r"), batch("b"))
    assert queue.holder("b.1") == batch("b")
    assert queue.holder("r") == run("r")
    assert queue.holder("b.2") is None
    queue.pop((Lane.SUBMISSIONS,))
    assert queue.holder("b.1") is None


def test_it_says_how_many_of_which_kind_wait() -> None:
    queue = filled(run("r"), run("q", "bob"), submission("s"), batch("b"))
    assert (len(queue), queue.waiting()) == (4, {"run": 2, "submission": 1, "batch": 1})


jobs = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(list(BY_LANE))), max_size=20)


@given(jobs)
def test_positions_are_the_order_in_which_jobs_begin(wanted: list[tuple[str, Lane]]) -> None:
    queue = filled(*(BY_LANE[lane](str(number), owner) for number, (owner, lane) in enumerate(wanted)))
    positions = {str(number): queue.position(str(number)) for number in range(len(wanted))}
    assert {id_: place for place, id_ in enumerate(order(queue), 1)} == positions


class Queueing(RuleBasedStateMachine):
    """A queue beside a plain list of what waits and what is being done."""

    MOST = 2

    def __init__(self) -> None:
        super().__init__()
        self.queue = FairQueue(most_at_once=self.MOST)
        self.ids = map(str, count())
        self.waiting: list[Job] = []
        self.busy: list[Job] = []
        self.passed_over: defaultdict[tuple[str, Lane], Counter[str]] = defaultdict(Counter)

    def may_begin(self, job: Job) -> bool:
        return sum(other.owner == job.owner for other in self.busy) < self.MOST

    @rule(owner=st.sampled_from(PEOPLE), lane=st.sampled_from(list(BY_LANE)))
    def push(self, owner: str, lane: Lane) -> None:
        job = BY_LANE[lane](next(self.ids), owner)
        self.queue.push(job)
        self.waiting.append(job)

    @rule(lanes=st.sets(st.sampled_from(list(Lane)), min_size=1))
    def pop(self, lanes: set[Lane]) -> None:
        job = self.queue.pop(lanes)
        able = [other for other in self.waiting if other.lane in lanes and self.may_begin(other)]
        if job is None:
            assert not able
            return
        assert job in able
        first_lane = min((other.lane for other in able), key=list(Lane).index)
        assert job.lane is first_lane
        assert job == next(other for other in able if other.lane is first_lane and other.owner == job.owner)
        for other in {other.owner for other in able if other.lane is first_lane} - {job.owner}:
            self.passed_over[other, first_lane][job.owner] += 1
            # Nobody who could begin sees somebody else begin twice before it is their turn.
            assert self.passed_over[other, first_lane][job.owner] <= 1
        self.passed_over.pop((job.owner, first_lane), None)
        self.waiting.remove(job)
        self.busy.append(job)

    @precondition(lambda self: self.busy)
    @rule(data=st.data())
    def end(self, data: Any) -> None:
        job = data.draw(st.sampled_from(self.busy))
        self.queue.done(job)
        self.busy.remove(job)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def remove(self, data: Any) -> None:
        job = data.draw(st.sampled_from(self.waiting))
        assert self.queue.remove(job.id) == job
        self.waiting.remove(job)
        if not any((other.owner, other.lane) == (job.owner, job.lane) for other in self.waiting):
            self.passed_over.pop((job.owner, job.lane), None)

    @invariant()
    def places_are_whole(self) -> None:
        assert len(self.queue) == len(self.waiting)
        places = [self.queue.position(job.id) for job in self.waiting]
        assert sorted(place or 0 for place in places) == list(range(1, len(self.waiting) + 1))
        assert all(self.queue.position(job.id) is None for job in self.busy)


TestQueueing = Queueing.TestCase
TestQueueing.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
