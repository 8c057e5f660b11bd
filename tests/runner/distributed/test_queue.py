"""The queue in Redis, one sentence after the other; ``test_queue_model`` does it at random."""

from __future__ import annotations

import pytest

from runner.distributed.queue import Start, Ticket
from runner.errors import QueueFullError
from runner.events import EventKind
from tests.runner.distributed.pool import LEASE_MS, Crew, Pool
from tests.runner.embedded.work import batch, run, submission, validation

ALWAYS = {"config"}


def test_a_job_goes_all_the_way_and_leaves_nothing(pool: Pool) -> None:
    worker, job = pool.joined(), run("r")
    assert pool.enqueue(job) == ["r"]
    begun = worker.begin(pool.tickets[0])
    assert (begun.start, begun.envelope, begun.tries, begun.unwanted) == (Start.GO, {"id": "r"}, 0, ())
    assert begun.again == ""
    assert worker.finish(pool.tickets[0], {"verdict": "AC"}) == (True, [])
    assert [entry["kind"] for entry in pool.entries()] == ["started", "finished"]
    assert pool.entries()[-1]["data"] == {"verdict": "AC"}
    pool.settled(job)
    assert pool.events("r") == ["status", "result"]
    worker.leave()
    assert pool.lasting() == ALWAYS | {"results"}


def test_a_job_that_is_known_is_not_taken_again(pool: Pool) -> None:
    assert pool.enqueue(run("r")) == []
    assert pool.enqueue(run("r")) == []
    assert pool.wait(pool.service.waiting()) == 1
    assert pool.events("r") == ["status"]


def test_more_than_may_wait_do_not(pool: Pool) -> None:
    pool.enqueue(run("a"), limit=1)
    with pytest.raises(QueueFullError, match="1 jobs wait already"):
        pool.enqueue(run("b"), limit=1)
    assert pool.enqueue(run("b"), limit=None) == []
    assert pool.lasting() & {"job:b", "told:b"} == {"job:b", "told:b"}


def test_jobs_of_several_inputs_tell_each_of_them(pool: Pool) -> None:
    job = batch("b")
    pool.enqueue(job)
    assert [pool.events(id_) for id_ in job.ids] == [["status"]] * 3
    assert pool.position("b.1") == pool.position("b") == 1


def test_a_ticket_counts_once(pool: Pool) -> None:
    first, second = pool.joined("one"), pool.joined("two")
    pool.enqueue(run("r"))
    [ticket] = pool.tickets
    assert first.begin(ticket).start is Start.GO
    assert second.begin(ticket).start is Start.STALE
    assert second.finish(ticket, {}) == (False, [])
    assert second.give_back(ticket, tries=1, reason="data") == []
    assert second.refuse(ticket) == (False, [])
    assert pool.state("r") == "running"


def test_whoever_lost_a_job_has_no_say_any_more(pool: Pool) -> None:
    first, second = pool.joined("one"), pool.joined("two")
    pool.enqueue(batch("b"))
    [old] = pool.tickets
    first.begin(old)
    pool.pass_ms(LEASE_MS + 1)
    for worker in ("one", "two"):
        pool.joined(worker)
    assert pool.tick() == []  # after a pause
    assert pool.state("b") == "delayed"
    pool.pass_ms(1000)
    assert pool.tick() == ["b"]
    new = pool.tickets[-1]
    assert new.attempt > old.attempt
    begun = second.begin(new)
    assert (begun.tries, begun.again) == (1, "worker")
    first.tell(old, [("b", EventKind.STATUS, {"status": "running"}, "")])
    first.part(old, "part_finished", "b.0", {})
    assert first.finish(old, {}) == (False, [])
    assert pool.events("b") == ["status"]
    assert [entry["kind"] for entry in pool.entries()] == ["started", "started"]
    assert first.beat(Crew().about, [old]).lost == (("b", old.attempt),)
    assert second.beat(Crew().about, [new]).lost == ()


