"""POST /users/me/avatar/upload-url and confirm, DELETE /users/me/avatar."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import httpx
import pytest

from api.caller import Caller
from api.enums import UserRole
from api.errors import UnauthorizedError
from api.users.avatars import confirm_avatar, forget_uploads
from tests.api.people import Json, Person, Service, expect, refused

PICTURES: Final = {
    "image/png": b"\x89PNG\r\n\x1a\n" + b"x" * 50,
    "image/jpeg": b"\xff\xd8\xff\xe0" + b"x" * 50,
    "image/webp": b"RIFF\x32\0\0\0WEBPVP8 " + b"x" * 50,
}
LIMIT = 5 << 20
UNKNOWN: Final = "00000000-0000-4000-8000-000000000000"


async def allow(person: Person, body: Json | None = None) -> Json:
    return dict(expect(await person.post("/users/me/avatar/upload-url", body), 201))


async def send(person: Person, upload: Json, content: bytes) -> httpx.Response:
    return await person.client.request(
        upload["method"], upload["uploadUrl"], content=content, headers=upload["headers"]
    )


async def confirm(person: Person) -> httpx.Response:
    return await person.post("/users/me/avatar/confirm")


async def picture(person: Person, content_type: str = "image/png") -> str:
    """Give somebody a picture; its address."""
    upload = await allow(person, {"contentType": content_type})
    expect(await send(person, upload, PICTURES[content_type]), 204)
    return str(expect(await confirm(person))["avatarUrl"])


async def test_a_picture_is_shown_once_it_is_confirmed(service: Service, ann: Person, bob: Person) -> None:
    upload = await allow(ann)
    assert set(upload) == {"uploadUrl", "key", "method", "headers", "expiresAt"}
    assert (upload["method"], upload["headers"]) == ("PUT", {"Content-Type": "image/webp"})
    expect(await send(ann, upload, PICTURES["image/webp"]), 204)
    assert expect(await ann.get("/users/me"))["avatarUrl"] is None
    url = expect(await confirm(ann))["avatarUrl"]
    assert expect(await ann.get("/users/me"))["avatarUrl"] == url
    assert expect(await bob.get(f"/users/{ann.id}"))["avatarUrl"] == url
    service.clock.forward(days=365)
    answer = await service.client.get(url)
    assert (answer.status_code, answer.content) == (200, PICTURES["image/webp"])
    assert answer.headers["Content-Type"] == "image/webp"


async def test_all_kinds_of_pictures(service: Service, ann: Person) -> None:
    for content_type, content in PICTURES.items():
        url = await picture(ann, content_type)
        answer = await service.client.get(url)
        assert (answer.content, answer.headers["Content-Type"]) == (content, content_type)


async def test_a_new_picture_takes_the_place_of_the_old_one(service: Service, ann: Person) -> None:
    old = await picture(ann)
    new = await picture(ann)
    assert old != new
    refused(await service.client.get(old), 404, "NOT_FOUND")
    expect_status = (await service.client.get(new)).status_code
    assert expect_status == 200


async def test_nothing_was_uploaded(ann: Person) -> None:
    refused(await confirm(ann), 404, "NOT_FOUND")
    await allow(ann)
    refused(await confirm(ann), 404, "NOT_FOUND")
    await picture(ann)
    refused(await confirm(ann), 404, "NOT_FOUND")


async def test_what_is_no_picture_is_removed(service: Service, ann: Person) -> None:
    before = await picture(ann)
    contents = [b"<svg onload='alert(1)'/>", b"", b"GIF89a" + b"x" * 50, PICTURES["image/jpeg"]]
    upload = await allow(ann, {"contentType": "image/png"})
    for content in contents:
        expect(await send(ann, upload, content), 204)
        refused(await confirm(ann), 400, "VALIDATION_FAILED")
        refused(await confirm(ann), 404, "NOT_FOUND")
    assert expect(await ann.get("/users/me"))["avatarUrl"] == before
    kept = service.services.settings.objects / "data" / "avatars"
    assert len([path for path in kept.rglob("*") if path.is_file()]) == 1


async def test_more_than_5_mib_are_not_taken(ann: Person) -> None:
    upload = await allow(ann, {"contentType": "image/png"})
    refused(await send(ann, upload, b"\x89PNG\r\n\x1a\n" + b"x" * LIMIT), 413, "PAYLOAD_TOO_LARGE")
    expect(await send(ann, upload, b"\x89PNG\r\n\x1a\n" + b"x" * (LIMIT - 8)), 204)
    expect(await confirm(ann))


async def test_what_was_confirmed_cannot_be_replaced_by_its_link(service: Service, ann: Person) -> None:
    upload = await allow(ann, {"contentType": "image/png"})
    expect(await send(ann, upload, PICTURES["image/png"]), 204)
    url = expect(await confirm(ann))["avatarUrl"]
    expect(await send(ann, upload, PICTURES["image/png"] + b"another"), 204)
    assert (await service.client.get(url)).content == PICTURES["image/png"]


async def test_the_link_lives_10_minutes(service: Service, ann: Person) -> None:
    upload = await allow(ann)
    service.clock.forward(minutes=10)
    refused(await send(ann, upload, PICTURES["image/webp"]), 403, "FORBIDDEN")


async def test_a_size_that_was_announced_is_kept_to(ann: Person) -> None:
    content = PICTURES["image/png"]
    upload = await allow(ann, {"contentType": "image/png", "contentLength": len(content)})
    refused(await send(ann, upload, content + b"x"), 413, "PAYLOAD_TOO_LARGE")
    expect(await send(ann, upload, content), 204)


async def test_fields_that_break_their_rules_are_named(service: Service, ann: Person) -> None:
    wrongs: list[dict[str, Any]] = [
        {"contentType": "image/svg+xml"},
        {"contentType": "image/gif"},
        {"contentType": None},
        {"contentLength": 0},
        {"contentLength": LIMIT + 1},
        {"contentLength": 10**30},
        {"contentLength": "5"},
        {"contentLength": None},
        {"key": "avatars/other"},
    ]
    for wrong in wrongs:
        answer = refused(await ann.post("/users/me/avatar/upload-url", wrong), 400, "VALIDATION_FAILED")
        assert list(answer["details"]) == list(wrong)
    refused(await service.nobody.post("/users/me/avatar/upload-url"), 401, "UNAUTHORIZED")


async def test_a_picture_can_be_removed_more_than_once(service: Service, ann: Person) -> None:
    url = await picture(ann)
    expect(await ann.delete("/users/me/avatar"), 204)
    expect(await ann.delete("/users/me/avatar"), 204)
    assert expect(await ann.get("/users/me"))["avatarUrl"] is None
    refused(await service.client.get(url), 404, "NOT_FOUND")


async def test_a_deleted_account_leaves_no_picture(service: Service, ann: Person) -> None:
    url = await picture(ann)
    expect(await ann.delete("/users/me"), 204)
    refused(await service.client.get(url), 404, "NOT_FOUND")


async def test_a_picture_that_comes_too_late_for_its_account_is_not_left_behind(service: Service, ann: Person) -> None:
    caller = Caller(ann.id, "ann", UserRole.USER, UNKNOWN, None)  # who was signed in a moment ago
    upload = await allow(ann)
    expect(await ann.delete("/users/me"), 204)
    expect(await send(ann, upload, PICTURES["image/webp"]), 204)
    with pytest.raises(UnauthorizedError):
        await confirm_avatar(service.services, caller)
    assert [path for path in (service.services.settings.objects / "data").rglob("*") if path.is_file()] == []


async def test_of_confirmations_at_once_one_counts(service: Service, ann: Person) -> None:
    upload = await allow(ann, {"contentType": "image/png"})
    expect(await send(ann, upload, PICTURES["image/png"]), 204)
    answers = await asyncio.gather(*(confirm(ann) for _ in range(3)))
    assert {answer.status_code for answer in answers} <= {200, 404}
    url = expect(await ann.get("/users/me"))["avatarUrl"]
    assert (await service.client.get(url)).content == PICTURES["image/png"]


async def test_links_can_be_asked_for_at_once(ann: Person) -> None:
    uploads = await asyncio.gather(*(allow(ann) for _ in range(4)))
    assert len({upload["key"] for upload in uploads}) == 1


async def test_what_nobody_confirms_is_removed(service: Service, ann: Person) -> None:
    upload = await allow(ann, {"contentType": "image/png"})
    expect(await send(ann, upload, PICTURES["image/png"]), 204)
    await forget_uploads(service.services)
    assert await service.services.objects.head(upload["key"]) is not None
    service.clock.forward(minutes=21)
    await forget_uploads(service.services)
    assert await service.services.objects.head(upload["key"]) is None
