"""What is broken on one host is left to the others; a queue that is away is said to be."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import redis

from judge import Source
from languages import Language
from runner import RunRequest
from runner.distributed.connection import connect_async
from runner.distributed.queue import PREFIX, ServiceQueue
from runner.envelope import VERSION, encode
from runner.jobs import Job, RunTask
from runner.record import moment_text
from sandboxes.images import ImageStore
from tests.distributed.cluster import HERE, Cluster, running_cluster
from tests.distributed.members import Member

Json = dict[str, Any]

SOON_S: Final = 60.0
OPENED: Final = "the circuit of python's image is open"
NEWER: Final = "00000000-0000-4000-8000-00000000000e"


@pytest.fixture
def broken_images(images: Path, languages: Mapping[str, Language]) -> Iterator[Path]:
    """The images of this host, but of Python's only what is written about it: nothing can be run in that."""
    python = ImageStore(images.parent).ready(languages["python"].image, language="python").directory
    with tempfile.TemporaryDirectory() as name:  # pytest's own cannot be reached by users of jails
        here = Path(name)
        here.chmod(0o755)
        for image in images.iterdir():
            if image.is_dir() and image != python:
                (here / image.name).symlink_to(image)
        broken = here / python.name
        (broken / "rootfs").mkdir(parents=True)
        shutil.copy(python / "manifest.json", broken)
        yield here


@pytest.fixture
def cluster(postgres_programs: Path, redis_program: str, images: Path, broken_images: Path) -> Iterator[Cluster]:
    with running_cluster(
        postgres_programs,
        redis_program,
        images,
        workers=(HERE, HERE),
        slots=2,
        first_images=broken_images,
        SYNCODE_EXECUTING_JOBS="100",
        SYNCODE_ENQUEUE_SECONDS="2",
        SYNCODE_CIRCUIT_SECONDS="4",
    ) as made:
        yield made


def start(client: httpx.Client, language: str, code: str) -> str:
    answer = client.post("/execution/run", json={"language": language, "code": code}).raise_for_status()
    return str(answer.json()["jobId"])


def result(client: httpx.Client, job: str) -> Json:
    return dict(client.get(f"/execution/{job}", params={"waitMs": 30_000}).raise_for_status().json())


def run(client: httpx.Client, language: str, code: str) -> Json:
    return result(client, start(client, language, code))


def until(found: Callable[[], Any]) -> Any:
    ends = time.monotonic() + SOON_S
    while not (it := found()):
        assert time.monotonic() < ends
        time.sleep(0.1)
    return it


def knows_nothing_of(worker: Member, version: int) -> bool:
    """Whether it was asked to do a job of that version."""
    return f"a job of version {version}" in worker.log


async def send_newer(redis_url: str, language: Language) -> None:
    """A job as services of tomorrow may send it."""
    source = Source(language, {"main.c": b"int main(void) { return 0; }\n"}, "main.c")
    job = Job(NEWER, "somebody", datetime.now(UTC), RunTask(RunRequest(source)))
    client = connect_async(redis_url)
    envelope = {**encode(job), "version": VERSION + 1}
    await ServiceQueue(client).enqueue(job, envelope, at=moment_text(job.created_at), lasts_ms=60_000, limit=None)
    await client.aclose()


@pytest.mark.timeout(240)
def test_a_broken_host_is_left_to_the_others_and_a_dead_queue_is_said_to_be_dead(
    cluster: Cluster, languages: Mapping[str, Language]
) -> None:
    with cluster.admin() as admin, redis.Redis.from_url(cluster.redis_url) as client:
        # Every program is run, wherever its ticket goes first, until the circuit there is open.
        for _ in range(6):
            jobs = [start(admin, "python", f"print({number})") for number in range(8)]
            assert [result(admin, job)["stdout"] for job in jobs] == [f"{number}\n" for number in range(8)]
            if OPENED in cluster.workers[0].log:
                break
        assert OPENED in cluster.workers[0].log
        assert OPENED not in cluster.workers[1].log
        assert run(admin, "c", '#include <stdio.h>\nint main(void) { puts("c"); }\n')["stdout"] == "c\n"

        # What is too new for any worker waits for one that is updated, and keeps its lives.
        asyncio.run(send_newer(cluster.redis_url, languages["c"]))
        for worker in cluster.workers:
            until(partial(knows_nothing_of, worker, VERSION + 1))
        assert client.hmget(f"{PREFIX}job:{NEWER}", "tries", "state") in ([b"0", b"delayed"], [b"0", b"released"])

        # Without a queue nothing is accepted, nothing is used up, and what can be read is read.
        used = admin.get("/users/me/quotas").json()["execution"]["used"]
        cluster.redis.kill()
        answers = [admin.post("/execution/run", json={"language": "python", "code": "print(1)"}) for _ in range(7)]
        assert {answer.status_code for answer in answers} == {503}
        said = answers[-1].json()
        assert (said["code"], said["details"]["circuit"]) == ("EXECUTION_SERVICE_UNAVAILABLE", "queue")
        assert 1 < int(answers[-1].headers["Retry-After"]) <= 4
        assert admin.get("/users/me/quotas").json()["execution"]["used"] == used
        assert cluster.rows("SELECT id FROM outbox") == []
        assert admin.get("/health").json()["services"]["queue"] == "fail"

        # It comes back, and after a while the circuit closes.
        cluster.redis.start()
        time.sleep(float(answers[-1].headers["Retry-After"]))
        assert run(admin, "python", "print('again')")["stdout"] == "again\n"

        # Without the database nobody is known; nothing is broken.
        cluster.postgres.kill()
        answer = until(lambda: (found := admin.get("/users/me")).status_code != 200 and found)
        assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
        assert int(answer.headers["Retry-After"]) > 0
        assert admin.get("/health").json()["services"]["database"] == "fail"
        cluster.postgres.start()
        until(lambda: admin.get("/users/me").status_code == 200)

        # Without a worker nothing can be executed; what is accepted waits for one.
        assert admin.get("/health").json()["services"]["execution"] == "ok"
        assert [worker.end() for worker in cluster.workers] == [0, 0]
        until(lambda: admin.get("/health").json()["services"]["execution"] == "fail")
        waiting = admin.post("/execution/run", json={"language": "python", "code": "print('late')"}).json()["jobId"]
        cluster.workers[1].start()
        late = admin.get(f"/execution/{waiting}", params={"waitMs": 30_000}).json()
        assert late["stdout"] == "late\n"