def test_the_same_worker_cannot_mistake_an_old_attempt_for_a_new_one_after_the_queue_has_forgotten(pool: Pool) -> None:
    worker = pool.joined()
    pool.enqueue(run("r"))
    [old] = pool.tickets
    worker.begin(old)
    pool.client.flushall()
    pool.joined()
    assert pool.enqueue(run("r")) == ["r"]
    new = pool.tickets[-1]
    assert worker.begin(new).start is Start.GO
    assert worker.finish(old, {}) == (False, [])
    assert worker.finish(new, {}) == (True, [])


def test_what_is_done_while_the_queue_forgot_counts(pool: Pool) -> None:
    worker = pool.joined()
    pool.enqueue(run("r"))
    worker.begin(pool.tickets[0])
    pool.client.flushall()
    assert worker.beat(Crew().about, pool.tickets).lost == ()
    assert worker.finish(pool.tickets[0], {"verdict": "AC"}) == (True, [])
    assert pool.kinds("r") == ["finished"]
    pool.settled(run("r"))
    assert pool.events("r") == ["result"]
    worker.leave()
    assert pool.lasting() == {"results"}


def test_a_job_is_lost_three_times_and_then_given_up(pool: Pool) -> None:
    pool.enqueue(run("r"))
    for pause_ms in (1000, 2000, None):
        worker = pool.joined()
        assert pool.tick() == ["r"]
        worker.begin(pool.tickets[-1])
        pool.pass_ms(LEASE_MS + 1)
        assert pool.tick() == []
        if pause_ms is not None:
            pool.joined()
            pool.pass_ms(pause_ms - 500)
            assert pool.tick() == []
            pool.pass_ms(500)
    assert pool.state("r") == "over"
    assert pool.kinds("r")[-1] == "exhausted"
    assert pool.entries()[-1]["reason"] == "worker"
    assert pool.client.hget("{syncode}:retries", "worker") == b"3"


def test_a_ticket_that_nobody_came_for_is_given_out_again_and_costs_no_try(pool: Pool) -> None:
    worker = pool.joined()
    assert pool.enqueue(run("r")) == ["r"]
    for _ in range(5):
        pool.pass_ms(10_001)
        pool.joined()
        assert pool.tick() == ["r"]
    assert worker.begin(pool.tickets[0]).start is Start.STALE
    assert worker.begin(pool.tickets[-1]).tries == 0


def test_without_workers_a_job_waits_and_no_tickets_pile_up(pool: Pool) -> None:
    pool.joined()
    assert pool.enqueue(run("r")) == ["r"]
    pool.worker().leave()
    for _ in range(3):
        pool.pass_ms(10_001)
        assert pool.tick() == []
    assert pool.position("r") == 1


def test_jobs_whose_tickets_were_lost_stay_in_their_order(pool: Pool) -> None:
    pool.joined(crew=Crew(slots=3))
    for id_ in ("a", "b", "c", "d"):
        pool.enqueue(run(id_))
    pool.worker().leave()
    pool.pass_ms(10_001)
    pool.tick()
    assert [pool.position(id_) for id_ in ("a", "b", "c", "d")] == [1, 2, 3, 4]


def test_giving_back_is_a_try_only_where_it_counts(pool: Pool) -> None:
    worker = pool.joined()
    pool.enqueue(run("r"))
    worker.begin(pool.tickets[-1])
    assert pool.take(worker.give_back(pool.tickets[-1], tries=0, reason="drain")) == ["r"]
    begun = worker.begin(pool.tickets[-1])
    assert (begun.tries, begun.again) == (0, "drain")
    assert pool.take(worker.give_back(pool.tickets[-1], tries=1, reason="sandbox")) == []
    pool.pass_ms(1000)
    pool.joined()
    assert pool.tick() == ["r"]
    begun = worker.begin(pool.tickets[-1])
    assert (begun.tries, begun.again) == (1, "sandbox")
    assert pool.client.hgetall("{syncode}:retries") == {b"sandbox": b"1"}


