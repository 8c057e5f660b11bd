"""The OpenAPI document is complete and true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from fastapi.routing import iter_route_contexts
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from api import errors
from api.app import create_app
from api.openapi import openapi
from api.settings import ServiceSettings
from tests.api.people import Json, Service, expect

_METHODS: Final = ("get", "put", "post", "patch", "delete")


@pytest.fixture(scope="module")
def document() -> Json:
    return openapi(create_app(ServiceSettings()))


@pytest.fixture(scope="module")
def operations(document: Json) -> list[tuple[str, str, Json]]:
    return [
        (method, path, item[method])
        for path, item in document["paths"].items()
        for method in _METHODS
        if method in item
    ]


def nodes(value: Any) -> Iterator[Json]:
    """Every object in a value."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from nodes(each)
    elif isinstance(value, list):
        for each in value:
            yield from nodes(each)


def codes() -> set[str]:
    """Every code that an error of ours may have."""
    found: set[str] = set()
    kinds = [errors.ApiError]
    while kinds:
        kind = kinds.pop()
        found.add(kind.code)
        kinds += kind.__subclasses__()
    return found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_it_is_served_to_everybody(service: Service, document: Json) -> None:
    response = await service.nobody.get("/openapi.json")
    assert response.headers["Content-Type"] == "application/json"
    assert expect(response) == document


def test_it_is_valid(document: Json) -> None:
    assert document["openapi"].startswith("3.1")
    assert [str(error) for error in OPENAPI_31_VALIDATOR.iter_errors(document)] == []


def test_every_route_is_in_it(operations: list[tuple[str, str, Json]]) -> None:
    contexts = [
        context
        for context in iter_route_contexts(create_app(ServiceSettings()).routes)
        if getattr(context.original_route, "include_in_schema", False)
    ]
    assert [context.path for context in contexts if not context.summary] == []
    routes = {
        (method.lower(), re.sub(r"\{\w+\}", "{}", context.path or ""))
        for context in contexts
        for method in context.methods or ()
    }
    assert routes == {(method, re.sub(r"\{\w+\}", "{}", path)) for method, path, _ in operations}
    assert len(operations) > 50


def test_operations_have_short_names_titles_and_tags(document: Json, operations: list[tuple[str, str, Json]]) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    names = [operation["operationId"] for _, _, operation in operations]
    assert len(set(names)) == len(names)
    for method, path, operation in operations:
        where = f"{method} {path}"
        assert re.fullmatch(r"[a-z_]{3,40}", operation["operationId"]), where
        assert operation["summary"], where
        assert len(operation["tags"]) >= 1, where
        assert set(operation["tags"]) <= tags, where
    assert all(tag["description"] for tag in document["tags"])


def test_errors_have_one_shape_and_known_codes(operations: list[tuple[str, str, Json]]) -> None:
    known = codes()
    for method, path, operation in operations:
        for status, response in operation["responses"].items():
            if status < "400":
                continue
            content = response["content"]["application/json"]
            assert content["schema"] == {"$ref": "#/components/schemas/ErrorResponse"}, (method, path, status)
            assert content["examples"], (method, path, status)
            for code, example in content["examples"].items():
                assert code in known
                assert (example["value"]["code"], example["value"]["statusCode"]) == (code, int(status))


def test_errors_show_what_their_details_hold(document: Json) -> None:
    answers = document["paths"]["/api/v1/rooms/{id}/run"]["post"]["responses"]

    def details(status: str, code: str) -> object:
        return answers[status]["content"]["application/json"]["examples"][code]["value"].get("details")

    limit = {"scope": "runs", "limit": 10, "windowSeconds": 60, "retryAfterSeconds": 12}
    assert details("400", "VALIDATION_FAILED") == {"config.maxParticipants": "must be at most 8"}
    assert details("403", "ROOM_PERMISSION_DENIED") == {"capability": "room:change-phase"}
    assert details("403", "ROOM_NOT_PARTICIPANT") is details("404", "ROOM_NOT_FOUND") is None
    assert details("429", "EXECUTION_RATE_LIMIT") == limit
    assert details("429", "RATE_LIMIT_EXCEEDED") == {**limit, "scope": "requests", "limit": 100}
    assert details("503", "EXECUTION_SERVICE_UNAVAILABLE") == {"circuit": "queue", "retryAfterSeconds": 20}


def test_nothing_of_the_frameworks_errors_is_left(document: Json) -> None:
    assert not {"HTTPValidationError", "ValidationError"} & set(document["components"]["schemas"])


