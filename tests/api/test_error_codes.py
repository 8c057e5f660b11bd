"""Every error code of the contract: provoked here, or listed as one that nothing can provoke yet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import delete, update

from api.errors import ApiError
from api.problems.models import Problem, TestCaseRow
from tests.api.people import PASSWORD, Person, Service, expect

NOBODY: Final = "00000000-0000-4000-8000-000000000000"
PROGRAM: Final = {"language": "python", "code": "print(1)"}
PROBLEM: Final = {
    "title": "Twice",
    "description": "Print it twice.",
    "difficulty": "easy",
    "testCases": [{"input": "1", "expectedOutput": "2"}],
    "isPublished": True,
}

CODES: Final[Mapping[str, int]] = {
    "AUTH_INVALID_CREDENTIALS": 401,
    "AUTH_TOKEN_EXPIRED": 401,
    "AUTH_TOKEN_REVOKED": 401,
    "AUTH_EMAIL_TAKEN": 409,
    "AUTH_USERNAME_TAKEN": 409,
    "USER_NOT_FOUND": 404,
    "USER_USERNAME_TAKEN": 409,
    "USER_BANNED": 403,
    "ROOM_NOT_FOUND": 404,
    "ROOM_FULL": 409,
    "ROOM_ALREADY_JOINED": 409,
    "ROOM_FINISHED": 409,
    "ROOM_INVALID_TRANSITION": 409,
    "ROOM_INVALID_CODE": 400,
    "ROOM_NOT_PARTICIPANT": 403,
    "ROOM_PERMISSION_DENIED": 403,
    "ROOM_EDITOR_LOCKED": 409,
    "ROOM_EDITOR_NOT_LOCKED": 409,
    "ROOM_NOT_AI_MODE": 409,
    "ROOM_NOT_PEER_MODE": 409,
    "ROLE_SWAP_NOT_FOUND": 404,
    "ROLE_SWAP_EXPIRED": 409,
    "PARTICIPANT_NOT_FOUND": 404,
    "PARTICIPANT_CANNOT_CHANGE_ROLE": 409,
    "PROBLEM_NOT_FOUND": 404,
    "PROBLEM_DUPLICATE_TITLE": 409,
    "EXECUTION_JOB_NOT_FOUND": 404,
    "EXECUTION_RATE_LIMIT": 429,
    "EXECUTION_SERVICE_UNAVAILABLE": 503,
    "EXECUTION_SERVICE_TIMEOUT": 504,
    "SUBMISSION_NOT_FOUND": 404,
    "SUBMISSION_RATE_LIMIT": 429,
    "AI_HINT_RATE_LIMIT": 429,
    "AI_MESSAGE_RATE_LIMIT": 429,
    "AI_SERVICE_UNAVAILABLE": 503,
    "FEEDBACK_ALREADY_SUBMITTED": 409,
    "FEEDBACK_ROOM_NOT_FINISHED": 409,
    "SESSION_NOT_FOUND": 404,
    "SESSION_NOT_PARTICIPANT": 403,
    "SESSION_RECORDING_NOT_FOUND": 404,
    "SESSION_WHITEBOARD_NOT_FOUND": 404,
    "SESSION_AI_MESSAGES_NOT_FOUND": 404,
    "SESSION_REPORT_NOT_READY": 404,
    "MATCH_ALREADY_SEARCHING": 409,
    "MATCH_NOT_FOUND": 404,
    "MATCH_EXPIRED": 409,
    "RECORDING_ALREADY_ACTIVE": 409,
    "RECORDING_NOT_ACTIVE": 409,
    "RECORDING_CONSENT_MISSING": 409,
    "ANALYSIS_JOB_NOT_FOUND": 404,
    "COLLAB_DOCUMENT_NOT_FOUND": 404,
    "COLLAB_DOCUMENT_ALREADY_EXISTS": 409,
    "COLLAB_INVALID_REQUEST": 400,
    "COLLAB_INTERNAL_ERROR": 500,
    "VALIDATION_FAILED": 400,
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "RATE_LIMIT_EXCEEDED": 429,
    "INTERNAL_ERROR": 500,
    # beyond the core contract
    "ROOM_ROLE_UNAVAILABLE": 409,
    "ROOM_ROLE_CONSTRAINT_VIOLATION": 409,
    "ROOM_PARTICIPANT_REMOVED": 403,
    "ROOM_PARTICIPANTS_NOT_READY": 409,
    "PARTICIPANT_CANNOT_TRANSFER_OWNERSHIP": 409,
    "PROBLEM_NO_TEST_CASES": 422,
    "PROBLEM_IN_USE": 409,
    "PROBLEM_PACKAGE_INVALID": 422,
    "PROBLEM_SOLUTION_NOT_FOUND": 404,
    "PROBLEM_VALIDATION_NOT_FOUND": 404,
    "EXECUTION_LANGUAGE_UNAVAILABLE": 422,
    "EXECUTION_ALREADY_FINISHED": 409,
    "EXECUTION_BATCH_NOT_FOUND": 404,
    "AI_REVIEW_RATE_LIMIT": 429,
    "AI_JOB_NOT_FOUND": 404,
    "SESSION_REPORT_UNAVAILABLE": 404,
    "WEBHOOK_NOT_FOUND": 404,
    "WHITEBOARD_ASSET_TOO_LARGE": 413,
    "COLLAB_SERVICE_UNAVAILABLE": 503,
    "MEDIA_SERVICE_UNAVAILABLE": 503,
    "IDEMPOTENCY_CONFLICT": 409,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "PAYLOAD_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
}

NOT_YET: Final = frozenset(
    {
        # there is no AI, media, matchmaking, feedback or collaboration plane, and no reading of sessions
        *(code for code in CODES if code.startswith(("AI_", "FEEDBACK_", "SESSION_", "MATCH_", "RECORDING_"))),
        *(code for code in CODES if code.startswith("COLLAB_") and code != "COLLAB_SERVICE_UNAVAILABLE"),
        "ANALYSIS_JOB_NOT_FOUND",
        "MEDIA_SERVICE_UNAVAILABLE",
        "ROOM_NOT_AI_MODE",
        # the embedded queue answers at once
        "EXECUTION_SERVICE_TIMEOUT",
    }
)


@dataclass(frozen=True)
class World:
    """A service with three people."""

    service: Service
    ann: Person
    bob: Person
    admin: Person

    async def room(self, **wishes: Any) -> str:
        """A room of Ann's."""
        body = {"mode": "peer", **wishes}
        return str(expect(await self.ann.post("/rooms", body), 201)["roomId"])

    async def shared(self, **wishes: Any) -> str:
        """A room in which Ann is the interviewer and Bob the candidate."""
        room = await self.room(config={"isPrivate": False, "maxParticipants": 4}, **wishes)
        expect(await self.bob.post(f"/rooms/{room}/join", {}))
        return room

    async def problem(self, **wishes: Any) -> str:
        """A problem that everybody sees."""
        return str(expect(await self.admin.post("/problems", {**PROBLEM, **wishes}), 201)["id"])


