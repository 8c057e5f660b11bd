"""Files in a store of its own: one that speaks as much of S3 as we need, on loopback."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest
import pytest_asyncio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.clock import SystemClock
from api.errors import UnavailableError
from api.keys import load_secrets
from api.objects import ObjectStore, StoredObject
from api.settings import ServiceSettings
from runner import SettingsError
from tests.api.people import Service, expect

PNG: Final = b"\x89PNG\r\n\x1a\n" + b"x" * 100


class Bucket:
    """Objects by path, with their types. ``broken``: it answers nothing but errors."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, str]] = {}
        self.broken = False
        self.port = 0

    async def answer(self, request: Request) -> Response:
        if self.broken:
            return Response(status_code=400)
        path = unquote(request.url.path)
        if request.method == "POST":  # several at once
            keys = re.findall(r"<Key>(.*?)</Key>", (await request.body()).decode())
            for key in keys:
                self.objects.pop(f"{path.rstrip('/')}/{key}", None)
            gone = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
            return Response(f"<DeleteResult>{gone}</DeleteResult>", media_type="application/xml")
        if request.method == "PUT":
            return await self._keep(request, path)
        if path not in self.objects:
            return _no_such_key()
        content, kind = self.objects[path]
        when = {"Last-Modified": "Tue, 03 Mar 2026 12:00:00 GMT", "ETag": '"1"'}
        return Response(content, media_type=kind, headers=when)

    async def _keep(self, request: Request, path: str) -> Response:
        source = request.headers.get("x-amz-copy-source")
        if source is None:
            self.objects[path] = await request.body(), request.headers["Content-Type"]
            return Response(headers={"ETag": '"1"'})
        found = self.objects.get(f"/{unquote(source).lstrip('/')}")
        if found is None:
            return _no_such_key()
        self.objects[path] = found
        return Response("<CopyObjectResult><ETag>1</ETag></CopyObjectResult>", media_type="application/xml")


def _no_such_key() -> Response:
    return Response("<Error><Code>NoSuchKey</Code></Error>", status_code=404, media_type="application/xml")


@pytest_asyncio.fixture
async def bucket() -> AsyncIterator[Bucket]:
    made = Bucket()
    methods = ["GET", "PUT", "POST", "DELETE"]
    app = Starlette(routes=[Route("/{path:path}", made.answer, methods=methods)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server's own flag, and nothing else
        await asyncio.sleep(0.01)
    made.port = server.servers[0].sockets[0].getsockname()[1]
    yield made
    server.should_exit = True
    await serving


@pytest.fixture
def environment(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{bucket.port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def changes(environment: None) -> Mapping[str, Any]:  # noqa: ARG001 - is to be set by then
    return {"storage_url": "s3://bucket/files"}


async def send(objects: ObjectStore, key: str) -> None:
    upload = await objects.upload_url(
        key, content_type="image/png", content_length=None, most_bytes=1000, lifetime_s=600
    )
    async with httpx.AsyncClient() as client:
        answer = await client.request(upload.method, upload.url, content=PNG, headers=upload.headers)
    assert answer.status_code == 200, answer.text


async def test_links_lead_to_the_store_itself(service: Service, bucket: Bucket) -> None:
    objects = service.services.objects
    assert not objects.local
    assert await objects.head("chat/a.png") is None
    await send(objects, "chat/a.png")
    assert list(bucket.objects) == ["/bucket/files/chat/a.png"]
    assert await objects.head("chat/a.png") == StoredObject(len(PNG), "image/png")
    url = await objects.download_url("chat/a.png", lifetime_s=900)
    assert urlsplit(url).port == bucket.port
    assert parse_qs(urlsplit(url).query)["X-Amz-Expires"] == ["900"]
    async with httpx.AsyncClient() as client:
        assert (await client.get(url)).content == PNG


async def test_a_lasting_link_leads_there_by_way_of_us(service: Service, bucket: Bucket) -> None:
    objects = service.services.objects
    await send(objects, "avatars/a")
    answer = await service.client.get(objects.lasting_url("avatars/a"))
    assert answer.status_code == 307
    assert urlsplit(answer.headers["Location"]).port == bucket.port
    async with httpx.AsyncClient() as client:
        assert (await client.get(answer.headers["Location"])).content == PNG


async def test_objects_are_moved_looked_at_and_removed(service: Service, bucket: Bucket) -> None:
    objects = service.services.objects
    await send(objects, "a")
    assert await objects.move("a", "b")
    assert list(bucket.objects) == ["/bucket/files/b"]
    assert await objects.head("b") == StoredObject(len(PNG), "image/png")
    assert await objects.start("b", 8) == PNG[:8]
    assert await objects.start("a", 8) == b""
    assert not await objects.move("a", "c")
    await objects.delete("b")
    await objects.delete("b")
    assert bucket.objects == {}


async def test_an_avatar_is_confirmed_and_removed(service: Service, bucket: Bucket) -> None:
    ann = await service.person("ann")
    upload = expect(await ann.post("/users/me/avatar/upload-url", {"contentType": "image/png"}), 201)
    async with httpx.AsyncClient() as client:
        await client.put(upload["uploadUrl"], content=PNG, headers=upload["headers"])
        url = expect(await ann.post("/users/me/avatar/confirm"))["avatarUrl"]
        assert (await client.get((await service.client.get(url)).headers["Location"])).content == PNG
        await client.put(upload["uploadUrl"], content=PNG, headers={"Content-Type": "image/jpeg"})
    assert (await ann.post("/users/me/avatar/confirm")).status_code == 400
    expect(await ann.delete("/users/me/avatar"), 204)
    assert bucket.objects == {}


async def test_a_store_that_fails_is_503_and_stops_nobody(service: Service, bucket: Bucket) -> None:
    ann = await service.person("ann")
    bucket.broken = True
    with pytest.raises(UnavailableError):
        await service.services.objects.head("a")
    expect(await ann.post("/users/me/avatar/upload-url"), 201)
    assert (await ann.post("/users/me/avatar/confirm")).status_code == 503
    expect(await ann.delete("/users/me/avatar"), 204)
    expect(await ann.delete("/users/me"), 204)


def test_a_store_without_links_is_refused(service_settings: ServiceSettings) -> None:
    for url in ("memory:///", "file:///tmp", "https://files.example"):
        settings = service_settings.model_copy(update={"storage_url": url})
        with pytest.raises(SettingsError, match="SYNCODE_STORAGE_URL"):
            ObjectStore.open(settings, load_secrets(settings), SystemClock(), base_url="http://service/api/v1")
