"""What all shapes on the wire share. Requests are strict, answers are complete; keys are camelCase."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

from api.database import is_id

Item = TypeVar("Item")


class Body(BaseModel):
    """A request's body: no coercion, no field that is not known."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        strict=True,
        frozen=True,
        validate_by_name=False,
        validate_by_alias=True,
    )


class View(BaseModel):
    """An answer's body: every field is there, unless it says otherwise."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


def moment_text(moment: datetime) -> str:
    """``2026-03-03T12:00:00.000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_MOMENT_SCHEMA = {"type": "string", "format": "date-time", "examples": ["2026-03-03T12:00:00.000Z"]}

Moment = Annotated[
    datetime, PlainSerializer(moment_text, return_type=str), WithJsonSchema(_MOMENT_SCHEMA, mode="serialization")
]
"""A moment in an answer."""


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not hold NUL")
    return text


def _id(text: str) -> str:
    if not is_id(text):
        raise ValueError("must be a UUID in lowercase")
    return text


Plain = Annotated[str, AfterValidator(_no_nul)]
"""Text without NUL, as all text that is no program or test data."""

Trimmed = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_no_nul)]
"""Such text without whitespace around it; put ``Field(min_length=…, max_length=…)`` beside it."""

Id = Annotated[str, AfterValidator(_id), WithJsonSchema({"type": "string", "format": "uuid"})]
"""A UUID in a body or query."""


def _words(value: object) -> object:
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list):
        return [part.strip() for text in value for part in str(text).split(",") if part.strip()]
    return value


Many = BeforeValidator(_words)
"""Beside the type of a query's list: its values may be repeated or separated by commas."""


def _flag(value: object) -> object:
    match value:
        case "true":
            return True
        case "false":
            return False
        case bool():
            return value
        case _:
            raise ValueError("must be true or false")


Flag = Annotated[bool, BeforeValidator(_flag)]
"""A query's ``true`` or ``false``."""


def absent() -> Any:  # noqa: ANN401 - stands for every type, and is never looked at
    """``default_factory`` of fields that may be absent but not null: ask ``model_fields_set`` before reading them."""
    return None


class Pagination(View):
    """Where the next page begins."""

    next_cursor: str | None
    has_more: bool


class Page(View, Generic[Item]):
    """One page of a list."""

    data: list[Item]
    pagination: Pagination


class Listing(View, Generic[Item]):
    """A list that is never long enough for pages."""

    data: list[Item]


class ErrorResponse(View):
    """Every answer that is not 2xx."""

    status_code: int = Field(description="Equals the HTTP status")
    code: str = Field(description="What clients branch on", pattern="^[A-Z_]+$")
    message: str = Field(description="For people; may change")
    timestamp: Moment
    details: Annotated[dict[str, object] | None, WithJsonSchema({"type": "object", "additionalProperties": True})] = (
        Field(None, description="What the code has to tell; of VALIDATION_FAILED, dotted paths of fields to reasons")
    )