@pytest.fixture
def changes() -> dict[str, Any]:
    """Small limits, where it is limits that are to be reached."""
    return {"runs_per_minute": 3, "submissions_per_minute": 1, "unfinished_jobs": 3}


Provoke = Callable[[World], Awaitable[httpx.Response]]
PROVOKE: dict[str, Provoke] = {}


def provokes(code: str) -> Callable[[Provoke], Provoke]:
    """The function below has its answer with this code."""

    def note(provoke: Provoke) -> Provoke:
        PROVOKE[code] = provoke
        return provoke

    return note


@provokes("AUTH_INVALID_CREDENTIALS")
async def _(world: World) -> httpx.Response:
    return await world.service.nobody.post("/auth/login", {"identifier": "ann", "password": "wrong"})


@provokes("AUTH_TOKEN_EXPIRED")
async def _(world: World) -> httpx.Response:
    world.service.clock.forward(minutes=16)
    return await world.ann.get("/users/me")


@provokes("AUTH_TOKEN_REVOKED")
async def _(world: World) -> httpx.Response:
    body = {"identifier": "ann", "password": PASSWORD, "tokenTransport": "body"}
    token = expect(await world.service.nobody.post("/auth/login", body))["refreshToken"]
    expect(await world.service.nobody.post("/auth/refresh", {"refreshToken": token}))
    return await world.service.nobody.post("/auth/refresh", {"refreshToken": token})


@provokes("AUTH_EMAIL_TAKEN")
async def _(world: World) -> httpx.Response:
    body = {"username": "other", "email": "ann@example.com", "password": PASSWORD}
    return await world.service.nobody.post("/auth/register", body)


@provokes("AUTH_USERNAME_TAKEN")
async def _(world: World) -> httpx.Response:
    body = {"username": "ANN", "email": "other@example.com", "password": PASSWORD}
    return await world.service.nobody.post("/auth/register", body)


