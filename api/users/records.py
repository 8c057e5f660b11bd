"""Which rows tell of what somebody has done: conditions that all figures share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select

from api.enums import SessionStatus
from api.execution.models import Submission
from api.sessions.models import Session, SessionParticipant
from judge import Verdict


def finished_sessions(user_id: str) -> Select[Any]:
    """Finished sessions somebody took part in and has not hidden."""
    return (
        select(Session.id)
        .select_from(Session)
        .join(SessionParticipant, SessionParticipant.session_id == Session.id)
        .where(
            SessionParticipant.user_id == user_id,
            SessionParticipant.hidden_at.is_(None),
            Session.status == SessionStatus.FINISHED.value,
        )
    )


def accepted(user_id: str) -> tuple[ColumnElement[bool], ...]:
    """Submissions of somebody that were right."""
    return Submission.user_id == user_id, Submission.verdict == Verdict.ACCEPTED.value


def in_sight(room_id: Any, user_id: str) -> ColumnElement[bool]:  # noqa: ANN401 - a column of any table
    """What belongs to no session that somebody has hidden; what belongs to no room or session is in sight."""
    hidden = (
        select(SessionParticipant.session_id)
        .join(Session, Session.id == SessionParticipant.session_id)
        .where(
            Session.room_id == room_id,
            SessionParticipant.user_id == user_id,
            SessionParticipant.hidden_at.is_not(None),
        )
    )
    return ~exists(hidden)
