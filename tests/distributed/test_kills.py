"""Whatever is killed at whatever moment: every accepted submission gets one result, the right one, and hears of it."""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.api.commands.test_cli import alive, descendants
from tests.distributed.cluster import HERE, Cluster, running_cluster
from tests.distributed.crowd import PROGRAMS, Person, problem
from tests.distributed.members import Member

KINDS: Final = tuple(PROGRAMS)
REST_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Process:
    """A process by its number and the moment that it began: numbers come again."""

    pid: int
    began: str

    @classmethod
    def of(cls, pid: int) -> Process:
        """The process that has that number now; one that is gone began never."""
        try:
            return cls(pid, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
        except OSError:
            return cls(pid, "")


async def submit_and_watch(person: Person, amount: int, chance: random.Random) -> None:
    """One submission after the other, each watched while the next is made."""
    async with asyncio.TaskGroup() as watching:
        for _ in range(amount):
            promise = await person.submit(chance.choice(KINDS))
            watching.create_task(person.watch(promise))
            await asyncio.sleep(chance.uniform(0, 0.5))


async def kill_some(cluster: Cluster, times: int, *, every_s: float, chance: random.Random) -> list[Process]:
    """Kill each kind of process, in any order, at any moment; processes that must not outlive them."""
    orphans: list[Process] = []
    for number in range(times):
        await asyncio.sleep(chance.uniform(0.3, 1.0) * every_s)
        kind = number % 4
        victim: Member = chance.choice((cluster.workers, cluster.apis, (cluster.redis,), (cluster.postgres,))[kind])
        below = [Process.of(pid) for pid in descendants(victim.pid)] if victim in cluster.workers else []
        await asyncio.to_thread(victim.kill)
        orphans += below
        await asyncio.sleep(chance.uniform(0, 1.0))
        await asyncio.to_thread(victim.start)
    return orphans


async def play(cluster: Cluster, *, people: int, each: int, kills: int, every_s: float, seed: int) -> list[Process]:
    chance = random.Random(seed)  # noqa: S311 - so that a run can be repeated
    with cluster.admin() as admin:
        made = admin.post("/problems", json=problem()).raise_for_status().json()
    crowd = [Person(cluster.urls, f"person{number}", chance) for number in range(people)]
    for person in crowd:
        await person.arrive(made["id"])
    async with asyncio.timeout(kills * (every_s + 20) + REST_S), asyncio.TaskGroup() as tasks:
        killing = tasks.create_task(kill_some(cluster, kills, every_s=every_s, chance=chance))
        for person in crowd:
            tasks.create_task(submit_and_watch(person, each, chance))
    for person in crowd:
        await person.leave()
        for promise in person.promises:
            promise.check()
    promises = [promise for person in crowd for promise in person.promises]
    assert len(promises) == people * each
    assert sum(promise.late for promise in promises) < len(promises) / 4
    return killing.result()


def check_rows(cluster: Cluster) -> None:
    """What the database says: nothing is open, nothing was kept twice, every verdict is right, asked for or not."""
    ends = time.monotonic() + REST_S
    while cluster.rows("SELECT id FROM outbox"):
        assert time.monotonic() < ends, cluster.rows("SELECT * FROM outbox")
        time.sleep(0.2)
    rights = {code.encode(): verdict for verdict, code in PROGRAMS.items()}
    rows = cluster.rows("SELECT id, code, status, verdict FROM submissions")
    assert [row for row in rows if (row[2], row[3]) != ("completed", rights[bytes(row[1])])] == []
    judged = cluster.rows("SELECT details FROM session_events WHERE type = 'submission_judged'")
    assert sorted(json.loads(details)["submissionId"] for (details,) in judged) == sorted(row[0] for row in rows)
    (counted,) = cluster.rows("SELECT total_submissions FROM problems WHERE title = 'Add'")
    assert counted[0] == len(rows)


def check_leaks(cluster: Cluster, orphans: list[Process]) -> None:
    """Nothing of dead workers is left on this host once their successors have ended too."""
    for worker in cluster.workers:
        assert worker.end() == 0, worker.log
    assert [orphan for orphan in orphans if alive(orphan.pid) and Process.of(orphan.pid) == orphan] == []
    for home in cluster.homes:
        assert list((home / "work").iterdir()) == []
        assert list((home / "jobs").iterdir()) == []


def survive(cluster: Cluster, **size: float) -> None:
    try:
        orphans = asyncio.run(play(cluster, **size))  # type: ignore[arg-type] # numbers all of them
        check_rows(cluster)
        check_leaks(cluster, orphans)
    except BaseException as error:
        error.add_note(cluster.logs())
        raise


@pytest.mark.timeout(300)
def test_nothing_is_lost_and_nothing_is_told_twice(postgres_programs: Path, redis_program: str, images: Path) -> None:
    with running_cluster(postgres_programs, redis_program, images, apis=(HERE, HERE)) as cluster:
        survive(cluster, people=5, each=6, kills=4, every_s=2.0, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(3))
def test_the_same_of_three_hundred_submissions(
    postgres_programs: Path, redis_program: str, images: Path, seed: int
) -> None:
    pair = (HERE, HERE)
    with running_cluster(postgres_programs, redis_program, images, apis=pair, workers=pair) as cluster:
        survive(cluster, people=20, each=15, kills=16, every_s=4.0, seed=seed)
