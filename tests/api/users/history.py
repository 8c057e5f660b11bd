"""What people have done, written straight into the database: at moments that are not now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import jwt

from api.database import new_id
from api.execution.models import Run, Submission
from api.problems.models import Problem
from api.rooms.models import Participant, Room
from api.sessions.models import Session, SessionParticipant
from tests.api.people import Person, Service


@dataclass(frozen=True, slots=True)
class History:
    """Of one person. ``at``: when what comes next happens."""

    service: Service
    person: Person
    at: datetime

    def back(self, **duration: float) -> History:
        return replace(self, at=self.at - timedelta(**duration))

    def renew_token(self) -> None:
        """The clock was moved: what the person has may have expired."""
        self.person.token = self.service.services.tokens.access(self.person.id, session_of(self.person))

    async def add(self, *rows: Any) -> None:
        async with self.service.services.database.write() as work:
            for row in rows:
                work.session.add(row)
                await work.session.flush()

    async def problem(self) -> str:
        row = Problem(
            id=new_id(),
            title="Sum",
            description="Add two numbers.",
            difficulty="easy",
            examples=[],
            output_limit_mib=16,
            kind="standard",
            checker={"type": "trimmed"},
            scoring={"mode": "pass_fail"},
            stop_on_first_failure=False,
            language_limits={},
            is_published=True,
            created_at=self.at,
            updated_at=self.at,
        )
        await self.add(row)
        return row.id

    async def room(self, status: str = "coding", **participant: Any) -> str:
        row = Room(
            id=new_id(),
            code=new_id()[:6],
            mode="peer",
            status=status,
            host_id=self.person.id,
            max_participants=2,
            max_duration_min=120,
            is_private=True,
            require_ready=False,
            created_at=self.at,
            updated_at=self.at,
        )
        seat: dict[str, Any] = {"is_active": status != "finished", "left_at": None, **participant}
        await self.add(
            row,
            Participant(
                room_id=row.id,
                user_id=self.person.id,
                role="interviewer",
                joined_at=self.at,
                present_since=self.at,
                seen_at=self.at,
                **seat,
            ),
        )
        return row.id

    async def session(self, *, minutes: float = 0, finished: bool = True, hidden: bool = False) -> str:
        """A session that ends now; the id of its room."""
        room_id = await self.room("finished" if finished else "coding")
        row = Session(
            id=new_id(),
            room_id=room_id,
            mode="peer",
            status="finished" if finished else "ongoing",
            duration_ms=int(minutes * 60_000),
            started_at=self.at - timedelta(minutes=minutes),
            finished_at=self.at if finished else None,
        )
        taking_part = SessionParticipant(
            session_id=row.id,
            user_id=self.person.id,
            role="candidate",
            was_candidate=True,
            joined_at=self.at,
            hidden_at=self.at if hidden else None,
        )
        await self.add(row, taking_part)
        return room_id

    async def submission(self, room_id: str, problem_id: str, verdict: str = "accepted") -> None:
        await self.add(
            Submission(
                id=new_id(),
                user_id=self.person.id,
                room_id=room_id,
                problem_id=problem_id,
                language="python",
                language_version="3.13",
                code=b"",
                status="completed",
                verdict=verdict,
                total=1,
                submitted_at=self.at,
            )
        )

    async def run(self, room_id: str | None = None) -> None:
        await self.add(
            Run(
                id=new_id(),
                user_id=self.person.id,
                room_id=room_id,
                language="python",
                language_version="3.13",
                code=b"",
                status="completed",
                queued_at=self.at,
            )
        )


def session_of(person: Person) -> str:
    """The login session of somebody's token."""
    assert person.token is not None
    return str(jwt.decode(person.token, options={"verify_signature": False})["sid"])
