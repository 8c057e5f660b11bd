"""What tests of execution share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest


@pytest.fixture
def changes() -> Mapping[str, Any]:
    """Limits that nobody reaches by chance."""
    return {"runs_per_minute": 1000, "submissions_per_minute": 1000, "executions_per_day": 10_000}