@provokes("USER_NOT_FOUND")
async def _(world: World) -> httpx.Response:
    return await world.ann.get(f"/users/{NOBODY}")


@provokes("USER_USERNAME_TAKEN")
async def _(world: World) -> httpx.Response:
    return await world.ann.patch("/users/me", {"username": "Bob"})


@provokes("USER_BANNED")
async def _(world: World) -> httpx.Response:
    expect(await world.admin.patch(f"/admin/users/{world.ann.id}", {"banned": True}))
    return await world.ann.get("/users/me")


@provokes("ROOM_NOT_FOUND")
async def _(world: World) -> httpx.Response:
    return await world.ann.get("/rooms/no-such-room")


@provokes("ROOM_FULL")
async def _(world: World) -> httpx.Response:
    room = await world.room(config={"isPrivate": False, "maxParticipants": 2})
    expect(await world.bob.post(f"/rooms/{room}/join", {}))
    return await world.admin.post(f"/rooms/{room}/join", {})


@provokes("ROOM_ALREADY_JOINED")
async def _(world: World) -> httpx.Response:
    return await world.ann.post(f"/rooms/{await world.room()}/join", {})


@provokes("ROOM_FINISHED")
async def _(world: World) -> httpx.Response:
    room = await world.room()
    expect(await world.ann.post(f"/rooms/{room}/control/transition", {"targetStatus": "finished"}))
    return await world.ann.post(f"/rooms/{room}/ready")


@provokes("ROOM_INVALID_TRANSITION")
async def _(world: World) -> httpx.Response:
    return await world.ann.post(f"/rooms/{await world.room()}/control/transition", {"targetStatus": "coding"})


@provokes("ROOM_INVALID_CODE")
async def _(world: World) -> httpx.Response:
    return await world.bob.get("/rooms/by-code/0O1I")


@provokes("ROOM_NOT_PARTICIPANT")
async def _(world: World) -> httpx.Response:
    return await world.bob.get(f"/rooms/{await world.room()}")


@provokes("ROOM_PERMISSION_DENIED")
async def _(world: World) -> httpx.Response:
    return await world.bob.patch(f"/rooms/{await world.shared()}/control/settings", {"name": "mine"})


@provokes("ROOM_EDITOR_LOCKED")
async def _(world: World) -> httpx.Response:
    room = await world.room()
    expect(await world.ann.post(f"/rooms/{room}/control/lock-editor"))
    return await world.ann.post(f"/rooms/{room}/run", PROGRAM)


@provokes("ROOM_EDITOR_NOT_LOCKED")
async def _(world: World) -> httpx.Response:
    return await world.ann.post(f"/rooms/{await world.room()}/control/unlock-editor")


@provokes("ROOM_NOT_PEER_MODE")
async def _(world: World) -> httpx.Response:
    room = await world.room(mode="ai", config={"isPrivate": False})
    return await world.bob.post(f"/rooms/{room}/join", {"requestedRole": "interviewer"})


@provokes("ROLE_SWAP_NOT_FOUND")
async def _(world: World) -> httpx.Response:
    room = await world.shared()
    return await world.bob.post(f"/rooms/{room}/control/role-swaps/{NOBODY}/respond", {"action": "accept"})


@provokes("ROLE_SWAP_EXPIRED")
async def _(world: World) -> httpx.Response:
    room = await world.shared()
    swap = expect(await world.ann.post(f"/rooms/{room}/control/role-swaps", {}), 201)["swapId"]
    world.service.clock.forward(seconds=31)
    return await world.bob.post(f"/rooms/{room}/control/role-swaps/{swap}/respond", {"action": "accept"})


@provokes("PARTICIPANT_NOT_FOUND")
async def _(world: World) -> httpx.Response:
    return await world.ann.delete(f"/rooms/{await world.room()}/participants/{world.bob.id}")


@provokes("PARTICIPANT_CANNOT_CHANGE_ROLE")
async def _(world: World) -> httpx.Response:
    room = await world.shared()
    expect(await world.ann.post(f"/rooms/{room}/control/transition", {"targetStatus": "warmup"}))
    return await world.ann.patch(f"/rooms/{room}/participants/{world.bob.id}", {"role": "observer"})


@provokes("PROBLEM_NOT_FOUND")
async def _(world: World) -> httpx.Response:
    return await world.ann.get(f"/problems/{NOBODY}")


