"""Routes (see API.md)."""

from __future__ import annotations

from api.routing import router

health = router(tags=["health"])
probes = router(tags=["health"])