def test_giving_back_may_use_up_several_tries(pool: Pool) -> None:
    worker = pool.joined()
    pool.enqueue(run("r"))
    worker.begin(pool.tickets[-1])
    worker.give_back(pool.tickets[-1], tries=2, reason="sandbox")
    pool.pass_ms(2000)
    pool.joined()
    assert pool.tick() == ["r"]
    assert worker.begin(pool.tickets[-1]).tries == 2
    worker.give_back(pool.tickets[-1], tries=1, reason="sandbox")
    assert pool.kinds("r")[-1] == "exhausted"


def test_a_ticket_that_nobody_takes_rests_for_a_moment(pool: Pool) -> None:
    worker = pool.joined()
    pool.enqueue(run("r"))
    [ticket] = pool.tickets
    assert [worker.refuse(ticket) for _ in range(3)] == [(True, []), (True, []), (False, [])]
    assert pool.state("r") == "delayed"
    assert worker.refuse(ticket) == (False, [])
    pool.pass_ms(250)
    assert pool.tick() == ["r"]
    assert worker.refuse(pool.tickets[-1]) == (True, [])


@pytest.mark.parametrize("how", ["waiting", "released", "delayed"])
def test_what_nobody_does_yet_is_cancelled_at_once(pool: Pool, how: str) -> None:
    worker = pool.worker()
    if how != "waiting":
        pool.joined()
    pool.enqueue(run("r"))
    if how == "delayed":
        worker.begin(pool.tickets[-1])
        worker.give_back(pool.tickets[-1], tries=1, reason="data")
    assert pool.state("r") == how
    assert pool.cancel("r")
    assert pool.kinds("r")[-1] == "cancelled"
    assert not pool.cancel("r")
    pool.joined()
    assert pool.tick() == []
    if pool.tickets:
        assert worker.begin(pool.tickets[-1]).start is Start.STALE


def test_whoever_does_a_job_hears_that_it_is_cancelled(pool: Pool) -> None:
    worker = pool.joined()
    pool.enqueue(run("r"))
    worker.begin(pool.tickets[0])
    assert worker.beat(Crew().about, pool.tickets).cancelled == ()
    with pool.client.pubsub(ignore_subscribe_messages=True) as heard:  # type: ignore[no-untyped-call]
        heard.subscribe("{syncode}:control")
        assert heard.get_message(timeout=5) is None
        assert pool.cancel("r")
        assert heard.get_message(timeout=5)["data"] == b"r"
    assert worker.beat(Crew().about, pool.tickets).cancelled == ("r",)


@pytest.mark.parametrize("how", ["lost", "failed", "drained"])
def test_a_cancelled_job_that_its_worker_does_not_end_is_not_done_again(pool: Pool, how: str) -> None:
    worker = pool.joined()
    pool.enqueue(run("r"))
    worker.begin(pool.tickets[0])
    pool.cancel("r")
    if how == "lost":
        pool.pass_ms(LEASE_MS + 1)
        pool.tick()
    else:
        worker.give_back(pool.tickets[0], tries=int(how == "failed"), reason=how)
    assert pool.kinds("r") == ["started", "cancelled"]


def test_parts_are_cancelled_where_they_wait_and_where_they_are_done(pool: Pool) -> None:
    job = batch("b", inputs=3)
    pool.enqueue(job)
    assert pool.cancel("b.0")
    assert pool.cancel("b.0")
    assert [entry.get("part") for entry in pool.entries()] == ["b.0"]
    worker = pool.joined()
    assert pool.tick() == ["b"]
    assert worker.begin(pool.tickets[-1]).unwanted == ("b.0",)
    assert pool.cancel("b.1")
    assert sorted(worker.beat(Crew().about, pool.tickets).unwanted) == [("b", "b.0"), ("b", "b.1")]
    assert pool.kinds("b") == ["part_cancelled", "started"]
    worker.finish(pool.tickets[-1], {})
    assert not pool.cancel("b.2")
    pool.settled(job)
    assert not pool.cancel("b.2")
    worker.leave()
    assert pool.lasting() == ALWAYS | {"results"}


