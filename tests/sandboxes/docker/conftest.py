"""A Docker engine of our own, and a sandbox in it; without one, the tests that need it say why they do not run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runner import Settings
from sandboxes.docker import DockerSandbox
from tests.conftest import unavailable
from tests.sandboxes.docker.dockerd import NoEngineError, gvisor, impossible, missing, started


@pytest.fixture(scope="session")
def docker_address() -> Iterator[str]:
    """Of an engine that is there for these tests only."""
    if reason := impossible():
        pytest.skip(reason)
    if reason := missing():
        unavailable(reason)
    try:
        with started(**gvisor()) as address:
            yield address
    except NoEngineError as error:
        unavailable(str(error))


@pytest.fixture(scope="session")
def docker_sandbox(docker_address: str, settings: Settings) -> Iterator[DockerSandbox]:
    """A sandbox in it, with as many slots as the host has processors."""
    with DockerSandbox.open(settings.home, slots=settings.slots, address=docker_address) as opened:
        yield opened
