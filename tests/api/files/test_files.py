"""Files in our own directory: sent and read by links that we signed."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from typing import Final

import httpx
import jwt
import pytest

from api.objects import ObjectStore, StoredObject, Upload
from tests.api.people import Service, expect, refused

PNG: Final = b"\x89PNG\r\n\x1a\n" + b"x" * 100
LIFETIME_S: Final = 600


@pytest.fixture
def objects(service: Service) -> ObjectStore:
    return service.services.objects


async def allow(
    objects: ObjectStore,
    key: str = "chat/a.png",
    *,
    content_type: str = "image/png",
    content_length: int | None = None,
    most_bytes: int = 1000,
) -> Upload:
    return await objects.upload_url(
        key, content_type=content_type, content_length=content_length, most_bytes=most_bytes, lifetime_s=LIFETIME_S
    )


async def send(service: Service, upload: Upload, content: bytes | AsyncIterator[bytes]) -> httpx.Response:
    return await service.client.request(upload.method, upload.url, content=content, headers=upload.headers)


def left_behind(objects: ObjectStore) -> list[str]:
    assert objects._root is not None
    return [path.name for path in objects._root.parent.rglob("*") if path.is_file()]


async def test_a_file_comes_back_as_it_was_sent(service: Service, objects: ObjectStore) -> None:
    upload = await allow(objects)
    assert (upload.method, upload.headers) == ("PUT", {"Content-Type": "image/png"})
    assert (upload.expires_at - service.clock.now()).total_seconds() == LIFETIME_S
    assert await objects.head("chat/a.png") is None
    expect(await send(service, upload, PNG), 204)
    assert await objects.head("chat/a.png") == StoredObject(len(PNG), "image/png")
    answer = await service.client.get(await objects.download_url("chat/a.png", lifetime_s=60))
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"] == "inline"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_parts_of_a_file_can_be_asked_for(service: Service, objects: ObjectStore) -> None:
    expect(await send(service, await allow(objects), PNG), 204)
    url = await objects.download_url("chat/a.png", lifetime_s=60)
    answer = await service.client.get(url, headers={"Range": "bytes=1-3"})
    assert (answer.status_code, answer.content) == (206, b"PNG")


async def test_what_could_run_is_saved_and_never_shown(service: Service, objects: ObjectStore) -> None:
    for content_type, shown_as in [
        ("image/svg+xml", "image/svg+xml"),
        ("text/html", "application/octet-stream"),
        ("application/xhtml+xml", "application/octet-stream"),
        ("text/xml", "application/octet-stream"),
        ("text/javascript", "application/octet-stream"),
        ("application/pdf", "application/pdf"),
        ("text/plain", "text/plain; charset=utf-8"),
    ]:
        expect(
            await send(service, await allow(objects, "board/x", content_type=content_type), b"<script>1</script>"), 204
        )
        answer = await service.client.get(await objects.download_url("board/x", lifetime_s=60))
        assert answer.headers["Content-Type"] == shown_as
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_only_the_type_that_was_allowed_is_taken(service: Service, objects: ObjectStore) -> None:
    upload = await allow(objects)
    for headers in ({"Content-Type": "text/html"}, {"Content-Type": "image/png, text/html"}, {}):
        answer = await service.client.put(upload.url, content=PNG, headers=headers)
        refused(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert await objects.head("chat/a.png") is None


async def test_too_much_is_refused_and_nothing_of_it_is_kept(service: Service, objects: ObjectStore) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(10_000):
            read += 1000
            yield b"x" * 1000

    upload = await allow(objects, most_bytes=10_000)
    refused(await send(service, upload, b"x" * 10_001), 413, "PAYLOAD_TOO_LARGE")
    refused(await send(service, upload, endless()), 413, "PAYLOAD_TOO_LARGE")
    assert read < 10_000_000
    assert await objects.head("chat/a.png") is None
    assert left_behind(objects) == []
    expect(await send(service, upload, b"x" * 10_000), 204)


async def test_a_size_that_was_announced_is_kept_to(service: Service, objects: ObjectStore) -> None:
    upload = await allow(objects, content_length=len(PNG))
    refused(await send(service, upload, PNG + b"x"), 413, "PAYLOAD_TOO_LARGE")
    refused(await send(service, upload, PNG[:-1]), 400, "VALIDATION_FAILED")
    assert left_behind(objects) == []
    expect(await send(service, upload, PNG), 204)


async def test_a_sender_who_goes_away_leaves_nothing(objects: ObjectStore) -> None:
    grant = objects.grants.read_upload((await allow(objects, most_bytes=1 << 25)).url.rpartition("/")[2])

    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * (6 << 20)
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        await objects.receive(grant, broken())
    assert await objects.head("chat/a.png") is None
    assert left_behind(objects) == []


async def test_a_sender_who_fails_takes_nothing_from_another(service: Service, objects: ObjectStore) -> None:
    upload = await allow(objects)
    expect(await send(service, upload, PNG), 204)
    refused(await send(service, upload, b"x" * 1001), 413, "PAYLOAD_TOO_LARGE")
    assert await objects.head("chat/a.png") == StoredObject(len(PNG), "image/png")


def test_what_a_killed_process_was_receiving_is_removed(objects: ObjectStore, service: Service) -> None:
    assert objects._root is not None
    for name, age_s in (("a.png#1", 90_000), ("b.png#1", 60), ("a.png", 90_000)):
        path = objects._root / "chat" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(PNG)
        os.utime(path, (time.time() - age_s, time.time() - age_s))
    services = service.services
    ObjectStore.open(services.settings, services.secrets, services.clock, base_url="http://service/api/v1")
    assert sorted(left_behind(objects)) == ["a.png", "b.png#1"]


async def test_two_senders_of_one_file_never_mix(service: Service, objects: ObjectStore) -> None:
    upload = await allow(objects, most_bytes=1 << 22)
    contents = [bytes([letter]) * (1 << 21) for letter in b"abcd"]
    answers = await asyncio.gather(*(send(service, upload, content) for content in contents))
    assert [answer.status_code for answer in answers] == [204] * 4
    answer = await service.client.get(await objects.download_url("chat/a.png", lifetime_s=60))
    assert answer.content in contents


async def test_links_end(service: Service, objects: ObjectStore) -> None:
    upload = await allow(objects)
    service.clock.forward(seconds=LIFETIME_S - 1)
    expect(await send(service, upload, PNG), 204)
    download = await objects.download_url("chat/a.png", lifetime_s=60)
    lasting = objects.lasting_url("chat/a.png")
    service.clock.forward(seconds=61)
    refused(await send(service, upload, PNG), 403, "FORBIDDEN")
    refused(await service.client.get(download), 403, "FORBIDDEN")
    service.clock.forward(days=3650)
    answer = await service.client.get(lasting)
    assert (answer.status_code, answer.content) == (200, PNG)
    assert "immutable" in answer.headers["Cache-Control"]
    assert objects.lasting_url("chat/a.png") == lasting


async def test_links_do_only_what_they_are_for(service: Service, objects: ObjectStore) -> None:
    upload = await allow(objects)
    expect(await send(service, upload, PNG), 204)
    download = await objects.download_url("chat/a.png", lifetime_s=60)
    as_download = upload.url.replace("/uploads/", "/files/")
    as_upload = download.replace("/files/", "/uploads/")
    refused(await service.client.get(as_download), 403, "FORBIDDEN")
    refused(await service.client.put(as_upload, content=PNG, headers=upload.headers), 403, "FORBIDDEN")
    refused(await service.client.get(download[:-2]), 403, "FORBIDDEN")
    refused(await service.client.get(download.rpartition("/")[0] + "/nonsense"), 403, "FORBIDDEN")


async def test_links_of_another_secret_are_worth_nothing(service: Service) -> None:
    for secret, algorithm in (("x" * 32, "HS256"), (None, "none")):
        forged = jwt.encode({"use": "get", "key": "secrets.json"}, secret or "", algorithm)
        refused(await service.nobody.get(f"/files/{forged}"), 403, "FORBIDDEN")
    access = service.services.tokens.access("u", "s")
    refused(await service.nobody.get(f"/files/{access}"), 403, "FORBIDDEN")


async def test_a_key_never_leads_out_of_the_directory(objects: ObjectStore) -> None:
    for key in (
        *("", "/a", "a/", "a//b", "..", "../a", "a/../b", "a/..", ".", "a/./b"),
        *("a\0b", "a b", "a\n", "%2e", "ä", "a#1", "a\\b", "x" * 256),
    ):
        with pytest.raises(ValueError, match="no key"):
            await allow(objects, key)
        with pytest.raises(ValueError, match="no key"):
            await objects.download_url(key, lifetime_s=60)
        with pytest.raises(ValueError, match="no key"):
            await objects.delete(key)


async def test_what_is_removed_is_gone(service: Service, objects: ObjectStore) -> None:
    expect(await send(service, await allow(objects), PNG), 204)
    url = await objects.download_url("chat/a.png", lifetime_s=60)
    await objects.delete("chat/a.png")
    await objects.delete("chat/a.png")
    assert await objects.head("chat/a.png") is None
    refused(await service.client.get(url), 404, "NOT_FOUND")
    assert await objects.start("chat/a.png", 8) == b""


async def test_a_file_can_be_given_another_key(service: Service, objects: ObjectStore) -> None:
    expect(await send(service, await allow(objects), PNG), 204)
    assert await objects.move("chat/a.png", "chat/b.png")
    assert await objects.head("chat/a.png") is None
    assert await objects.head("chat/b.png") == StoredObject(len(PNG), "image/png")
    assert await objects.start("chat/b.png", 4) == PNG[:4]
    assert not await objects.move("chat/a.png", "chat/c.png")
    assert await objects.head("chat/c.png") is None


def test_nobody_else_on_the_machine_reads_them(objects: ObjectStore) -> None:
    assert objects._root is not None
    assert objects._root.parent.stat().st_mode & 0o077 == 0
