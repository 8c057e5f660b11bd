"""Problems to try things with."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import update

from api.database import new_id
from api.enums import RoomStatus, SessionStatus
from api.execution.models import Submission
from api.problems.models import Problem
from api.rooms.models import Participant, Room
from api.sessions.models import Session
from tests.api.people import Json, Person, Service, expect

UNKNOWN: Final = "00000000-0000-4000-8000-000000000000"
CASE: Final[Json] = {"input": "1 2\n", "expectedOutput": "3\n"}
PROGRAM: Final[Json] = {"language": "python", "code": "import sys\nsys.exit(42)\n"}


def problem(title: str = "Add two numbers", **changes: Any) -> Json:
    """The body that makes a problem."""
    return {
        "title": title,
        "description": "Print the sum.",
        "difficulty": "easy",
        "isPublished": True,
        "testCases": [CASE],
        **changes,
    }


async def create(admin: Person, title: str = "Add two numbers", **changes: Any) -> Json:
    """A new problem, published."""
    return dict(expect(await admin.post("/problems", problem(title, **changes)), 201))


async def set_counts(service: Service, problem_id: str, *, accepted: int, total: int) -> None:
    """Let a problem have been submitted to."""
    async with service.services.database.write() as work:
        counts = {"accepted_submissions": accepted, "total_submissions": total}
        await work.session.execute(update(Problem).where(Problem.id == problem_id).values(**counts))


async def room_with(
    service: Service,
    problem_id: str,
    *,
    members: list[Person],
    status: RoomStatus = RoomStatus.CODING,
    session: SessionStatus | None = None,
    selected: bool = True,
) -> str:
    """A room that uses a problem (``selected``), with a session that does, if there is one."""
    async with service.services.database.write() as work:
        room = Room(
            id=new_id(),
            code="ABCDEF",
            mode="peer",
            status=status.value,
            host_id=members[0].id,
            problem_id=problem_id if selected else None,
            max_participants=2,
            max_duration_min=60,
            is_private=True,
            require_ready=False,
            created_at=work.now,
            updated_at=work.now,
        )
        work.session.add(room)
        await work.session.flush()
        for member in members:
            work.session.add(
                Participant(
                    room_id=room.id,
                    user_id=member.id,
                    role="candidate",
                    is_active=True,
                    joined_at=work.now,
                    present_since=work.now,
                    seen_at=work.now,
                )
            )
        if session is not None:
            work.session.add(
                Session(
                    id=new_id(),
                    room_id=room.id,
                    mode="peer",
                    status=session.value,
                    problem_id=problem_id,
                    started_at=work.now,
                )
            )
    return room.id


async def submit(
    service: Service, person: Person, *, problem_id: str, room_id: str, verdict: str | None = "accepted"
) -> None:
    """Let somebody have submitted to a problem."""
    async with service.services.database.write() as work:
        work.session.add(
            Submission(
                id=new_id(),
                user_id=person.id,
                room_id=room_id,
                problem_id=problem_id,
                language="python",
                language_version="3",
                code=b"print(3)",
                status="completed" if verdict else "running",
                verdict=verdict,
                total=1,
                submitted_at=work.now,
            )
        )
