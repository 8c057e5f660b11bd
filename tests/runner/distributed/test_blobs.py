"""Large data of tests between hosts."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from judge import Data
from runner.distributed.blobs import BlobCache, BlobStore, ObjectBlobs, RedisBlobs, deposit, open_blobs
from runner.distributed.connection import connect
from runner.errors import DepotError, SettingsError
from tests.redis_server import RedisServer

CONTENT = b"1 2 3\n" * 1000
NAME = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[redis.Redis]:
    with connect(redis_server.url) as opened:
        yield opened


@pytest.fixture(params=["redis", "objects"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path, client: redis.Redis) -> BlobStore:
    """Of either kind."""
    (tmp_path / "store").mkdir()
    return open_blobs(None if request.param == "redis" else f"file://{tmp_path}/store", client)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def cache(blobs: BlobStore, home: Path) -> Iterator[BlobCache]:
    opened = BlobCache(blobs, home, limit_bytes=20_000)
    yield opened
    opened.close()


class Counting:
    """A store that counts, and may be made to give something else."""

    def __init__(self, blobs: BlobStore) -> None:
        self.blobs = blobs
        self.puts = self.gets = 0
        self.instead: bytes | None = None

    def put(self, name: str, content: bytes) -> None:
        self.puts += 1
        self.blobs.put(name, content)

    def holds(self, name: str) -> bool:
        return self.blobs.holds(name)

    def get(self, name: str) -> bytes | None:
        self.gets += 1
        return self.blobs.get(name) if self.instead is None else self.instead


def kept(home: Path) -> set[str]:
    return {path.name for path in (home / "cache" / "blobs").iterdir()}


def file_of(path: Path, content: bytes = CONTENT) -> Data:
    path.write_bytes(content)
    return Data(path)


def test_what_is_put_is_there(blobs: BlobStore) -> None:
    assert not blobs.holds(NAME)
    assert blobs.get(NAME) is None
    blobs.put(NAME, CONTENT)
    assert blobs.holds(NAME)
    assert blobs.get(NAME) == CONTENT


def test_data_in_files_are_put_once_by_what_is_in_them(blobs: BlobStore, tmp_path: Path) -> None:
    counting = Counting(blobs)
    assert deposit(counting, Data(b"small")) is None
    assert {deposit(counting, file_of(tmp_path / name)) for name in "ab"} == {NAME}
    assert counting.puts == 1


def test_in_redis_they_stay_for_days_after_they_were_last_wanted(client: redis.Redis) -> None:
    blobs = RedisBlobs(client)
    blobs.put(NAME, CONTENT)
    client.expire(f"{{syncode}}:blob:{NAME}", 10)
    assert blobs.holds(NAME)
    left: Any = client.ttl(f"{{syncode}}:blob:{NAME}")
    assert left > 6 * 24 * 3600


def test_a_host_fetches_them_once_and_keeps_them(blobs: BlobStore, home: Path) -> None:
    counting = Counting(blobs)
    counting.put(NAME, CONTENT)
    cache = BlobCache(counting, home, limit_bytes=20_000)
    for _ in range(2):
        with cache.job() as fetch:
            data = fetch(NAME)
            assert fetch(NAME).read() == data.read() == CONTENT
    cache.close()
    assert counting.gets == 1
    assert kept(home) == {NAME}
    again = BlobCache(counting, home, limit_bytes=20_000)
    with again.job() as fetch:
        fetch(NAME)
    again.close()
    assert counting.gets == 1
    assert list((home / "jobs").iterdir()) == []


def test_room_is_made_for_new_ones_but_never_under_a_job(blobs: BlobStore, cache: BlobCache, home: Path) -> None:
    contents = {hashlib.sha256(content).hexdigest(): content for content in (bytes([65 + n]) * 8_000 for n in range(5))}
    for name, content in contents.items():
        blobs.put(name, content)
    with cache.job() as fetch:
        data = {name: fetch(name) for name in contents}
        assert {name: each.read() for name, each in data.items()} == contents
        assert len(kept(home)) == 2
    assert list(contents)[-1] in kept(home)


def test_what_was_wanted_last_stays(blobs: BlobStore, cache: BlobCache, home: Path) -> None:
    names = []
    for letter in b"ABC":
        content = bytes([letter]) * 8_000
        names.append(hashlib.sha256(content).hexdigest())
        blobs.put(names[-1], content)
    with cache.job() as fetch:
        fetch(names[0])
        fetch(names[1])
    for age, name in enumerate(reversed(names[:2])):
        os.utime(home / "cache" / "blobs" / name, (1000 - age, 1000 - age))
    with cache.job() as fetch:
        fetch(names[0])
        fetch(names[2])
    assert kept(home) == {names[0], names[2]}


def test_one_that_is_larger_than_all_the_room_is_kept_nevertheless_while_it_is_needed(
    blobs: BlobStore, home: Path
) -> None:
    blobs.put(NAME, CONTENT)
    cache = BlobCache(blobs, home, limit_bytes=0)
    with cache.job() as fetch:
        assert fetch(NAME).read() == CONTENT
    cache.close()


def test_missing_ones_are_told(cache: BlobCache) -> None:
    with cache.job() as fetch, pytest.raises(DepotError, match="are gone"):
        fetch(NAME)


def test_what_is_not_what_it_should_be_is_refused_and_not_kept(blobs: BlobStore, home: Path) -> None:
    counting = Counting(blobs)
    counting.instead = CONTENT + b"!"
    cache = BlobCache(counting, home, limit_bytes=20_000)
    with cache.job() as fetch, pytest.raises(DepotError, match="not what they should be"):
        fetch(NAME)
    assert kept(home) == set()
    counting.instead = CONTENT
    with cache.job() as fetch:
        assert fetch(NAME).read() == CONTENT
    cache.close()


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", NAME.upper(), NAME + "\n", NAME[:-1], "/" + NAME[1:]])
def test_names_that_are_none_lead_nowhere(cache: BlobCache, name: str) -> None:
    with cache.job() as fetch, pytest.raises(DepotError, match="is no name of data"):
        fetch(name)


def test_a_store_that_cannot_be_reached_is_told(redis_server: RedisServer, client: redis.Redis, tmp_path: Path) -> None:
    redis_server.kill()
    blobs = RedisBlobs(client)
    with pytest.raises(DepotError, match="cannot be reached"):
        blobs.get(NAME)
    with pytest.raises(DepotError, match="cannot be reached"):
        deposit(blobs, file_of(tmp_path / "file"))


@pytest.mark.parametrize("address", ["nonsense", "gopher://somewhere", "s3://"])
def test_an_address_that_is_none_is_refused(client: redis.Redis, address: str) -> None:
    with pytest.raises(SettingsError, match="SYNCODE_BLOBS_URL"):
        open_blobs(address, client)


def test_files_of_a_store_that_are_in_the_way_are_told(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("no directory")
    with pytest.raises(DepotError, match="cannot be reached"):
        ObjectBlobs(f"file://{tmp_path}").put(NAME, CONTENT)
