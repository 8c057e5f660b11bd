"""Rooms with people in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select

from api.sessions.models import CodeSnapshot, Session, SessionEvent, SessionParticipant
from tests.api.people import Json, Person, Service, expect

UNKNOWN: Final = "00000000-0000-4000-8000-000000000000"
MALFORMED: Final = ("x", "00000000000040008000000000000000", UNKNOWN.upper().replace("0", "A"), "%00", "..%2f..")
PHASES: Final = ("waiting", "warmup", "coding", "wrapup", "finished")


async def open_room(host: Person, mode: str = "peer", **body: Any) -> Json:
    """A room somebody hosts."""
    return dict(expect(await host.post("/rooms", {"mode": mode, **body}), 201))


async def join(person: Person, room: Json, role: str | None = None) -> Json:
    """Come in by the code."""
    body = {"roomCode": room["roomCode"], **({"requestedRole": role} if role else {})}
    return dict(expect(await person.post(f"/rooms/{room['roomId']}/join", body)))


async def advance(person: Person, room: Json, *phases: str) -> None:
    """Go on through phases."""
    for phase in phases:
        expect(await person.post(f"/rooms/{room['roomId']}/control/transition", {"targetStatus": phase}))


async def pair(host: Person, guest: Person, *, phase: str = "waiting", **body: Any) -> Json:
    """A peer room with its interviewer, who hosts it, and its candidate, in some phase."""
    room = await open_room(host, **body)
    await join(guest, room)
    await advance(host, room, *PHASES[1 : PHASES.index(phase) + 1])
    return await look(host, room)


async def look(person: Person, room: Json) -> Json:
    """The room as somebody sees it."""
    return dict(expect(await person.get(f"/rooms/{room['roomId']}")))


def seat(room: Json, person: Person) -> Json:
    """Somebody among the participants."""
    return next(dict(one) for one in room["participants"] if one["userId"] == person.id)


async def people(service: Service, *names: str) -> list[Person]:
    """New accounts."""
    return [await service.person(name) for name in names]


async def session_row(service: Service, room: Json) -> Session | None:
    """What is kept of a room."""
    async with service.services.database.read() as work:
        found = await work.session.execute(select(Session).where(Session.room_id == room["roomId"]))
        return found.scalar_one_or_none()


async def took_part(service: Service, room: Json) -> dict[str, SessionParticipant]:
    """Who took part, by their id."""
    async with service.services.database.read() as work:
        statement = select(SessionParticipant).join(Session).where(Session.room_id == room["roomId"])
        return {row.user_id: row for row in (await work.session.execute(statement)).scalars()}


async def events(service: Service, room: Json) -> Sequence[SessionEvent]:
    """What happened, in its order."""
    async with service.services.database.read() as work:
        statement = (
            select(SessionEvent)
            .join(Session)
            .where(Session.room_id == room["roomId"])
            .order_by(SessionEvent.created_at, SessionEvent.id)
        )
        return (await work.session.execute(statement)).scalars().all()


async def snapshots(service: Service, room: Json) -> Sequence[CodeSnapshot]:
    """The code that was kept, in its order."""
    async with service.services.database.read() as work:
        statement = (
            select(CodeSnapshot)
            .join(Session)
            .where(Session.room_id == room["roomId"])
            .order_by(CodeSnapshot.created_at, CodeSnapshot.id)
        )
        return (await work.session.execute(statement)).scalars().all()


async def make_problem(admin: Person, title: str = "Add two numbers", **changes: Any) -> str:
    """A published problem's id."""
    body = {
        "title": title,
        "description": "Print the sum.",
        "difficulty": "easy",
        "isPublished": True,
        "testCases": [{"input": "1 2\n", "expectedOutput": "3\n"}],
        **changes,
    }
    return str(expect(await admin.post("/problems", body), 201)["id"])
