"""Routes (see API.md)."""

from __future__ import annotations

from api.routing import router

execution = router(tags=["execution"])
