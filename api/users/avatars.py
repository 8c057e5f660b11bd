"""Pictures of people."""

from __future__ import annotations

from api.services import Services


def avatar_url(services: Services, key: str | None) -> str | None:
    """A ready-to-use address of an avatar (``User.avatar_key``); ``None`` without one."""
    return None if key is None else services.objects.lasting_url(key)
