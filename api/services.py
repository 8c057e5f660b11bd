"""What one service process is made of. Assembled in ``app.py``, handed to every operation."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from api.activity import Activity
from api.admin.schemas import AdminDashboard
from api.auth.passwords import Passwords
from api.auth.tokens import Tokens
from api.cached import Cached
from api.clock import Clock
from api.database import Database
from api.execution.places import Places
from api.execution.streams import Streams
from api.keys import Secrets
from api.mail import Mailer
from api.metrics import Metrics
from api.objects import ObjectStore
from api.ratelimit import RateLimiter
from api.rooms.planes import Planes
from api.settings import ServiceSettings
from api.webhooks.courier import Webhooks
from runner.catalog import Catalog
from runner.dispatch import Dispatcher


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that outlives a request.

    ``started_at``  when the process began to serve
    ``workspace``   a directory for what is being received and unpacked; gone when the process is
    ``unpacking``   how many packages may be unpacked or packed at once
    ``waits``       requests that are held until a job ends
    """

    settings: ServiceSettings
    secrets: Secrets
    clock: Clock
    database: Database
    tokens: Tokens
    limiter: RateLimiter
    activity: Activity
    metrics: Metrics
    catalog: Catalog
    objects: ObjectStore
    passwords: Passwords
    mailer: Mailer
    planes: Planes
    dispatcher: Dispatcher
    streams: Streams
    waits: Places
    webhooks: Webhooks
    started_at: datetime
    dashboard: Cached[AdminDashboard]
    workspace: Path
    unpacking: asyncio.Semaphore

    @property
    def retention(self) -> timedelta:
        """How long a run's result is kept after its end."""
        return timedelta(hours=self.settings.result_retention_hours)
