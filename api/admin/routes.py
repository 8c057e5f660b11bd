"""Routes (see API.md)."""

from __future__ import annotations

from api.routing import router

admin = router(tags=["admin"])
