"""Invite codes: six characters that people can read to each other."""

from __future__ import annotations

import secrets
from typing import Final

from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError

from api.database import Work
from api.errors import InternalError, RoomInvalidCodeError
from api.rooms.models import Room

ALPHABET: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
LENGTH: Final = 6
DRAWS: Final = 5


def draw_code() -> str:
    """A code; every one is as likely as any other."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_code(text: str) -> str:
    """What somebody typed, as a code. Raises :class:`RoomInvalidCodeError` for what is none."""
    code = text.upper() if text.isascii() else text
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        raise RoomInvalidCodeError
    return code


async def give_code(work: Work, room: Room) -> None:
    """Give a room, new or not, a code that no unfinished room has, and write it. What it had before is void.

    Raises :class:`InternalError` when it took too many draws.
    """
    for _ in range(DRAWS):
        code = draw_code()
        try:
            async with work.session.begin_nested():
                room.code = room.code_key = code
                work.session.add(room)
        except IntegrityError:
            if inspect(room).persistent:
                await work.session.refresh(room)
        else:
            return
    raise InternalError