@provokes("PROBLEM_DUPLICATE_TITLE")
async def _(world: World) -> httpx.Response:
    await world.problem()
    return await world.admin.post("/problems", {**PROBLEM, "title": "TWICE"})


@provokes("PROBLEM_NO_TEST_CASES")
async def _(world: World) -> httpx.Response:
    problem = await world.problem()
    async with world.service.services.database.write() as work:
        await work.session.execute(delete(TestCaseRow).where(TestCaseRow.problem_id == problem))
    return await world.admin.post(f"/problems/{problem}/validate", {})


@provokes("PROBLEM_PACKAGE_INVALID")
async def _(world: World) -> httpx.Response:
    return await world.admin.request("POST", "/problems/import", files={"package": b"no archive"})


@provokes("PROBLEM_SOLUTION_NOT_FOUND")
async def _(world: World) -> httpx.Response:
    return await world.admin.delete(f"/problems/{await world.problem()}/solutions/{NOBODY}")


@provokes("PROBLEM_VALIDATION_NOT_FOUND")
async def _(world: World) -> httpx.Response:
    return await world.admin.get(f"/problems/{await world.problem()}/validations/{NOBODY}")


@provokes("EXECUTION_JOB_NOT_FOUND")
async def _(world: World) -> httpx.Response:
    return await world.ann.get("/execution/exec-7f3a")


@provokes("EXECUTION_RATE_LIMIT")
async def _(world: World) -> httpx.Response:
    for _ in range(3):
        expect(await world.ann.post("/execution/run", PROGRAM), 202)
    return await world.ann.post("/execution/run", PROGRAM)


@provokes("EXECUTION_SERVICE_UNAVAILABLE")
async def _(world: World) -> httpx.Response:
    problem = await world.problem(checker={"type": "custom", "program": PROGRAM})
    gone = {"type": "custom", "program": {**PROGRAM, "language": "fortran"}}  # it was there when this was written
    async with world.service.services.database.write() as work:
        await work.session.execute(update(Problem).where(Problem.id == problem).values(checker=gone))
    room = await world.room(problemId=problem)
    return await world.ann.post(f"/rooms/{room}/submit", PROGRAM)


@provokes("SUBMISSION_NOT_FOUND")
async def _(world: World) -> httpx.Response:
    return await world.ann.get(f"/submissions/{NOBODY}")


@provokes("SUBMISSION_RATE_LIMIT")
async def _(world: World) -> httpx.Response:
    room = await world.room(problemId=await world.problem())
    expect(await world.ann.post(f"/rooms/{room}/submit", PROGRAM), 202)
    return await world.ann.post(f"/rooms/{room}/submit", PROGRAM)


@provokes("VALIDATION_FAILED")
async def _(world: World) -> httpx.Response:
    return await world.ann.patch("/users/me", {"displayName": 3})


@provokes("UNAUTHORIZED")
async def _(world: World) -> httpx.Response:
    return await world.service.nobody.get("/users/me")


@provokes("FORBIDDEN")
async def _(world: World) -> httpx.Response:
    return await world.ann.get("/admin/dashboard")


@provokes("RATE_LIMIT_EXCEEDED")
async def _(world: World) -> httpx.Response:
    services = world.service.services
    object.__setattr__(services, "settings", services.settings.model_copy(update={"joins_per_minute": 1}))
    expect(await world.bob.get("/rooms/by-code/AAAAAA"), 404)
    return await world.bob.get("/rooms/by-code/AAAAAA")


@provokes("INTERNAL_ERROR")
async def _(world: World) -> httpx.Response:
    await world.service.services.database.close()
    services = world.service.services
    object.__setattr__(services, "database", None)
    return await world.ann.get("/users/me")


@provokes("ROOM_ROLE_UNAVAILABLE")
async def _(world: World) -> httpx.Response:
    room = await world.room(config={"isPrivate": False, "maxParticipants": 4})
    return await world.bob.post(f"/rooms/{room}/join", {"requestedRole": "interviewer"})


@provokes("ROOM_ROLE_CONSTRAINT_VIOLATION")
async def _(world: World) -> httpx.Response:
    return await world.ann.post(f"/rooms/{await world.room()}/control/transition", {"targetStatus": "warmup"})


@provokes("ROOM_PARTICIPANT_REMOVED")
async def _(world: World) -> httpx.Response:
    room = await world.shared()
    expect(await world.ann.delete(f"/rooms/{room}/participants/{world.bob.id}"), 204)
    return await world.bob.post(f"/rooms/{room}/join", {})


