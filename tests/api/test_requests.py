"""What every operation does with what it is sent, before its own code."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from api.middleware import Envelope
from api.routing import BASE
from tests.api.people import Person, Service, expect, refused

JSON: Final = {"Content-Type": "application/json"}
# None of this depends on the database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
UNKNOWN: Final = "00000000-0000-4000-8000-000000000000"


NO_OBJECTS: Final = [
    (b"{", "is no JSON"),
    (b"", "is required"),
    (b" ", "is no JSON"),
    (b"{'bio': 1}", "is no JSON"),
    (b'{"bio": "a"} x', "is no JSON"),
    (b'\xef\xbb\xbf{"bio": "a"}', "is no JSON"),
    ('{"bio": "a"}'.encode("utf-16"), "is no UTF-8"),
    (b'{"bio": "\xff"}', "is no UTF-8"),
    (b'{"bio": "\xed\xa0\x80"}', "is no UTF-8"),
    (b'{"bio": "\\ud800"}', "surrogate"),
    (b'{"\\udc00": "a"}', "surrogate"),
    (b'{"bio": NaN}', "number"),
    (b'{"bio": -Infinity}', "number"),
    (b'{"bio": 1e999}', "number"),
    (b'{"bio": ' + b"9" * 5000 + b"}", "number"),
    (b"[" * 100_000, "nested"),
    (b'{"bio":' * 50_000 + b"1" + b"}" * 50_000, "nested"),
    (b"null", "should be a valid"),
    (b"[]", "should be a valid"),
    (b'"text"', "should be a valid"),
]


async def send(person: Person, content: bytes | AsyncIterator[bytes], **headers: str) -> httpx.Response:
    """A body as it is, to an operation that takes one."""
    return await person.request("PATCH", "/users/me", content=content, headers={**JSON, **headers})


class TestErrors:
    async def test_they_have_one_shape(self, service: Service) -> None:
        response = await service.nobody.get("/users/me")
        body = expect(response, 401)
        assert set(body) == {"statusCode", "code", "message", "timestamp"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["timestamp"])
        assert response.headers["Content-Type"] == "application/json"

    async def test_no_route_and_no_such_method(self, service: Service, ann: Person) -> None:
        for person in (service.nobody, ann):
            refused(await person.get("/nowhere"), 404, "NOT_FOUND")
            refused(await person.delete("/health"), 405, "METHOD_NOT_ALLOWED")
            response = await person.put("/auth/login", {})
            refused(response, 405, "METHOD_NOT_ALLOWED")
            assert response.headers["Allow"] == "POST"

    async def test_all_methods_of_a_path_are_named(self, ann: Person) -> None:
        response = await ann.put("/users/me", {})
        refused(response, 405, "METHOD_NOT_ALLOWED")
        assert response.headers["Allow"] == "DELETE, GET, PATCH"

    async def test_there_are_no_trailing_slashes(self, ann: Person) -> None:
        for path in ("/users/me/", "/problems/", "/health/"):
            refused(await ann.get(path), 404, "NOT_FOUND")

    async def test_literal_segments_win(self, ann: Person) -> None:
        assert isinstance(expect(await ann.get("/problems/tags"))["data"], list)
        assert expect(await ann.get("/users/me"))["id"] == ann.id

    async def test_literal_segments_win_whatever_the_method(self, admin: Person) -> None:
        for method, path, allowed in (
            ("DELETE", "/problems/tags", "GET"),
            ("PATCH", "/problems/import", "POST"),
            ("DELETE", "/rooms/public", "GET"),
            ("POST", "/rooms/by-code/join", "GET"),
            ("GET", "/execution/run", "POST"),
            ("POST", "/execution/batches/cancel", "GET"),
        ):
            response = await admin.request(method, path, json={})
            refused(response, 405, "METHOD_NOT_ALLOWED")
            assert response.headers["Allow"] == allowed, path
        refused(await admin.get("/execution/batches/status"), 404, "EXECUTION_BATCH_NOT_FOUND")

    async def test_failures_of_ours_tell_nothing_and_have_all_headers(self, service: Service, ann: Person) -> None:
        async with service.services.database.write() as work:
            await work.session.execute(text("ALTER TABLE problems RENAME TO riddles"))
        with capture_logs():
            response = await ann.request("GET", "/problems", headers={"X-Request-Id": "find-me"})
        body = refused(response, 500, "INTERNAL_ERROR")
        assert set(body) == {"statusCode", "code", "message", "timestamp"}
        assert not re.search(r"problems|riddles|select|sql|traceback|/", body["message"], re.IGNORECASE)
        assert response.headers["X-Request-Id"] == "find-me"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "no-store"
        assert int(response.headers["X-RateLimit-Remaining"]) > 0


class TestOrder:
    """API.md 1.8: the first check that fails decides."""

    async def test_who_is_calling_comes_first(self, service: Service) -> None:
        nobody = service.nobody
        refused(await nobody.patch("/users/me", {"no": "field"}), 401, "UNAUTHORIZED")
        refused(await nobody.get("/admin/users", limit="x"), 401, "UNAUTHORIZED")
        refused(await nobody.get(f"/problems/{UNKNOWN}"), 401, "UNAUTHORIZED")
        refused(await nobody.request("PATCH", "/users/me", content=b"{", headers=JSON), 401, "UNAUTHORIZED")
        refused(await nobody.request("PATCH", "/users/me", content=b"x" * (9 << 20)), 401, "UNAUTHORIZED")

    async def test_then_the_ban(self, admin: Person, ann: Person) -> None:
        expect(await admin.patch(f"/admin/users/{ann.id}", {"banned": True}))
        refused(await ann.patch("/users/me", {"no": "field"}), 403, "USER_BANNED")

    async def test_then_shape_existence_and_capability(self, ann: Person) -> None:
        refused(await ann.patch(f"/problems/{UNKNOWN}", {"title": 5}), 400, "VALIDATION_FAILED")
        refused(await ann.patch(f"/problems/{UNKNOWN}", {"title": "x"}), 404, "PROBLEM_NOT_FOUND")

    async def test_headers_that_authorize_nobody(self, service: Service) -> None:
        headers = (
            "",
            "Bearer",
            "Bearer ",
            "bearer x.y.z",
            "Basic YTpi",
            "Bearer " + "x" * 10_000,
            "Bearer a b",
            "Bearer \xff",
        )
        for header in headers:
            sent = {b"Authorization": header.encode("latin-1")}
            response = await service.client.get(f"{BASE}/users/me", headers=sent)
            refused(response, 401, "UNAUTHORIZED")
            assert response.headers["WWW-Authenticate"] == "Bearer"


class TestBodies:
    async def test_what_is_no_object_in_json(self, ann: Person) -> None:
        for content, reason in NO_OBJECTS:
            body = refused(await send(ann, content), 400, "VALIDATION_FAILED")
            assert reason in body["details"]["body"], content[:20]

    async def test_whole_surrogate_pairs_are_characters(self, ann: Person) -> None:
        assert expect(await send(ann, b'{"bio": "\\ud83d\\ude00"}'))["bio"] == "\U0001f600"

    async def test_the_last_of_equal_keys_counts(self, ann: Person) -> None:
        assert expect(await send(ann, b'{"bio": "one", "bio": "two"}'))["bio"] == "two"

    async def test_other_media_types_are_refused(self, ann: Person) -> None:
        for media in ("text/plain", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded", ""):
            response = await send(ann, b'{"bio": "a"}', **{"Content-Type": media})
            refused(response, 415, "UNSUPPORTED_MEDIA_TYPE")
        for media in ("application/json; charset=utf-8", "Application/JSON"):
            expect(await send(ann, b'{"bio": "a"}', **{"Content-Type": media}))

    async def test_nothing_is_coerced_and_every_field_is_named(self, ann: Person) -> None:
        body = refused(await ann.patch("/users/me", {"bio": 5, "colour": "blue"}), 400, "VALIDATION_FAILED")
        assert set(body["details"]) == {"bio", "colour"}
        assert body["details"]["colour"] == "is not a known field"

    async def test_lengths_are_told_in_what_is_counted(self, ann: Person) -> None:
        wrong: list[tuple[str, str, Any, dict[str, str]]] = [
            ("PATCH", "/users/me", {"username": "ab"}, {"username": "must have at least 3 characters"}),
            ("PATCH", "/users/me", {"displayName": "x" * 101}, {"displayName": "must have at most 100 characters"}),
            ("POST", "/webhooks", {"url": "https://a.example", "events": []}, {"events": "must have at least 1 item"}),
        ]
        for method, path, sent, details in wrong:
            body = refused(await ann.request(method, path, json=sent), 400, "VALIDATION_FAILED")
            assert body["details"] == details

    async def test_bodies_nobody_asked_for_are_ignored(self, ann: Person) -> None:
        headers = {"Content-Type": "text/plain"}
        expect(await ann.request("GET", "/users/me", content=b"{", headers=headers))


class TestSizes:
    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        return {"body_mib": 1}

    async def test_a_body_may_be_as_large_as_it_may(self, ann: Person) -> None:
        start = b'{"bio": "a"}'
        expect(await send(ann, start + b" " * ((1 << 20) - len(start))))
        refused(await send(ann, start + b" " * ((1 << 20) - len(start) + 1)), 413, "PAYLOAD_TOO_LARGE")

    async def test_a_body_that_does_not_tell_its_size_is_counted(self, ann: Person) -> None:
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            while sent < 1 << 30:
                sent += 1 << 16
                yield b" " * (1 << 16)

        refused(await send(ann, endless()), 413, "PAYLOAD_TOO_LARGE")
        assert sent < 64 << 20

    async def test_what_is_announced_is_believed_at_once(self, ann: Person) -> None:
        for size in (str((1 << 20) + 1), "9" * 30, "9" * 5000):
            refused(await send(ann, b"{}", **{"Content-Length": size}), 413, "PAYLOAD_TOO_LARGE")
        expect(await send(ann, b"{}", **{"Content-Length": "two"}))

    async def test_operations_without_a_body_have_the_limit_too(self, ann: Person) -> None:
        response = await ann.request("GET", "/users/me", content=b" " * ((1 << 20) + 1))
        refused(response, 413, "PAYLOAD_TOO_LARGE")


class TestHeaders:
    async def test_requests_have_ids(self, service: Service, ann: Person) -> None:
        for good in ("a", "Ab-1._", "x" * 128):
            response = await ann.request("GET", "/users/me", headers={"X-Request-Id": good})
            assert response.headers["X-Request-Id"] == good
        for bad in ("", "x" * 129, "a b", "a\tb", '"', "é"):
            response = await service.client.get(f"{BASE}/nowhere", headers={b"X-Request-Id": bad.encode("latin-1")})
            made = response.headers["X-Request-Id"]
            assert re.fullmatch(r"[0-9a-f-]{36}", made)

    async def test_answers_are_not_kept(self, service: Service, ann: Person) -> None:
        for response in (
            await ann.get("/users/me"),
            await ann.get("/problems"),
            await service.nobody.get("/users/me"),
            await service.nobody.post("/auth/login", {}),
            await service.nobody.get("/nowhere"),
        ):
            assert response.headers["Cache-Control"] == "no-store"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "Strict-Transport-Security" not in response.headers

    async def test_hosts_that_are_none_do_no_harm(self, ann: Person) -> None:
        for host in ("[", "a/b?c#d", "x" * 5000):
            response = await ann.request("GET", "/users/me", headers={"Host": host})
            assert response.status_code in {200, 400}


class TestOrigins:
    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        return {"cors_origins": ("https://app.example",)}

    async def test_configured_origins_may_call_with_credentials(self, ann: Person) -> None:
        response = await ann.request("GET", "/users/me", headers={"Origin": "https://app.example"})
        assert response.headers["Access-Control-Allow-Origin"] == "https://app.example"
        assert response.headers["Access-Control-Allow-Credentials"] == "true"
        assert "X-Request-Id" in response.headers["Access-Control-Expose-Headers"]
        assert "Origin" in response.headers["Vary"]

    async def test_errors_and_failures_can_be_read_by_them_too(self, service: Service, ann: Person) -> None:
        async with service.services.database.write() as work:
            await work.session.execute(text("ALTER TABLE problems RENAME TO riddles"))
        for path in ("/nowhere", "/problems"):
            with capture_logs():
                response = await ann.request("GET", path, headers={"Origin": "https://app.example"})
            assert response.status_code >= 400
            assert response.headers["Access-Control-Allow-Origin"] == "https://app.example"

    async def test_others_may_not(self, ann: Person) -> None:
        for origin in ("https://evil.example", "https://app.example.evil.example", "http://app.example", "null"):
            response = await ann.request("GET", "/users/me", headers={"Origin": origin})
            assert "Access-Control-Allow-Origin" not in response.headers

    async def test_preflights(self, service: Service) -> None:
        asking = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization"}
        good = await service.client.options(f"{BASE}/users/me", headers={"Origin": "https://app.example", **asking})
        assert good.status_code == 200
        assert "PATCH" in good.headers["Access-Control-Allow-Methods"]
        bad = await service.client.options(f"{BASE}/users/me", headers={"Origin": "https://evil.example", **asking})
        assert refused(bad, 400, "VALIDATION_FAILED")["details"] == {"origin": "is not allowed"}
        assert "Access-Control-Allow-Origin" not in bad.headers
        odd = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "x-evil"}
        worse = await service.client.options(f"{BASE}/users/me", headers={"Origin": "https://app.example", **odd})
        refused(worse, 400, "VALIDATION_FAILED")


async def test_production_has_transport_security(service: Service) -> None:
    envelope = Envelope(service.app, metrics=service.services.metrics, production=True)
    transport = httpx.ASGITransport(envelope)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        response = await client.get(f"{BASE}/nowhere")
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert json.loads(response.content)["code"] == "NOT_FOUND"
