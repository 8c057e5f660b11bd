"""``syncode worker --lanes webhooks``: delivers what the service has to tell to webhooks."""

from __future__ import annotations

from typing import Final

from api.commands.exits import ExitCode
from api.commands.terminal import remarks
from api.logs import configure_logs
from api.webhooks.worker import WebhookWorkerSettings, create_webhook_worker

LANE: Final = "webhooks"
"""No lane of jobs: who works in it belongs to the service and needs its database, and no sandbox."""


def deliver(settings: WebhookWorkerSettings) -> ExitCode:
    """Deliver until a signal says to stop. Raises :class:`runner.SettingsError` before anything is taken."""
    configure_logs()
    with create_webhook_worker(settings) as worker:
        remarks().print(f"{worker.name} delivers webhooks", soft_wrap=True)
        return ExitCode.OK if worker.run() == 0 else ExitCode.FAILED
