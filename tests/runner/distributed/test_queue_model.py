"""The queue in Redis at random, beside a model that knows in which state each job may be."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from typing_extensions import override

from runner.distributed.queue import PREFIX, Start, Ticket, WorkerQueue
from runner.errors import QueueFullError
from runner.events import EventKind
from runner.jobs import SEVERAL_LANGUAGES, Job, Lane
from tests.redis_server import RedisServer
from tests.runner.distributed.pool import LEASE_MS, Crew, Pool, open_pool
from tests.runner.embedded.work import batch, run, submission, validation

MOST: Final = 2
LIMIT: Final = 6
PEOPLE: Final = ("ann", "bob", "cat")
LANES: Final = tuple(lane.value for lane in Lane)
TERMINAL: Final = {"finished", "exhausted", "cancelled"}
MAKERS: Final = {"run": run, "submission": submission, "batch": batch, "validation": validation}
CREWS: Final = (
    Crew(slots=2, shared=1),
    Crew(slots=1, shared=1, languages=("python",)),
    Crew(slots=3, shared=2, languages=("cpp",)),
    Crew(slots=2, shared=1, lanes=("interactive",)),
    Crew(slots=2, shared=2, lanes=("submissions", "validations")),
    Crew(slots=2, shared=1, draining=True),
)
NEXT: Final = {
    "waiting": {"waiting", "released", "over"},
    "released": {"released", "running", "waiting", "delayed", "over"},
    "running": {"running", "waiting", "released", "delayed", "over"},
    "delayed": {"delayed", "waiting", "released", "over"},
    "over": {"over"},
}


@dataclass(slots=True)
class Known:
    """A job as the model knows it."""

    job: Job
    state: str = "waiting"
    attempt: int = 0
    unwanted: set[str] = field(default_factory=set)
    cancelled: bool = False


class Queueing(RuleBasedStateMachine):
    """Everything that services and workers do, in any order, late and twice."""

    server: RedisServer

    def __init__(self) -> None:
        super().__init__()
        self.owned = contextlib.ExitStack()
        self.pool: Pool = self.owned.enter_context(open_pool(self.server.url, most=MOST))
        self.jobs: dict[str, Known] = {}
        self.revoked: set[str] = set()
        self.crews: dict[str, Crew] = {}
        self.having: dict[str, list[Ticket]] = {}
        self.kept: Counter[str] = Counter()
        self.count = 0

    @override
    def teardown(self) -> None:
        try:
            self.end()
        finally:
            self.server.forget()
            self.owned.close()

    # What happens.

    @initialize()
    def somebody_is_there(self) -> None:
        self.come(CREWS[0])

    @rule(crew=st.sampled_from(CREWS))
    def come(self, crew: Crew) -> None:
        name = f"w{len(self.having)}"
        self.crews[name] = crew
        self.having[name] = []
        self.pool.joined(name, crew)

    @precondition(lambda self: self.crews)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.crews)))
        del self.crews[name]
        self.pool.worker(name).leave()

    @rule(owner=st.sampled_from(PEOPLE), kind=st.sampled_from(list(MAKERS)))
    def enqueue(self, owner: str, kind: str) -> None:
        waiting = sum(known.state == "waiting" for known in self.jobs.values())
        job = MAKERS[kind](f"j{self.count}", owner)
        self.count += 1
        if waiting >= LIMIT:
            with pytest.raises(QueueFullError):
                self.pool.enqueue(job, limit=LIMIT)
            return
        self.jobs[job.id] = Known(job)
        self.given(self.pool.enqueue(job, limit=LIMIT))

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def enqueue_again(self, data: st.DataObject) -> None:
        known = self.jobs[data.draw(st.sampled_from(sorted(self.jobs)))]
        assert self.pool.enqueue(known.job) == []

    @precondition(lambda self: self.pool.tickets)
    @rule(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        ticket = self.pool.tickets[-1 - data.draw(st.integers(0, min(8, len(self.pool.tickets) - 1)))]
        name = data.draw(st.sampled_from(sorted(self.having)))
        known = self.jobs.get(ticket.id)
        right = known is not None and known.state == "released" and known.attempt == ticket.attempt
        begun = self.worker(name).begin(ticket)
        assert (begun.start is Start.GO) == right
        if right:
            assert known is not None
            assert begun.envelope == {"id": ticket.id}
            assert set(begun.unwanted) == known.unwanted
            self.having[name].append(ticket)

    @precondition(lambda self: any(self.having.values()))
    @rule(data=st.data(), how=st.sampled_from(["finish", "fail", "drain", "wait"]))
    def end_one(self, data: st.DataObject, how: str) -> None:
        name = data.draw(st.sampled_from(sorted(name for name, having in self.having.items() if having)))
        ticket = data.draw(st.sampled_from(self.having[name]))
        self.having[name].remove(ticket)
        known = self.jobs.get(ticket.id)
        right = self.mine(ticket)
        worker = self.worker(name)
        if how == "finish":
            counts, tickets = worker.finish(ticket, {"verdict": "AC"})
            forgotten = known is None and ticket.id in self.revoked
            assert counts == right or (counts and forgotten)
            if counts and not right:
                self.revoked.add(ticket.id)
        else:
            pause_ms = 250 if how == "wait" else 0
            tickets = worker.give_back(ticket, tries=int(how == "fail"), reason=how, pause_ms=pause_ms)
            assert right or not tickets
        self.given(self.pool.take(tickets))

    @precondition(lambda self: self.pool.tickets and self.having)
    @rule(data=st.data())
    def refuse(self, data: st.DataObject) -> None:
        ticket = self.pool.tickets[-1 - data.draw(st.integers(0, min(4, len(self.pool.tickets) - 1)))]
        again, tickets = self.worker(next(iter(self.having))).refuse(ticket)
        assert not again or (self.jobs[ticket.id].state, self.jobs[ticket.id].attempt) == ("released", ticket.attempt)
        self.given(self.pool.take(tickets))

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        id_ = data.draw(st.sampled_from([each for known in self.jobs.values() for each in known.job.ids]))
        known = next(known for known in self.jobs.values() if id_ in known.job.ids)
        state = known.state
        assert self.pool.cancel(id_) == (state != "over")
        if state == "over":
            return
        if id_ != known.job.id:
            known.unwanted.add(id_)
            return
        known.cancelled = True
        self.look()
        assert known.state == ("running" if state == "running" else "over")

    @rule(ms=st.sampled_from([300, 1100, 4000, 10_500, LEASE_MS + 500, 3_700_000]))
    def time_passes(self, ms: int) -> None:
        self.pool.pass_ms(ms)

    @rule()
    def tick(self) -> None:
        self.given(self.pool.tick())
        self.nothing_waits_in_vain()

    @precondition(lambda self: self.crews)
    @rule(data=st.data())
    def beat(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.crews)))
        having = self.having[name]
        heard = self.worker(name).beat(self.crews[name].about, having)
        mine = [ticket for ticket in having if self.mine(ticket)]
        lost = {(ticket.id, ticket.attempt) for ticket in having if ticket not in mine}
        assert set(heard.lost) <= lost
        assert {each for each in lost if each[0] in self.jobs} <= set(heard.lost)
        assert set(heard.cancelled) == {ticket.id for ticket in mine if self.jobs[ticket.id].cancelled}
        assert set(heard.unwanted) == {(ticket.id, part) for ticket in mine for part in self.jobs[ticket.id].unwanted}

    @precondition(lambda self: any(self.having.values()))
    @rule(data=st.data())
    def tell(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(name for name, having in self.having.items() if having)))
        ticket = data.draw(st.sampled_from(self.having[name]))
        before = len(self.pool.events(ticket.id))
        self.worker(name).tell(ticket, [(ticket.id, EventKind.OUTPUT, {}, "")])
        assert len(self.pool.events(ticket.id)) == before + self.mine(ticket)

    @rule(twice=st.booleans())
    def keep_results(self, twice: bool) -> None:
        entries = self.pool.entries()
        self.pool.client.delete(f"{PREFIX}results")
        ends = [entry["id"] for entry in entries if entry["kind"] in TERMINAL]
        over = {id_: self.jobs.pop(id_).job for id_ in ends if id_ in self.jobs}
        self.kept.update(ends)
        for entry in entries * (1 + twice):
            if entry["id"] in ends and entry["kind"] in TERMINAL:
                tickets = self.pool.settled(over.get(entry["id"], run(entry["id"])))
                self.look()
                assert {self.jobs[id_].state for id_ in tickets} <= {"released"}
            elif entry["kind"].startswith("part"):
                self.pool.wait(self.pool.service.part_settled(entry["part"]))

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        id_ = data.draw(st.sampled_from(sorted(self.jobs)))
        del self.jobs[id_]
        self.revoked.add(id_)
        self.given(self.pool.take(self.pool.wait(self.pool.service.revoke(id_))))

    # What is always true.

    def worker(self, name: str) -> WorkerQueue:
        return self.pool.worker(name)

    def mine(self, ticket: Ticket) -> bool:
        """Whether it is the one that counts; a worker that began it has it then."""
        known = self.jobs.get(ticket.id)
        return known is not None and known.state == "running" and known.attempt == ticket.attempt

    def given(self, ids: list[str]) -> None:
        """Tickets were given for these: there was room for all."""
        self.look()
        for ticket in self.pool.tickets[len(self.pool.tickets) - len(ids) :]:
            assert (self.jobs[ticket.id].state, self.jobs[ticket.id].attempt) == ("released", ticket.attempt)
        if not ids:
            return
        taken = self.taken()
        alive = self.alive()
        assert sum(taken.values()) <= sum(crew.slots for crew in alive)
        for lane in {self.jobs[id_].job.lane.value for id_ in ids}:  # workers of others may have left
            assert taken[lane] <= self.room(alive, lane)
            if lane != "interactive":
                others = sum(crew.shared for crew in alive if set(crew.lanes) - {"interactive"})
                assert sum(count for each, count in taken.items() if each != "interactive") <= others
        for owner in {self.jobs[id_].job.owner for id_ in ids}:
            assert self.busy()[owner] <= MOST

    def room(self, alive: list[Crew], lane: str) -> int:
        return sum(crew.slots if lane == "interactive" else crew.shared for crew in alive if lane in crew.lanes)

    def alive(self) -> list[Crew]:
        """Workers that take jobs, as far as they were heard of lately."""
        found: Any = self.pool.client.zrange(f"{PREFIX}workers", 0, -1, withscores=True)
        seconds, micro = self.pool.client.time()
        since = seconds * 1000 + micro // 1000 - 15_000
        names = {name.decode() for name, at in found if at >= since}
        return [crew for name, crew in self.crews.items() if name in names and not crew.draining]

    def taken(self) -> Counter[str]:
        """Jobs that somebody has, by lane; but those of workers that end."""
        ending = {name for name, crew in self.crews.items() if crew.draining}
        taken = Counter[str]()
        for known, (worker,) in zip(self.jobs.values(), self.fields("worker"), strict=True):
            if known.state in {"released", "running"} and (worker or b"").decode() not in ending:
                taken[known.job.lane.value] += 1
        return taken

    def held(self) -> list[Known]:
        return [known for known in self.jobs.values() if known.state in {"released", "running"}]

    def fields(self, *names: str) -> list[Any]:
        """Of each job."""
        steps: Any = self.pool.client.pipeline(transaction=False)
        for id_ in self.jobs:
            steps.hmget(f"{PREFIX}job:{id_}", names)
        found: list[Any] = steps.execute()
        return found

    def busy(self) -> Counter[str]:
        return Counter(known.job.owner for known in self.held())

    def nothing_waits_in_vain(self) -> None:
        """Whatever waits has a reason to."""
        alive, taken, busy = self.alive(), self.taken(), self.busy()
        others = sum(crew.shared for crew in alive if set(crew.lanes) - {"interactive"})
        languages = {SEVERAL_LANGUAGES, *(language for crew in alive for language in crew.languages)}
        if sum(taken.values()) >= sum(crew.slots for crew in alive):
            return
        for known in self.jobs.values():
            lane = known.job.lane.value
            if known.state != "waiting" or busy[known.job.owner] >= MOST or known.job.language not in languages:
                continue
            full = taken[lane] >= self.room(alive, lane)
            shared = sum(count for each, count in taken.items() if each != "interactive") >= others
            assert full or (lane != "interactive" and shared)

    def look(self) -> None:
        """What became of jobs: only what may."""
        for known, found in zip(self.jobs.values(), self.fields("state", "attempt"), strict=True):
            state, attempt = found[0].decode(), int(found[1])
            assert state in NEXT[known.state], (known.state, state)
            assert attempt >= known.attempt
            known.state, known.attempt = state, attempt

    @invariant()
    def every_job_is_in_one_place(self) -> None:
        self.look()
        client: Any = self.pool.client
        places = Counter[tuple[str, str]]()
        turns = {lane: client.lrange(f"{PREFIX}turns:{lane}", 0, -1) for lane in LANES}
        for lane, owners in turns.items():
            assert len(owners) == len(set(owners))
            assert {f"{PREFIX}wait:{lane}:".encode() + owner for owner in owners} == set(
                client.keys(f"{PREFIX}wait:{lane}:*")
            )
            for owner in owners:
                for id_ in client.lrange(f"{PREFIX}wait:{lane}:{owner.decode()}", 0, -1):
                    places[id_.decode(), "waiting"] += 1
                    assert (self.jobs[id_.decode()].job.owner, self.jobs[id_.decode()].job.lane) == (
                        owner.decode(),
                        lane,
                    )
        for name in ("leases", "delayed"):
            for id_ in client.zrange(f"{PREFIX}{name}", 0, -1):
                state = self.jobs[id_.decode()].state
                assert (state == "delayed") == (name == "delayed")
                places[id_.decode(), state] += 1
        unfinished = {(id_, known.state): 1 for id_, known in self.jobs.items() if known.state != "over"}
        assert places == unfinished
        assert {id_.decode() for id_ in client.zrange(f"{PREFIX}deadlines", 0, -1)} == {id_ for id_, _ in unfinished}

    @invariant()
    def counts_are_what_is_there(self) -> None:
        client: Any = self.pool.client
        owners = {owner.decode(): int(count) for owner, count in client.hgetall(f"{PREFIX}busy").items()}
        lanes = {lane.decode(): int(count) for lane, count in client.hgetall(f"{PREFIX}lanes").items()}
        assert owners == self.busy()
        assert lanes == Counter(known.job.lane.value for known in self.held())
        ages = Counter(kind for kind in MAKERS for _ in client.zrange(f"{PREFIX}age:{kind}", 0, -1))
        assert ages == Counter(known.job.kind.value for known in self.jobs.values() if known.state == "waiting")

    @invariant()
    def places_are_counted_through(self) -> None:
        waiting = [id_ for id_, known in self.jobs.items() if known.state == "waiting"]
        assert sorted(self.pool.position(id_) or 0 for id_ in waiting) == list(range(1, len(waiting) + 1))

    @invariant()
    def every_job_that_is_over_has_one_result(self) -> None:
        ends = Counter(entry["id"] for entry in self.pool.entries() if entry["kind"] in TERMINAL)
        for id_, known in self.jobs.items():
            assert ends[id_] == (known.state == "over")

    def end(self) -> None:
        """Whatever there was: all is done in the end, each once, and nothing of it is left."""
        accepted = [*self.kept, *self.jobs]
        crew = Crew(slots=50, shared=40)
        last = self.pool.joined("last", crew)
        self.crews["last"] = crew
        for _ in range(20):
            self.keep_results(twice=False)
            if not self.jobs:
                break
            self.pool.pass_ms(LEASE_MS + 1)
            last.beat(crew.about, [])
            self.given(self.pool.tick())
            for ticket in self.pool.tickets:
                if last.begin(ticket).start is Start.GO:
                    last.finish(ticket, {})
        assert not self.jobs
        assert {id_: count for id_, count in self.kept.items() if id_ not in self.revoked} == dict.fromkeys(
            (id_ for id_ in accepted if id_ not in self.revoked), 1
        )
        for name in self.crews:
            self.pool.worker(name).leave()
        self.pool.pass_ms(10**8)
        self.pool.tick()
        assert self.pool.lasting() <= {"config", "retries"}


def test_jobs_are_never_lost_nor_done_twice_whatever_happens(redis_server: RedisServer) -> None:
    machine = type("Machine", (Queueing,), {"server": redis_server})
    thorough = settings(max_examples=25, stateful_step_count=50, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=thorough)


wanted_jobs = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(list(MAKERS))), max_size=15)


@given(wanted=wanted_jobs, gone=st.sets(st.integers(0, 14)))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_places_are_the_order_in_which_jobs_begin(
    redis_server: RedisServer, wanted: list[tuple[str, str]], gone: set[int]
) -> None:
    redis_server.forget()
    with open_pool(redis_server.url, most=1000) as pool:
        jobs = [MAKERS[kind](f"j{number}", owner) for number, (owner, kind) in enumerate(wanted)]
        for job in jobs:
            pool.enqueue(job)
        for number in gone:
            pool.cancel(f"j{number}")
        left = [job for number, job in enumerate(jobs) if number not in gone]
        places = {job.id: pool.position(job.id) for job in left}
        pool.joined(crew=Crew(slots=1000, shared=1000))
        assert {id_: place for place, id_ in enumerate(pool.tick(), 1)} == places
