"""What paths below ``/rooms`` are made of, and the errors that all of them may answer."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path

from api.errors import ApiError, NotParticipantError, PermissionDeniedError, RoomFinishedError, RoomNotFoundError

RoomId = Annotated[str, Path(alias="id", description="The room's id")]
UserId = Annotated[str, Path(alias="userId", description="Somebody in the room")]
SwapId = Annotated[str, Path(alias="swapId", description="A request to swap roles")]
RoomCode = Annotated[str, Path(alias="roomCode", description="6 characters, in any case")]

READ: Final[tuple[type[ApiError], ...]] = (RoomNotFoundError, NotParticipantError)
WRITE: Final[tuple[type[ApiError], ...]] = (*READ, RoomFinishedError, PermissionDeniedError)
