"""Files for chat and whiteboard."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from api.rooms.requests import ChatMediaType
from tests.api.people import Json, Person, Service, expect, refused
from tests.api.rooms.parties import advance, look, open_room, pair

MIB = 1 << 20


def local(url: str) -> str:
    """The path of a link of ours."""
    return urlsplit(url).path


async def test_a_file_goes_into_the_chat_and_comes_out_again(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob)
    body = {"fileName": "../Übung.png", "contentType": "image/png", "sizeBytes": 5}
    upload = expect(await bob.post(f"/rooms/{room['roomId']}/chat/media/upload-url", body), 201)
    assert set(upload) == {"key", "uploadUrl", "downloadUrl", "fileName", "contentType", "sizeBytes"}
    assert {key: upload[key] for key in body} == body
    assert upload["key"].startswith(f"chat/{room['roomId']}/")
    assert upload["key"].endswith(".png")
    headers = {"Content-Type": "image/png"}
    sent = await service.client.put(local(upload["uploadUrl"]), content=b"12345", headers=headers)
    assert sent.is_success, sent.text
    service.clock.forward(hours=23, minutes=59)
    got = await service.client.get(local(upload["downloadUrl"]))
    assert (got.status_code, got.content, got.headers["Content-Type"]) == (200, b"12345", "image/png")
    service.clock.forward(minutes=2)
    assert (await service.client.get(local(upload["downloadUrl"]))).status_code in {403, 404}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_chats_take_small_files_of_known_kinds(ann: Person) -> None:
    room = await open_room(ann)
    path = f"/rooms/{room['roomId']}/chat/media/upload-url"
    good: Json = {"fileName": "a", "contentType": "text/plain", "sizeBytes": 10 * MIB}
    for kind in ChatMediaType:
        expect(await ann.post(path, {**good, "contentType": kind.value}), 201)
    wrong: list[Json] = [
        {"fileName": ""},
        {"fileName": "x" * 256},
        {"fileName": "a\0"},
        {"contentType": "image/svg+xml"},
        {"contentType": "text/html"},
        {"contentType": None},
        {"sizeBytes": 10 * MIB + 1},
        {"sizeBytes": 0},
        {"sizeBytes": 1.5},
        {"sizeBytes": "5"},
        {"key": "mine"},
    ]
    for change in wrong:
        refused(await ann.post(path, {**good, **change}), 400, "VALIDATION_FAILED")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_boards_take_pictures_and_films_up_to_their_sizes(service: Service, ann: Person) -> None:
    room = await open_room(ann)
    path = f"/rooms/{room['roomId']}/whiteboard/assets/upload-url"

    async def ask(kind: str, size: Any) -> Any:
        return await ann.post(path, {"filename": "a", "contentType": kind, "contentLength": size})

    for kinds, most in (("png jpeg webp gif svg+xml", 25 * MIB), ("mp4 webm", 100 * MIB)):
        for kind in kinds.split():
            media = ("image/" if most == 25 * MIB else "video/") + kind
            assert set(expect(await ask(media, most), 201)) == {"uploadUrl", "downloadUrl", "key"}
            body = refused(await ask(media, most + 1), 413, "WHITEBOARD_ASSET_TOO_LARGE")
            assert body["details"] == {"mostBytes": most}
    for kind, size in (("application/pdf", 1), ("image/png", 0), ("image/png", None), ("image/png", -5)):
        refused(await ask(kind, size), 400, "VALIDATION_FAILED")
    upload = expect(await ask("image/gif", 3), 201)
    headers = {"Content-Type": "image/gif"}
    assert (await service.client.put(local(upload["uploadUrl"]), content=b"GIF", headers=headers)).is_success
    service.clock.forward(days=6, hours=23)
    assert (await service.client.get(local(upload["downloadUrl"]))).content == b"GIF"


async def test_a_board_is_kept_with_its_session(ann: Person, bob: Person) -> None:
    room = await pair(ann, bob)
    path = f"/rooms/{room['roomId']}/whiteboard/export"
    body: Json = {"contentType": "application/json", "contentLength": 2}
    refused(await ann.post(path, body), 409, "ROOM_INVALID_TRANSITION")
    await advance(ann, room, "warmup")
    session = (await look(ann, room))["sessionId"]
    upload = expect(await bob.post(path, body), 201)
    assert set(upload) == {"uploadUrl", "key", "expiresAt"}
    assert upload["key"].startswith(f"whiteboards/{session}/")
    for change in ({"contentType": "image/jpeg"}, {"contentLength": 25 * MIB + 1}, {"contentLength": 0}, {"x": 1}):
        refused(await bob.post(path, {**body, **change}), 400, "VALIDATION_FAILED")


async def test_a_room_that_is_destroyed_takes_its_files_along(service: Service, ann: Person, bob: Person) -> None:
    room, other = await pair(ann, bob, phase="warmup"), await open_room(ann)
    downloads = []
    for place in (room, other):
        body: Json = {"filename": "a", "contentType": "image/gif", "contentLength": 3}
        path = f"/rooms/{place['roomId']}/whiteboard/assets/upload-url"
        upload = expect(await ann.post(path, body), 201)
        sent = await service.client.put(
            local(upload["uploadUrl"]), content=b"GIF", headers={"Content-Type": "image/gif"}
        )
        assert sent.is_success, sent.text
        downloads.append(local(upload["downloadUrl"]))
    expect(await ann.delete(f"/rooms/{room['roomId']}"))
    assert [(await service.client.get(download)).status_code for download in downloads] == [404, 200]