def test_a_job_has_to_be_over_in_time(pool: Pool) -> None:
    worker = pool.joined()
    pool.enqueue(run("r"), lasts_ms=5000)
    worker.begin(pool.tickets[0])
    pool.pass_ms(5001)
    pool.tick()
    assert (pool.kinds("r")[-1], pool.entries()[-1]["reason"]) == ("exhausted", "deadline")
    pool.settled(run("r"))
    heard = worker.beat(Crew().about, pool.tickets)
    assert heard.lost == (("r", pool.tickets[0].attempt),)
    assert worker.finish(pool.tickets[0], {}) == (False, [])
    assert pool.kinds("r").count("finished") == 0


def test_what_is_taken_back_was_never_there_and_whoever_does_it_stops(pool: Pool) -> None:
    worker, job = pool.joined(), batch("b")
    pool.enqueue(job)
    worker.begin(pool.tickets[0])
    pool.take(pool.wait(pool.service.revoke("b")))
    assert [pool.events(id_) for id_ in job.ids] == [[], [], []]
    assert worker.beat(Crew().about, pool.tickets).lost == (("b", pool.tickets[0].attempt),)
    worker.leave()
    assert pool.lasting() == ALWAYS | {"results"}


def test_what_is_settled_twice_is_told_once_and_leaves_nothing(pool: Pool) -> None:
    worker, job = pool.joined(), batch("b")
    pool.enqueue(job)
    worker.begin(pool.tickets[0])
    pool.wait(pool.service.part_settled("b.0"))
    worker.finish(pool.tickets[0], {})
    for _ in range(2):
        pool.settled(job)
        pool.wait(pool.service.part_settled("b.1"))
    assert [pool.events(id_).count("result") for id_ in job.ids] == [1, 1, 1]
    worker.leave()
    assert pool.lasting() == ALWAYS | {"results"}


def test_settling_what_nobody_knows_any_more_leaves_nothing_of_its_parts(pool: Pool) -> None:
    worker = pool.joined()
    pool.enqueue(batch("b"))
    worker.begin(pool.tickets[0])
    worker.finish(pool.tickets[0], {})
    pool.wait(pool.service.settled("b", ["b"]))
    worker.leave()
    assert pool.lasting() == ALWAYS | {"results"}


def test_people_take_turns_in_each_lane_and_lanes_have_their_order(pool: Pool) -> None:
    for index in range(3):
        pool.enqueue(submission(f"s{index}"))
        pool.enqueue(run(f"a{index}"))
    pool.enqueue(run("b0", "bob"))
    pool.enqueue(run("c0", "cat"))
    pool.enqueue(submission("t0", "bob"))
    pool.wait(pool.service.configure(executing_per_owner=100))
    wanted = ["a0", "b0", "c0", "a1", "a2", "s0", "t0", "s1", "s2"]
    assert [pool.position(id_) for id_ in wanted] == list(range(1, 10))
    pool.joined(crew=Crew(slots=100, shared=100))
    assert pool.tick() == wanted


def test_reserved_slots_are_for_runs_alone(pool: Pool) -> None:
    pool.joined(crew=Crew(slots=2, shared=1))
    assert pool.enqueue(submission("s")) == ["s"]
    assert pool.enqueue(submission("t", "bob")) == []
    assert pool.enqueue(run("r", "bob")) == ["r"]
    assert pool.enqueue(run("q", "cat")) == []


