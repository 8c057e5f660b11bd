"""Sessions on the wire."""

from __future__ import annotations

from pydantic import Field

from api.enums import Difficulty, RoomMode, RoomRole, SupportedLanguage
from api.schemas import Id, Moment, View


class SessionPerson(View):
    """Somebody who took part. ``role``: the last one they held."""

    user_id: Id
    username: str = Field(examples=["ada"])
    display_name: str | None = Field(examples=["Ada Lovelace"])
    avatar_url: str | None
    role: RoomRole


class SessionSummary(View):
    """A session in a list."""

    session_id: Id
    room_id: Id
    mode: RoomMode
    problem_title: str | None = Field(examples=["Two Sum"])
    difficulty: Difficulty | None
    language: SupportedLanguage | None
    duration: int = Field(description="Seconds of coding time", examples=[1800])
    participants: list[SessionPerson]
    overall_score: float | None = Field(description="Of the report about the person who asks, 0 to 100")
    has_report: bool
    has_feedback: bool
    created_at: Moment = Field(description="When it began")
    finished_at: Moment | None
