"""Pages by keyset: a cursor says after which row the next page begins, so pages never overlap or skip."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, Row, Select, and_, false, literal, or_, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import NullType

from api.errors import ValidationFailedError
from api.schemas import Page, Pagination

Shown = TypeVar("Shown")
Expression = ColumnElement[Any] | InstrumentedAttribute[Any]
Rows = Select[*tuple[Any, ...]]

MOST: Final = 100
USUAL: Final = 20
_INTEGERS_END: Final = 1 << 63
_NUMBERS: Final = frozenset({int, float, Decimal})
_SURROGATES: Final = re.compile(r"[\ud800-\udfff]")


class SortOrder(StrEnum):
    """Smallest first, or largest first."""

    ASC = "asc"
    DESC = "desc"


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Which page. ``descending`` ``None``: as the list has it by default."""

    limit: int = USUAL
    cursor: str | None = None
    descending: bool | None = None


async def _page_query(
    cursor: Annotated[str | None, Query(description="Where the page begins: an earlier page's `nextCursor`")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many at most")] = USUAL,
    sort_order: Annotated[SortOrder | None, Query(alias="sortOrder", description="Usually `desc`")] = None,
) -> PageQuery:
    return PageQuery(limit, cursor, None if sort_order is None else sort_order is SortOrder.DESC)


PageDep = Annotated[PageQuery, Depends(_page_query)]
"""The query parameters of a list."""


@dataclass(frozen=True, slots=True)
class Keyset:
    """How a list is sorted: by ``value``, which may be null (then last, either way), ties by ``id``.

    ``scope`` is everything else that the list depends on (route, filters, sort): a cursor is good for that alone.
    """

    value: Expression
    id: Expression
    scope: tuple[object, ...]
    descending: bool = True


async def paginate(
    session: AsyncSession,
    statement: Rows,
    page: PageQuery,
    keyset: Keyset,
    *,
    show: Callable[[Row[Any]], Shown],
    parameters: Mapping[str, Any] | None = None,
) -> Page[Shown]:
    """One page of ``statement``'s rows, each as ``show`` gives it.

    ``page.descending`` goes before the keyset's own; ``parameters`` are those the statement leaves open. Raises
    :class:`ValidationFailedError` for a cursor that is not one of this list.
    """
    rows, following = await fetch_page(session, statement, page, keyset, parameters=parameters)
    return Page(
        data=[show(row) for row in rows], pagination=Pagination(next_cursor=following, has_more=following is not None)
    )


async def fetch_page(
    session: AsyncSession,
    statement: Rows,
    page: PageQuery,
    keyset: Keyset,
    *,
    parameters: Mapping[str, Any] | None = None,
) -> tuple[Sequence[Row[Any]], str | None]:
    """As :func:`paginate`, for rows that need more than one look: the rows, and the cursor of the page after."""
    descending = keyset.descending if page.descending is None else page.descending
    scope = _fingerprint((*keyset.scope, descending))
    value, last = keyset.value.label("sort_value"), keyset.id.label("sort_id")
    statement = statement.add_columns(value, last)
    if page.cursor is not None:
        position = _decode(page.cursor, scope, keyset)
        statement = statement.where(_after(keyset, position, descending=descending))
    order = (column.desc() if descending else column.asc() for column in (keyset.value, keyset.id))
    if _nullable(keyset):
        statement = statement.order_by(keyset.value.is_(None))
    statement = statement.order_by(*order).limit(page.limit + 1)
    rows = (await session.execute(statement, parameters)).all()
    if len(rows) <= page.limit:
        return rows, None
    rows = rows[: page.limit]
    return rows, _encode(scope, rows[-1].sort_value, rows[-1].sort_id)


def _after(keyset: Keyset, position: tuple[Any, Any], *, descending: bool) -> ColumnElement[bool]:
    value, last = position
    if not _nullable(keyset):
        here, there = tuple_(keyset.value, keyset.id), tuple_(_typed(value, keyset.value), _typed(last, keyset.id))
        return here < there if descending else here > there
    beyond = keyset.id < last if descending else keyset.id > last
    if value is None:
        return and_(keyset.value.is_(None), beyond)
    further = keyset.value < value if descending else keyset.value > value
    return or_(further, and_(keyset.value == value, beyond), keyset.value.is_(None))


def _nullable(keyset: Keyset) -> bool:
    """Whether nulls must be looked out for: else an index finds the page.

    Columns of outer joins are no sort values: they may be null whatever they say.
    """
    return bool(getattr(keyset.value, "nullable", True))


def _typed(value: object, like: Expression) -> ColumnElement[Any]:
    return literal(value, like.type)


def _fingerprint(scope: tuple[object, ...]) -> str:
    return hashlib.sha256(repr(scope).encode()).hexdigest()[:16]


def _encode(scope: str, value: object, last: object) -> str:
    kind, text = ("moment", value.isoformat()) if isinstance(value, datetime) else ("plain", value)
    content = json.dumps([scope, kind, text, last]).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decode(cursor: str, scope: str, keyset: Keyset) -> tuple[Any, Any]:
    refusal = ValidationFailedError.of("cursor", "is not a cursor of this list")
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        theirs, kind, value, last = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if kind == "moment":
            value = _moment(value)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise refusal from None
    if theirs != scope or last is None or not _fits(value, keyset.value) or not _fits(last, keyset.id):
        raise refusal
    return value, last


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _fits(value: object, column: Expression) -> bool:
    """Whether a value can be compared with a column: anybody may have written the cursor."""
    if value is None:
        return bool(getattr(column, "nullable", True))
    kind = str if isinstance(column.type, NullType) else column.type.python_type
    match value:
        case bool():
            return kind is bool
        case int():
            return kind in _NUMBERS and abs(value) < _INTEGERS_END
        case float():
            return kind in _NUMBERS and math.isfinite(value)
        case str():
            return kind is str and "\0" not in value and not _SURROGATES.search(value)
        case _:
            return isinstance(value, kind)


NOTHING: Final = false()
"""A condition that no row meets."""
