"""Two services and two workers, each with an address of its own, share one queue; one that is cut off costs nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import redis

from tests.distributed.cluster import Cluster, Place, running_cluster
from tests.distributed.networks import Network

Json = dict[str, Any]

SOON_S: Final = 60.0
SLEEPER: Final = "import sys, time\ntime.sleep(float(sys.argv[1]))\nprint(sys.argv[2])\n"


@pytest.fixture
def network() -> Iterator[Network]:
    with Network() as made:
        yield made


@pytest.fixture
def places(network: Network) -> tuple[Place, ...]:
    """Of two services, then of two workers."""
    return tuple(network.host() for _ in range(4))


@pytest.fixture
def cluster(
    postgres_programs: Path, redis_program: str, images: Path, network: Network, places: tuple[Place, ...]
) -> Iterator[Cluster]:
    apis, workers = places[:2], places[2:]
    with running_cluster(
        postgres_programs,
        redis_program,
        images,
        servers=network.here,
        apis=apis,
        workers=workers,
        slots=1,
        SYNCODE_EXECUTING_JOBS="100",
    ) as made:
        yield made


def start(client: httpx.Client, seconds: float, word: str) -> str:
    body = {"language": "python", "code": SLEEPER, "args": [str(seconds), word]}
    return str(client.post("/execution/run", json=body).raise_for_status().json()["jobId"])


def result(client: httpx.Client, job: str) -> Json:
    answer = client.get(f"/execution/{job}", params={"waitMs": 30_000}).raise_for_status().json()
    assert answer["status"] in {"completed", "failed"}, answer
    return dict(answer)


def until(found: Callable[[], Any]) -> Any:
    ends = time.monotonic() + SOON_S
    while not (it := found()):
        assert time.monotonic() < ends
        time.sleep(0.02)
    return it


class Jobs:
    """Who has which job, as the queue knows it."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def worker(self, job: str) -> str:
        found: Any = self._client.hget(f"{{syncode}}:job:{job}", "worker")
        return (found or b"").decode()


@pytest.mark.timeout(240)
def test_they_share_the_load_and_one_that_is_cut_off_costs_nothing(
    cluster: Cluster, network: Network, places: tuple[Place, ...]
) -> None:
    with (
        cluster.admin(0) as one,
        cluster.admin(1) as other,
        redis.Redis.from_url(cluster.redis_url) as client,
    ):
        jobs = Jobs(client)
        # Both services' jobs, both workers' work.
        first = [start(one if number % 2 else other, 1.0, str(number)) for number in range(4)]
        names = {until(partial(jobs.worker, job)) for job in first[:2]}
        assert len(names) == 2
        assert [result(other, job)["stdout"] for job in first] == [f"{number}\n" for number in range(4)]

        # One worker is cut off while it has a job.
        lost, kept = start(one, 4.0, "lost"), start(other, 4.0, "kept")
        cut_off = until(lambda: jobs.worker(lost))
        until(lambda: jobs.worker(kept))
        place = places[2] if str(cluster.workers[0].pid) == cut_off.split("-")[-2] else places[3]
        network.cut(place)
        queued = [start(one, 0.1, str(number)) for number in range(3)]
        assert result(other, kept)["stdout"] == "kept\n"
        assert [result(one, job)["stdout"] for job in queued] == [f"{number}\n" for number in range(3)]
        until(lambda: jobs.worker(lost) not in {"", cut_off})
        network.mend(place)  # while the other does it, the first comes with a result that is not wanted any more
        again = result(one, lost)
        assert (again["stdout"], again["status"]) == ("lost\n", "completed")

        # It works again.
        last = [start(one, 1.5, str(number)) for number in range(2)]
        until(lambda: {jobs.worker(job) for job in last} == names)
        assert [result(other, job)["stdout"] for job in last] == ["0\n", "1\n"]
        assert cluster.rows("SELECT id FROM outbox") == []
