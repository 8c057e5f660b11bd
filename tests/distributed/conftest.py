"""What whole clusters need of this machine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from runner import Settings
from tests.api.postgres import find_programs
from tests.conftest import unavailable


@pytest.fixture(scope="session")
def postgres_programs() -> Path:
    return find_programs() or unavailable("PostgreSQL is not installed")


@pytest.fixture(scope="session")
def redis_program() -> str:
    return shutil.which("redis-server") or unavailable("Redis is not installed")


@pytest.fixture(scope="session")
def images(settings: Settings) -> Path:
    return settings.home / "images"
