"""Hundreds of mixed runs, hostile and ordinary, leave nothing behind."""

from __future__ import annotations

import pytest

from benchmarks.footprint import BLOCKS, OWN, RSS
from benchmarks.soak import Soaked, soak
from sandboxes import ImageError, IsolationError
from tests.conftest import unavailable

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

RUNS = 400
# Caches fill and allocators take and return memory as they like; one object left per run, or one buffer, is more.
BLOCKS_PER_1000_RUNS = 500
KIB_PER_1000_RUNS = 8192


@pytest.fixture(scope="module")
def soaked() -> Soaked:
    """Every run has ended as it must: anything else is an error already."""
    try:
        return soak(runs=RUNS, warm_up=100, every=50)
    except (IsolationError, ImageError) as error:
        unavailable(str(error))


def test_every_kind_of_ending_was_there(soaked: Soaked) -> None:
    assert sum(soaked.ends.values()) == RUNS
    assert set(soaked.ends) >= {
        "accepted",
        "runtime_error",
        "time_limit_exceeded",
        "memory_limit_exceeded",
        "output_limit_exceeded",
        "compile_error",
        "cancelled",
    }


@pytest.mark.parametrize("what", OWN)
def test_nothing_is_left(soaked: Soaked, what: str) -> None:
    assert soaked.after[what] == soaked.before[what]


def test_the_engine_does_not_grow(soaked: Soaked) -> None:
    assert soaked.growth(BLOCKS) < BLOCKS_PER_1000_RUNS
    assert soaked.growth(RSS) < KIB_PER_1000_RUNS
