"""What rooms ask of the planes beside this one: the shared document (collab), and sound and pictures (media)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from api.errors import CollabUnavailableError


@dataclass(frozen=True, slots=True)
class Opened:
    """Whether a room has got its document and its media room."""

    collab: bool
    media: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """Whether they are gone. ``final_snapshot``: the last state of the document, ``None`` if nobody knows it."""

    collab: bool
    media: bool
    final_snapshot: bytes | None


class Planes(Protocol):
    """Asked after a change is committed and never undoing it: what fails is answered, not raised."""

    async def open_room(self, room_id: str) -> Opened:
        """Make a document and a media room."""
        ...

    async def close_room(self, room_id: str) -> Closed:
        """Tear both down, whoever is connected."""
        ...

    async def ensure_document(self, room_id: str) -> bool:
        """Make the document anew if it is lost; whether it was.

        Raises :class:`api.errors.CollabUnavailableError`.
        """
        ...


class AbsentPlanes:
    """A deployment without these planes: rooms work by HTTP alone."""

    async def open_room(self, room_id: str) -> Opened:
        """Nothing is made."""
        del room_id
        return Opened(collab=False, media=False)

    async def close_room(self, room_id: str) -> Closed:
        """There was nothing."""
        del room_id
        return Closed(collab=False, media=False, final_snapshot=None)

    async def ensure_document(self, room_id: str) -> bool:
        """Raises :class:`api.errors.CollabUnavailableError`: there is nobody to ask."""
        raise CollabUnavailableError("There is no shared editor here", details={"roomId": room_id})
