"""What is broken on one host is left to the others; a queue that is away is said to be."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import redis

from languages import Language
from runner.distributed.queue import PREFIX
from sandboxes.images import ImageStore
from tests.distributed.cluster import HERE, Cluster, running_cluster

Json = dict[str, Any]

SOON_S: Final = 60.0


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
        slots=1,
        first_images=broken_images,
        SYNCODE_EXECUTING_JOBS="100",
        SYNCODE_ENQUEUE_SECONDS="2",
    ) as made:
        yield made


def run(client: httpx.Client, language: str, code: str) -> Json:
    job = client.post("/execution/run", json={"language": language, "code": code}).raise_for_status().json()["jobId"]
    return dict(client.get(f"/execution/{job}", params={"waitMs": 30_000}).raise_for_status().json())


def until(found: Callable[[], Any]) -> Any:
    ends = time.monotonic() + SOON_S
    while not (it := found()):
        assert time.monotonic() < ends
        time.sleep(0.1)
    return it


def languages_of(client: redis.Redis) -> dict[str, set[str]]:
    """What each worker says that it can run, by its number."""
    found: Any = {key: client.hget(key, "languages") for key in client.keys(f"{PREFIX}worker:*")}
    return {key.decode().split("-")[-2]: set(languages.decode().split(",")) for key, languages in found.items()}


@pytest.mark.timeout(240)
def test_a_broken_host_is_left_to_the_others_and_a_dead_queue_is_said_to_be_dead(cluster: Cluster) -> None:
    broken = str(cluster.workers[0].pid)
    with cluster.admin() as admin, redis.Redis.from_url(cluster.redis_url) as client:
        # Every program is run, wherever its ticket goes first, until the circuit there is open.
        for number in range(40):
            result = run(admin, "python", f"print({number})")
            assert (result["verdict"], result["stdout"]) == ("accepted", f"{number}\n"), result
            if "python" not in languages_of(client)[broken]:
                break
        until(lambda: "python" not in languages_of(client)[broken])
        assert "c" in languages_of(client)[broken]
        assert run(admin, "c", '#include <stdio.h>\nint main(void) { puts("c"); }\n')["stdout"] == "c\n"
        assert "the circuit of python's image is open" in cluster.workers[0].log

        # Without a queue nothing is accepted, nothing is used up, and what can be read is read.
        used = admin.get("/users/me/quotas").json()["execution"]["used"]
        cluster.redis.kill()
        answers = [admin.post("/execution/run", json={"language": "python", "code": "print(1)"}) for _ in range(7)]
        assert {answer.status_code for answer in answers} == {503}
        said = answers[-1].json()
        assert (said["code"], said["details"]["circuit"]) == ("EXECUTION_SERVICE_UNAVAILABLE", "queue")
        assert 1 < int(answers[-1].headers["Retry-After"]) <= 20
        assert admin.get("/users/me/quotas").json()["execution"]["used"] == used
        assert cluster.rows("SELECT id FROM outbox") == []
        assert admin.get("/health").json()["services"]["queue"] == "fail"

        # It comes back, and after a while the circuit closes.
        cluster.redis.start()
        time.sleep(float(answers[-1].headers["Retry-After"]))
        assert run(admin, "python", "print('again')")["stdout"] == "again\n"

        # Without a worker nothing can be executed; what is accepted waits for one.
        assert admin.get("/health").json()["services"]["execution"] == "ok"
        assert [worker.end() for worker in cluster.workers] == [0, 0]
        until(lambda: admin.get("/health").json()["services"]["execution"] == "fail")
        waiting = admin.post("/execution/run", json={"language": "python", "code": "print('late')"}).json()["jobId"]
        cluster.workers[1].start()
        late = admin.get(f"/execution/{waiting}", params={"waitMs": 30_000}).json()
        assert late["stdout"] == "late\n"
