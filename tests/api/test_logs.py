"""What the service writes about its requests, and what it never does."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import text

from tests.api.people import PASSWORD, Person, Service, expect, refused
from tests.api.rooms.parties import open_room

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything that is logged, one JSON object a line."""
    kept, before = io.StringIO(), structlog.get_config()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(kept),
        cache_logger_on_first_use=False,
    )
    yield kept
    structlog.configure(**before)


def read(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


@SQLITE
async def test_a_request_is_one_line(lines: io.StringIO, ann: Person) -> None:
    expect(await ann.request("GET", "/users/me?secret=hush", headers={"X-Request-Id": "one"}))
    (line,) = [line for line in read(lines) if line.get("requestId") == "one"]
    assert line["durationMs"] >= 0
    del line["durationMs"]
    assert line == {
        "event": "request",
        "requestId": "one",
        "userId": ann.id,
        "method": "GET",
        "route": "/api/v1/users/me",
        "status": 200,
    }


@SQLITE
async def test_lines_of_the_next_request_name_nobody_of_the_last(
    lines: io.StringIO, ann: Person, service: Service
) -> None:
    expect(await ann.get("/users/me"))
    expect(await service.nobody.request("GET", "/health", headers={"X-Request-Id": "two"}))
    (line,) = [line for line in read(lines) if line.get("requestId") == "two"]
    assert "userId" not in line


@SQLITE
async def test_lines_name_rooms_and_jobs(lines: io.StringIO, ann: Person) -> None:
    room = await open_room(ann)
    unknown = "00000000-0000-4000-8000-000000000000"
    await ann.get(f"/rooms/{room['roomId']}/participants")
    await ann.get(f"/execution/{unknown}")
    await ann.get("/rooms/nonsense")
    one, two, three = read(lines)[-3:]
    assert (one["roomId"], one["userId"], "jobId" in one) == (room["roomId"], ann.id, False)
    assert (two["jobId"], "roomId" in two) == (unknown, False)
    assert not {"roomId", "jobId"} & set(three)


@SQLITE
async def test_failures_are_told_in_full_with_their_request(lines: io.StringIO, service: Service, ann: Person) -> None:
    async with service.services.database.write() as work:
        await work.session.execute(text("ALTER TABLE users ADD COLUMN riddle TEXT"))
        await work.session.execute(text("ALTER TABLE users DROP COLUMN bio"))
    response = await ann.request("PATCH", "/users/me", json={"bio": "hush-hush"}, headers={"X-Request-Id": "three"})
    refused(response, 500, "INTERNAL_ERROR")
    told = [line for line in read(lines) if line.get("requestId") == "three"]
    assert [line["event"] for line in told] == ["request failed", "request"]
    assert "OperationalError" in told[0]["exception"]
    assert told[1]["status"] == 500
    assert "hush-hush" not in lines.getvalue()


@SQLITE
async def test_failures_do_not_tell_what_is_in_a_path(lines: io.StringIO, service: Service, ann: Person) -> None:
    async with service.services.database.write() as work:
        await work.session.execute(text("ALTER TABLE rooms RENAME TO chambers"))
    refused(await ann.get("/rooms/by-code/K7MPQ2"), 500, "INTERNAL_ERROR")
    failed = next(line for line in read(lines) if line["event"] == "request failed")
    assert failed["route"] == "/api/v1/rooms/by-code/{roomCode}"
    assert "K7MPQ2" not in lines.getvalue()


@SQLITE
async def test_secrets_and_programs_are_never_logged(lines: io.StringIO, service: Service, ann: Person) -> None:
    signed_in = {"identifier": "ann", "password": PASSWORD, "tokenTransport": "body"}
    tokens = expect(await service.nobody.post("/auth/login", signed_in))
    await service.nobody.post("/auth/login", {**signed_in, "password": "wrong-password"})
    await service.nobody.post("/auth/refresh", {"refreshToken": tokens["refreshToken"]})
    await service.nobody.post("/auth/register", {"username": "x", "email": "x", "password": "half-a-secret"})
    await ann.post("/auth/password/change", {"currentPassword": PASSWORD, "newPassword": "new-and-secret"})
    await service.client.get("/api/v1/users/me", headers={"Authorization": "Bearer not.a.token"})
    await open_room(ann, name="a name that is private")
    await ann.post("/execution/run", {"language": "python", "code": "print('inmost')", "stdin": "whispered"})
    written = lines.getvalue()
    assert len(read(lines)) >= 8
    for secret in (
        PASSWORD,
        "wrong-password",
        "half-a-secret",
        "new-and-secret",
        tokens["accessToken"],
        tokens["refreshToken"],
        "not.a.token",
        ann.token or "-",
        "a name that is private",
        "inmost",
        "whispered",
        "ann@example.com",
    ):
        assert secret not in written


PROCESS = """
import logging, structlog
from api.logs import configure_logs
configure_logs()
log = structlog.get_logger("api")
def fail(password):
    raise ValueError("as expected")
with structlog.contextvars.bound_contextvars(requestId="four"):
    log.info("hello", jobId="five")
    try:
        fail("-".join(["hush", "hush"]))
    except ValueError:
        log.exception("failed")
    logging.getLogger("uvicorn.error").warning("from %s", "elsewhere")
    logging.getLogger("uvicorn.access").info("never seen")
    logging.getLogger("some.library").debug("too much")
"""


def test_the_process_writes_json_lines(tmp_path: Path) -> None:
    script = tmp_path / "process.py"
    script.write_text(PROCESS)
    done = subprocess.run([sys.executable, script], capture_output=True, check=True, timeout=60)
    assert done.stdout == b""
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["hello", "failed", "from elsewhere"]
    assert (lines[0]["requestId"], lines[0]["jobId"], lines[0]["level"]) == ("four", "five", "info")
    assert lines[0]["at"].endswith("Z")
    assert "ValueError: as expected" in lines[1]["exception"]
    assert "hush-hush" not in done.stderr.decode()
