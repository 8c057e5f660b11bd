"""The queue in a Redis of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.redis_server import RedisServer
from tests.runner.distributed.pool import Pool, open_pool


@pytest.fixture
def pool(redis_server: RedisServer) -> Iterator[Pool]:
    with open_pool(redis_server.url) as opened:
        yield opened