def test_slots_of_workers_that_do_only_runs_are_for_nothing_else(pool: Pool) -> None:
    pool.joined("quick", Crew(slots=2, shared=1, lanes=("interactive",)))
    pool.joined("slow", Crew(slots=1, shared=1, lanes=("submissions", "validations")))
    assert pool.enqueue(submission("s")) == ["s"]
    assert pool.enqueue(submission("t", "bob")) == []
    assert pool.enqueue(validation("v", "cat")) == []
    assert pool.enqueue(run("a")) == ["a"]
    assert pool.enqueue(run("b", "bob")) == ["b"]
    assert pool.enqueue(run("c", "cat")) == []


def test_nobody_has_more_done_at_once_than_they_may(pool: Pool) -> None:
    worker = pool.joined(crew=Crew(slots=10, shared=10))
    assert [pool.enqueue(run(f"a{index}")) for index in range(4)] == [["a0"], ["a1"], ["a2"], []]
    assert pool.enqueue(run("b0", "bob")) == ["b0"]
    worker.begin(pool.tickets[0])
    assert pool.take(worker.finish(pool.tickets[0], {})[1]) == ["a3"]


def test_a_job_waits_for_a_worker_that_has_its_language_and_holds_nobody_up(pool: Pool) -> None:
    pool.joined("one", Crew(languages=("cpp",)))
    assert pool.enqueue(run("a")) == []
    assert pool.enqueue(run("b", "bob")) == []
    pool.joined("two", Crew(languages=("python",)))
    assert sorted(pool.tick()) == ["a", "b"]


def test_what_an_ending_worker_still_does_takes_no_slot_of_others(pool: Pool) -> None:
    old = pool.joined("old", Crew(slots=1))
    pool.enqueue(submission("a"))
    old.begin(pool.tickets[0])
    old.beat(Crew(slots=1, draining=True).about, pool.tickets)
    pool.joined("new", Crew(slots=1))
    assert pool.enqueue(submission("b")) == ["b"]
    assert pool.enqueue(submission("c")) == []
    assert old.finish(pool.tickets[0], {}) == (True, [])


def test_a_worker_that_shows_no_sign_of_life_gets_nothing(pool: Pool) -> None:
    pool.joined()
    pool.pass_ms(15_001)
    assert pool.enqueue(run("r")) == []
    pool.pass_ms(60_000)
    pool.tick()
    assert {key for key in pool.lasting() if key.startswith("worker")} == set()


def test_it_says_how_much_there_is_to_do_and_who_does_it(pool: Pool) -> None:
    pool.joined("one", Crew(slots=1))
    for job in (run("a"), run("b"), submission("s"), batch("c")):
        pool.enqueue(job)
    state = pool.wait(pool.service.state())
    assert state.waiting == {"run": 1, "submission": 1, "batch": 1, "validation": 0}
    assert state.oldest_ms["validation"] == 0 <= state.oldest_ms["run"]
    assert state.active == {"interactive": 1, "submissions": 0, "validations": 0}
    assert [worker["id"] for worker in state.workers] == ["one"]
    assert state.results == 0
    assert pool.wait(pool.service.missing(["a", "x", "s"])) == ["x"]


def test_events_are_told_once_where_they_have_a_name(pool: Pool) -> None:
    worker = pool.joined()
    pool.enqueue(run("r"))
    [ticket] = pool.tickets
    worker.begin(ticket)
    for name in "abcbca":
        worker.tell(ticket, [("r", EventKind.CASE, {"name": name}, name)])
    worker.tell(ticket, [("r", EventKind.OUTPUT, {}, "")])
    worker.tell(ticket, [("r", EventKind.OUTPUT, {}, "")])
    assert pool.events("r") == ["status", "case", "case", "case", "output", "output"]


def test_nonsense_is_no_ticket(pool: Pool) -> None:
    worker = pool.joined()
    assert worker.begin(Ticket("nothing", 1, "interactive", "python")).start is Start.STALE
    assert worker.refuse(Ticket("nothing", 1, "interactive", "python")) == (False, [])
    assert not pool.cancel("nothing")
    assert pool.position("nothing") is None
    assert pool.lasting() == ALWAYS | {"workers"}