def test_who_may_call_is_said(operations: list[tuple[str, str, Json]]) -> None:
    for method, path, operation in operations:
        public = "security" not in operation
        assert public or operation["security"] == [{"bearer": []}], (method, path)
        answers = set(operation["responses"])
        assert public or {"401", "403", "500"} <= answers, (method, path)
    by_name = {operation["operationId"]: operation for _, _, operation in operations}
    assert "security" not in by_name["deep_health_check"]
    assert "security" in by_name["update_user"]


def test_bodies_may_be_too_large_or_no_json(operations: list[tuple[str, str, Json]]) -> None:
    bodies = [
        (method, path, operation)
        for method, path, operation in operations
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]
    assert len(bodies) > 10
    for method, path, operation in bodies:
        assert {"400", "413", "415"} <= set(operation["responses"]), (method, path)


def test_only_operations_with_input_can_be_misunderstood(operations: list[tuple[str, str, Json]]) -> None:
    by_name = {operation["operationId"]: operation for _, _, operation in operations}
    assert "400" not in by_name["get_dashboard"]["responses"]
    assert "400" in by_name["query_audit_logs"]["responses"]
    assert "400" in by_name["stream_run"]["responses"]  # by its Last-Event-ID


def test_every_reference_leads_somewhere(document: Json) -> None:
    for node in nodes(document):
        if isinstance(node.get("$ref"), str):
            found: Any = document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]


def test_schemas_have_readable_names(document: Json) -> None:
    for name in document["components"]["schemas"]:
        assert re.fullmatch(r"[A-Za-z0-9]+", name), name
    assert "PageOfAdminUserEntry" in document["components"]["schemas"]


def test_what_text_must_look_like_is_said(document: Json) -> None:
    fields = document["components"]["schemas"]["Registration"]["properties"]
    assert fields["username"]["pattern"] == "^[A-Za-z0-9_]+$"
    assert (fields["email"]["format"], fields["password"]["format"]) == ("email", "password")


def test_names_on_the_wire_are_camel_case(document: Json, operations: list[tuple[str, str, Json]]) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field in schema.get("properties", {}):
            assert re.fullmatch(r"[a-z][A-Za-z0-9]*", field), (name, field)
    for _, path, operation in operations:
        for parameter in operation.get("parameters", ()):
            assert re.fullmatch(r"[a-z][A-Za-z0-9]*|Idempotency-Key|Last-Event-ID", parameter["name"]), path
            assert parameter["in"] != "path" or f"{{{parameter['name']}}}" in path


def test_headers_are_said(operations: list[tuple[str, str, Json]]) -> None:
    by_name = {operation["operationId"]: operation for _, _, operation in operations}
    answers = by_name["update_user"]["responses"]
    assert {"X-Request-Id", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} <= set(
        answers["200"]["headers"]
    )
    assert "Retry-After" in answers["429"]["headers"]
    assert "X-RateLimit-Limit" not in by_name["deep_health_check"]["responses"]["200"]["headers"]
    idempotent = [
        operation
        for _, _, operation in operations
        if any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", ()))
    ]
    assert len(idempotent) >= 2
    for operation in idempotent:
        good = next(answer for status, answer in operation["responses"].items() if status < "300")
        assert "Idempotency-Replayed" in good["headers"]
        assert "IDEMPOTENCY_CONFLICT" in operation["responses"]["409"]["content"]["application/json"]["examples"]


def test_cookies_are_said(document: Json) -> None:
    for name, status, taken in (("register", 201, 0), ("login", 200, 0), ("refresh", 200, 1), ("logout", 204, 1)):
        operation = document["paths"][f"/api/v1/auth/{name}"]["post"]
        assert "`refreshToken`" in operation["responses"][str(status)]["headers"]["Set-Cookie"]["description"]
        cookies = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "cookie"]
        assert cookies == ["refreshToken"] * taken, name


def test_whatever_needs_the_store_of_files_may_not_reach_it(document: Json) -> None:
    for method, path in (
        ("put", "/uploads/{token}"),
        ("get", "/files/{token}"),
        ("post", "/users/me/avatar/upload-url"),
        ("post", "/users/me/avatar/confirm"),
        ("post", "/rooms/{id}/chat/media/upload-url"),
        ("post", "/rooms/{id}/whiteboard/assets/upload-url"),
        ("post", "/rooms/{id}/whiteboard/export"),
    ):
        answers = document["paths"][f"/api/v1{path}"][method]["responses"]
        assert "`SERVICE_UNAVAILABLE`" in answers.get("503", {}).get("description", ""), path
