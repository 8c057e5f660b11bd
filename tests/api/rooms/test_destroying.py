"""DELETE /rooms/{id}."""

from __future__ import annotations

from sqlalchemy import func, select

from api.admin.models import AuditLog
from api.database import new_id
from api.enums import RoomStatus, SnapshotTrigger
from api.execution.models import Run
from api.rooms.models import Participant, RoleSwap, Room
from api.sessions.models import CodeSnapshot, Session, SessionEvent, SessionParticipant
from api.sessions.record import record_snapshot
from tests.api.people import Person, Service, expect, refused
from tests.api.rooms.parties import MALFORMED, UNKNOWN, open_room, pair

OF_ROOMS = (Room, Participant, RoleSwap, Session, SessionParticipant, SessionEvent, CodeSnapshot, Run)


async def test_a_room_goes_with_all_that_is_its(service: Service, ann: Person, bob: Person) -> None:
    room = await pair(ann, bob, phase="coding")
    kept = await open_room(bob)
    path = f"/rooms/{room['roomId']}"
    expect(await bob.post(f"{path}/control/role-swaps"), 201)
    async with service.services.database.write() as work:
        await record_snapshot(
            work, room["roomId"], SnapshotTrigger.MANUAL, language="c", code="", phase=RoomStatus.CODING
        )
        run = {"language": "c", "language_version": "c-17", "code": b"", "status": "completed", "queued_at": work.now}
        work.session.add(Run(id=new_id(), user_id=bob.id, room_id=room["roomId"], **run))

    async def counts() -> list[int]:
        async with service.services.database.read() as work:
            return [
                (await work.session.execute(select(func.count()).select_from(table))).scalar_one() for table in OF_ROOMS
            ]

    assert all(count > 0 for count in await counts())
    refused(await bob.delete(path), 403, "ROOM_PERMISSION_DENIED")
    answer = expect(await ann.delete(path))
    assert answer == {"roomId": room["roomId"], "collabDeleted": False, "mediaDeleted": False}
    assert await counts() == [1, 1, 0, 0, 0, 0, 0, 0]
    for person in (ann, bob):
        refused(await person.get(path), 404, "ROOM_NOT_FOUND")
        refused(await person.delete(path), 404, "ROOM_NOT_FOUND")
    refused(await bob.get(f"/rooms/by-code/{room['roomCode']}"), 404, "ROOM_NOT_FOUND")
    assert [one["roomId"] for one in expect(await bob.get("/rooms"))["data"]] == [kept["roomId"]]


async def test_admins_destroy_any_room_and_that_is_written_down(
    service: Service, ann: Person, bob: Person, admin: Person
) -> None:
    room, other = await open_room(ann), await pair(ann, bob)
    refused(await bob.delete(f"/rooms/{room['roomId']}"), 403, "ROOM_NOT_PARTICIPANT")
    expect(await admin.delete(f"/rooms/{room['roomId']}"))
    expect(await ann.delete(f"/rooms/{other['roomId']}"))
    async with service.services.database.read() as work:
        statement = select(AuditLog).where(AuditLog.action == "admin.room.destroy")
        line = (await work.session.execute(statement)).scalar_one()
    assert (line.actor_id, line.target_id, line.target_type) == (admin.id, room["roomId"], "room")
    for room_id in (UNKNOWN, *(text for text in MALFORMED if "." not in text)):
        refused(await admin.delete(f"/rooms/{room_id}"), 404, "ROOM_NOT_FOUND")
