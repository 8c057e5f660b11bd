"""Routes (see API.md)."""

from __future__ import annotations

from api.routing import router

auth = router(tags=["auth"])
