"""People on the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from api.enums import UserRole
from api.rooms.schemas import RoomDetail
from api.schemas import Body, Id, Moment, Trimmed, View, absent

AVATAR_MOST_BYTES: Final = 5 << 20
_USER: Final = "7f0c2b9e-6a55-4d0e-9c1f-2f6d1f0f9a3b"
_AVATAR: Final = "https://syncode.example/api/v1/files/eyJhbGciOiJIUzI1NiJ9…"
_YEARS: Final = range(1970, 9000)

Username = Annotated[
    str, Field(min_length=3, max_length=30, pattern=r"^[A-Za-z0-9_]+$", examples=["ada"], description="Ignoring case")
]
DisplayName = Annotated[Trimmed, Field(max_length=100, examples=["Ada Lovelace"])]
Bio = Annotated[Trimmed, Field(max_length=500, examples=["I count on machines."])]


class UserStats(View):
    """What somebody has done, in finished sessions they have not put out of their sight."""

    total_sessions: int = Field(examples=[12])
    total_problems: int = Field(description="Distinct problems solved", examples=[7])
    streak_days: int = Field(description="Days in a row up to today or yesterday", examples=[3])


class PublicProfile(View):
    """What everybody may see of somebody."""

    id: Id = Field(examples=[_USER])
    username: str = Field(examples=["ada"])
    display_name: str | None = Field(examples=["Ada Lovelace"])
    avatar_url: str | None = Field(examples=[_AVATAR])
    bio: str | None = Field(examples=["I count on machines."])
    created_at: Moment


class UserProfile(View):
    """What somebody sees of themselves."""

    id: Id = Field(examples=[_USER])
    email: str = Field(examples=["ada@example.com"])
    username: str = Field(examples=["ada"])
    display_name: str | None = Field(examples=["Ada Lovelace"])
    avatar_url: str | None = Field(examples=[_AVATAR])
    bio: str | None = Field(examples=["I count on machines."])
    role: UserRole
    stats: UserStats
    created_at: Moment
    updated_at: Moment


class ProfileChange(Body):
    """What shall be different. ``None`` and text that is empty clear."""

    username: Username = Field(default_factory=absent)
    display_name: DisplayName | None = None
    bio: Bio | None = None


class AvatarRequest(Body):
    """The picture that will be sent."""

    content_type: Annotated[Literal["image/png", "image/jpeg", "image/webp"], Field(examples=["image/webp"])] = (
        "image/webp"
    )
    content_length: Annotated[int, Field(ge=1, le=AVATAR_MOST_BYTES, description="Bytes", examples=[48_213])] = Field(
        default_factory=absent
    )


class AvatarUpload(View):
    """How to send it: `method` to `uploadUrl` with `headers`, then confirm."""

    upload_url: str = Field(examples=["https://syncode.example/api/v1/uploads/eyJhbGciOiJIUzI1NiJ9…"])
    key: str = Field(examples=[f"avatars/pending/{_USER}"])
    method: str = Field(examples=["PUT"])
    headers: dict[str, str] = Field(examples=[{"Content-Type": "image/webp"}])
    expires_at: Moment


class QuotaUse(View):
    """How much of a daily quota is used."""

    used: int = Field(examples=[17])
    limit: int = Field(examples=[100])
    resets_at: Moment


class RoomUse(View):
    """How many unfinished rooms somebody hosts."""

    active_count: int = Field(examples=[1])
    max_active: int = Field(examples=[100])


class Quotas(View):
    """What somebody may still do."""

    ai: QuotaUse = Field(description="Hints, reviews and own messages")
    execution: QuotaUse = Field(description="Runs and submissions, standalone runs and inputs of batches included")
    rooms: RoomUse


class ActiveRoom(View):
    """Where to go back to."""

    room: RoomDetail | None


class Granularity(StrEnum):
    """How long a period is. Weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class TrainingTotals(View):
    """What was done in some time."""

    sessions: int = Field(description="Finished sessions", examples=[2])
    practice_minutes: int = Field(description="Coding time in them", examples=[64])
    problems_attempted: int = Field(examples=[3])
    problems_solved: int = Field(examples=[2])
    runs: int = Field(examples=[21])
    submissions: int = Field(examples=[5])
    accepted_submissions: int = Field(examples=[2])
    average_score: float | None = Field(description="Of reports; null without one", examples=[78.5])


class TrainingPoint(TrainingTotals):
    """The same for one period."""

    period_start: Moment


class TrainingStats(View):
    """What somebody did, period by period."""

    granularity: Granularity
    from_: Moment = Field(alias="from")
    to: Moment
    points: list[TrainingPoint] = Field(description="Every period, those with nothing too")
    totals: TrainingTotals
    streak_days: int = Field(description="Days in a row up to today or yesterday", examples=[3])


def _moment(moment: datetime) -> datetime:
    if moment.year not in _YEARS:
        raise ValueError(f"must be a moment from {_YEARS[0]} to {_YEARS[-1]}")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


MomentIn = Annotated[datetime, AfterValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
"""A moment in a query; without a zone it is UTC."""
