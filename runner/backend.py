"""The sandbox that the settings ask for."""

from __future__ import annotations

from typing import assert_never

from runner.settings import SandboxKind, Settings
from sandboxes import Backend
from sandboxes.docker import DockerSandbox
from sandboxes.nsjail import NsjailSandbox


def open_backend(settings: Settings, *, slots: int | None = None) -> Backend:
    """Open it, with ``slots`` places (``None``: as many as the settings say).

    Raises :class:`sandboxes.IsolationError` when this host cannot isolate runs as the settings require.
    """
    slots = slots or settings.slots
    match settings.sandbox:
        case SandboxKind.NSJAIL:
            return NsjailSandbox.open(settings.home, slots=slots, allow_degraded=settings.allow_degraded_isolation)
        case SandboxKind.DOCKER:
            return DockerSandbox.open(
                settings.home,
                slots=slots,
                allow_degraded=settings.allow_degraded_isolation,
                address=settings.docker_host,
                runtime=settings.docker_runtime,
            )
        case _:
            assert_never(settings.sandbox)