@provokes("ROOM_PARTICIPANTS_NOT_READY")
async def _(world: World) -> httpx.Response:
    room = await world.shared()
    expect(await world.ann.patch(f"/rooms/{room}/control/settings", {"config": {"requireReady": True}}))
    return await world.ann.post(f"/rooms/{room}/control/transition", {"targetStatus": "warmup"})


@provokes("PARTICIPANT_CANNOT_TRANSFER_OWNERSHIP")
async def _(world: World) -> httpx.Response:
    return await world.ann.post(f"/rooms/{await world.room()}/ownership/transfer", {"targetUserId": world.ann.id})


@provokes("PROBLEM_IN_USE")
async def _(world: World) -> httpx.Response:
    problem = await world.problem()
    await world.room(problemId=problem)
    return await world.admin.delete(f"/problems/{problem}")


@provokes("EXECUTION_LANGUAGE_UNAVAILABLE")
async def _(world: World) -> httpx.Response:
    return await world.ann.post("/execution/run", {**PROGRAM, "languageVersion": "python-2.7"})


@provokes("EXECUTION_ALREADY_FINISHED")
async def _(world: World) -> httpx.Response:
    job = expect(await world.ann.post("/execution/run", PROGRAM), 202)["jobId"]
    expect(await world.ann.get(f"/execution/{job}", waitMs=30_000))
    return await world.ann.post(f"/execution/{job}/cancel")


@provokes("EXECUTION_BATCH_NOT_FOUND")
async def _(world: World) -> httpx.Response:
    return await world.ann.get(f"/execution/batches/{NOBODY}")


@provokes("WEBHOOK_NOT_FOUND")
async def _(world: World) -> httpx.Response:
    return await world.ann.post(f"/webhooks/{NOBODY}/test")


@provokes("WHITEBOARD_ASSET_TOO_LARGE")
async def _(world: World) -> httpx.Response:
    room = await world.room()
    body = {"filename": "board.png", "contentType": "image/png", "contentLength": 26 << 20}
    return await world.ann.post(f"/rooms/{room}/whiteboard/assets/upload-url", body)


@provokes("COLLAB_SERVICE_UNAVAILABLE")
async def _(world: World) -> httpx.Response:
    return await world.ann.post(f"/rooms/{await world.room()}/collab/ensure")


@provokes("IDEMPOTENCY_CONFLICT")
async def _(world: World) -> httpx.Response:
    key = {"Idempotency-Key": NOBODY}
    expect(await world.ann.post("/rooms", {"mode": "peer"}, headers=key), 201)
    return await world.ann.post("/rooms", {"mode": "ai"}, headers=key)


@provokes("NOT_FOUND")
async def _(world: World) -> httpx.Response:
    return await world.ann.get("/nowhere")


@provokes("METHOD_NOT_ALLOWED")
async def _(world: World) -> httpx.Response:
    return await world.ann.put("/languages", {})


@provokes("PAYLOAD_TOO_LARGE")
async def _(world: World) -> httpx.Response:
    return await world.ann.post("/execution/run", {**PROGRAM, "stdin": "x" * (9 << 20)})


@provokes("UNSUPPORTED_MEDIA_TYPE")
async def _(world: World) -> httpx.Response:
    return await world.ann.request("POST", "/rooms", content=b"mode=peer", headers={"Content-Type": "text/plain"})


def all_errors(kind: type[ApiError] = ApiError) -> set[type[ApiError]]:
    """The classes below one, and it."""
    return {kind}.union(*(all_errors(each) for each in kind.__subclasses__()))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("code", sorted(PROVOKE))
async def test_it_is_answered(service: Service, ann: Person, bob: Person, admin: Person, code: str) -> None:
    answer = await PROVOKE[code](World(service, ann, bob, admin))
    body = expect(answer, CODES[code])
    assert (body["code"], body["statusCode"]) == (code, CODES[code])
    assert "Traceback" not in answer.text
    assert ("Retry-After" in answer.headers) == (answer.status_code in {429, 503})


def test_none_is_forgotten() -> None:
    assert PROVOKE.keys() | NOT_YET == CODES.keys()
    assert not PROVOKE.keys() & NOT_YET


def test_what_the_service_may_answer_is_in_the_contract() -> None:
    families = {
        "CONFLICT",
        "UNPROCESSABLE",
        "SERVICE_UNAVAILABLE",
    }  # roots of classes; the last says that the database is away
    for error in all_errors():
        assert error.code in families or CODES[error.code] == error.status, error
