"""POST /auth/refresh and POST /auth/logout, by body."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import httpx
import jwt
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from api.auth.models import LoginSession, RefreshToken
from api.auth.sessions import end_sessions, forget_old_sessions
from api.database import new_id
from api.users.models import User
from tests.api.people import PASSWORD, Json, Person, Service, expect, refused

SIGN_IN = {"identifier": "ann", "password": PASSWORD, "tokenTransport": "body"}


async def sign_in(service: Service) -> Json:
    return dict(expect(await service.nobody.post("/auth/login", SIGN_IN)))


async def refresh(service: Service, token: str) -> httpx.Response:
    return await service.nobody.post("/auth/refresh", {"refreshToken": token})


async def logout(service: Service, token: str) -> httpx.Response:
    return await service.nobody.post("/auth/logout", {"refreshToken": token})


async def works(service: Service, access_token: str) -> bool:
    answer = await Person(service.client, access_token).get("/users/me")
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


async def test_every_refresh_gives_a_new_pair(service: Service, ann: Person) -> None:
    first = await sign_in(service)
    answer = await refresh(service, first["refreshToken"])
    second = expect(answer)
    assert set(second) == {"accessToken", "expiresIn", "refreshToken"}
    assert second["expiresIn"] == 900
    assert "set-cookie" not in answer.headers
    third = expect(await refresh(service, second["refreshToken"]))
    assert len({each["refreshToken"] for each in (first, second, third)}) == 3
    assert expect(await Person(service.client, third["accessToken"]).get("/users/me"))["id"] == ann.id


async def test_only_hashes_of_tokens_are_kept(service: Service, ann: Person) -> None:
    assert ann.token
    token = (await sign_in(service))["refreshToken"]
    async with service.services.database.read() as work:
        kept = (await work.session.execute(select(RefreshToken.token_hash))).scalars().all()
    assert token not in kept
    assert all(len(each) == 64 for each in kept)


async def test_an_access_token_lives_15_minutes(service: Service, ann: Person) -> None:
    service.clock.forward(minutes=14, seconds=59)
    expect(await ann.get("/users/me"))
    service.clock.forward(seconds=1)
    refused(await ann.get("/users/me"), 401, "AUTH_TOKEN_EXPIRED")


async def test_claims_of_tokens(service: Service, ann: Person) -> None:
    pair = await sign_in(service)
    access = jwt.decode(pair["accessToken"], options={"verify_signature": False})
    assert set(access) == {"sub", "sid", "tokenType", "iat", "exp"}
    assert (access["sub"], access["tokenType"], access["exp"] - access["iat"]) == (ann.id, "access", 900)
    later = jwt.decode(pair["refreshToken"], options={"verify_signature": False})
    assert (later["sid"], later["exp"] - later["iat"]) == (access["sid"], 7 * 86_400)


async def test_a_used_token_within_10_s_is_refused_and_harms_nothing(service: Service, ann: Person) -> None:
    assert ann.token
    first = await sign_in(service)
    second = expect(await refresh(service, first["refreshToken"]))
    service.clock.forward(seconds=10)
    refused(await refresh(service, first["refreshToken"]), 401, "AUTH_TOKEN_REVOKED")
    assert await works(service, second["accessToken"])
    expect(await refresh(service, second["refreshToken"]))


async def test_a_used_token_later_ends_its_session_and_no_other(service: Service, ann: Person) -> None:
    first = await sign_in(service)
    second = expect(await refresh(service, first["refreshToken"]))
    service.clock.forward(seconds=10, milliseconds=1)
    with capture_logs() as told:
        refused(await refresh(service, first["refreshToken"]), 401, "AUTH_TOKEN_REVOKED")
    assert [line["userId"] for line in told if line["log_level"] == "warning"] == [ann.id]
    assert not await works(service, second["accessToken"])
    refused(await refresh(service, second["refreshToken"]), 401, "AUTH_TOKEN_REVOKED")
    assert await works(service, str(ann.token))


async def test_of_tabs_that_race_one_wins_and_the_session_lives(service: Service, ann: Person) -> None:
    assert ann.token
    first = await sign_in(service)
    answers = await asyncio.gather(*(refresh(service, first["refreshToken"]) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]
    won = next(answer.json() for answer in answers if answer.status_code == 200)
    assert await works(service, won["accessToken"])
    expect(await refresh(service, won["refreshToken"]))


async def test_a_session_dies_after_7_idle_days(service: Service, ann: Person) -> None:
    assert ann.token
    pair = await sign_in(service)
    for _ in range(3):
        service.clock.forward(days=6, hours=23)
        pair = expect(await refresh(service, pair["refreshToken"]))
    service.clock.forward(days=7)
    refused(await refresh(service, pair["refreshToken"]), 401, "AUTH_TOKEN_EXPIRED")


async def test_a_session_that_was_cut_short_is_expired(service: Service, ann: Person) -> None:
    pair = await sign_in(service)
    async with service.services.database.write() as work:
        await work.session.execute(
            update(LoginSession).where(LoginSession.user_id == ann.id).values(expires_at=work.now)
        )
    refused(await refresh(service, pair["refreshToken"]), 401, "AUTH_TOKEN_EXPIRED")


async def test_what_is_no_refresh_token_is_refused(service: Service, ann: Person) -> None:
    for path in ["/auth/refresh", "/auth/logout"]:
        for body in (None, {}, {"refreshToken": ""}, {"refreshToken": "nonsense"}, {"refreshToken": ann.token}):
            refused(await service.nobody.post(path, body), 401, "UNAUTHORIZED")
        forged = jwt.encode(
            {"sub": ann.id, "sid": new_id(), "tokenType": "refresh", "iat": 1, "exp": 1 << 40}, "x" * 32
        )
        refused(await service.nobody.post(path, {"refreshToken": forged}), 401, "UNAUTHORIZED")
        unsigned = jwt.encode(
            {"sub": ann.id, "sid": new_id(), "tokenType": "refresh", "iat": 1, "exp": 1 << 40}, "", "none"
        )
        refused(await service.nobody.post(path, {"refreshToken": unsigned}), 401, "UNAUTHORIZED")


async def test_bodies_that_break_their_rules(service: Service) -> None:
    for path in ["/auth/refresh", "/auth/logout"]:
        for body in [{"refreshToken": 1}, {"refreshToken": None}, {"token": "x"}, [], "x"]:
            refused(await service.nobody.post(path, body), 400, "VALIDATION_FAILED")


async def test_a_token_that_was_never_given_out_is_revoked(service: Service, ann: Person) -> None:
    tokens = service.services.tokens
    refused(await refresh(service, tokens.refresh(ann.id, new_id(), new_id())), 401, "AUTH_TOKEN_REVOKED")
    refused(await refresh(service, tokens.refresh(new_id(), new_id(), new_id())), 401, "AUTH_TOKEN_REVOKED")
    refused(await refresh(service, tokens.refresh("\0", "\0", "\0")), 401, "AUTH_TOKEN_REVOKED")


async def test_a_banned_person_is_told_so_and_loses_all_sessions(service: Service, ann: Person) -> None:
    pair = await sign_in(service)
    async with service.services.database.write() as work:
        await work.session.execute(update(User).where(User.id == ann.id).values(banned_at=datetime.now(UTC)))
    refused(await refresh(service, pair["refreshToken"]), 403, "USER_BANNED")
    async with service.services.database.write() as work:
        live = select(func.count()).select_from(LoginSession).where(LoginSession.revoked_at.is_(None))
        assert (await work.session.execute(live)).scalar_one() == 0
        await work.session.execute(update(User).where(User.id == ann.id).values(banned_at=None))
    refused(await refresh(service, pair["refreshToken"]), 401, "AUTH_TOKEN_REVOKED")


async def test_a_ban_that_ended_the_sessions_is_told_too(service: Service, ann: Person) -> None:
    pair = await sign_in(service)
    async with service.services.database.write() as work:
        await work.session.execute(update(User).where(User.id == ann.id).values(banned_at=datetime.now(UTC)))
        await end_sessions(work, ann.id)
    refused(await refresh(service, pair["refreshToken"]), 403, "USER_BANNED")
    refused(await ann.get("/users/me"), 403, "USER_BANNED")


async def test_logging_out_ends_the_session_and_no_other(service: Service, ann: Person) -> None:
    pair = await sign_in(service)
    expect(await logout(service, pair["refreshToken"]), 204)
    assert not await works(service, pair["accessToken"])
    refused(await Person(service.client, pair["accessToken"]).get("/users/me"), 401, "UNAUTHORIZED")
    refused(await refresh(service, pair["refreshToken"]), 401, "AUTH_TOKEN_REVOKED")
    assert await works(service, str(ann.token))


async def test_logging_out_can_be_repeated_with_any_token_of_ours(service: Service, ann: Person) -> None:
    assert ann.token
    first = await sign_in(service)
    second = expect(await refresh(service, first["refreshToken"]))
    expect(await logout(service, first["refreshToken"]), 204)  # used, and still of this session
    assert not await works(service, second["accessToken"])
    expect(await logout(service, first["refreshToken"]), 204)
    service.clock.forward(days=30)
    expect(await logout(service, second["refreshToken"]), 204)


async def test_an_expired_token_still_ends_its_session(service: Service, ann: Person) -> None:
    pair = await sign_in(service)
    service.clock.forward(days=8)
    expect(await logout(service, pair["refreshToken"]), 204)
    async with service.services.database.read() as work:
        mine = select(LoginSession.revoked_at).where(LoginSession.user_id == ann.id)
        ended = [moment for moment in (await work.session.execute(mine)).scalars() if moment is not None]
    assert ended == [service.clock.now()]


async def test_sessions_nobody_came_back_to_are_forgotten(service: Service, ann: Person) -> None:
    database = service.services.database

    async def count() -> tuple[int, int]:
        async with database.read() as work:
            rows = [select(func.count()).select_from(table) for table in (LoginSession, RefreshToken)]
            return tuple([(await work.session.execute(each)).scalar_one() for each in rows])  # type: ignore[return-value]  # two of them

    assert ann.token
    service.clock.forward(days=7)
    await forget_old_sessions(database)
    assert await count() == (1, 1)
    pair = await sign_in(service)
    service.clock.forward(days=2)
    await forget_old_sessions(database)
    assert await count() == (1, 1)
    expect(await refresh(service, pair["refreshToken"]))
