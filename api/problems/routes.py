"""Routes (see API.md)."""

from __future__ import annotations

from api.routing import router

problems = router(tags=["problems"])
