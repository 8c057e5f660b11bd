"""Circuits around the queue and around images."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pybreaker
import pytest
import pytest_asyncio
import redis
import redis.asyncio
from typing_extensions import override

from runner.circuit import CircuitState
from runner.distributed.circuits import CHANNEL, FAILURES, PAUSE_S, ImageCircuits, QueueCircuit
from runner.distributed.connection import connect_async
from runner.distributed.ending import end
from runner.distributed.events import EventReader
from runner.errors import QueueDownError, QueueFullError, QueueTimeoutError
from tests.redis_server import RedisServer

MakeCircuit = Callable[[], Awaitable[QueueCircuit]]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the clock of circuits on, by so many seconds."""
    ahead = timedelta()

    class Moved(datetime):
        @classmethod
        @override
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override] # its own type is not ours to give
            del tz
            return datetime.now(UTC) + ahead

    def move(seconds: float) -> None:
        nonlocal ahead
        ahead += timedelta(seconds=seconds)

    monkeypatch.setattr(pybreaker, "datetime", Moved)
    monkeypatch.setattr("runner.distributed.circuits.datetime", Moved)
    return move


@pytest_asyncio.fixture
async def client(redis_server: RedisServer) -> AsyncIterator[redis.asyncio.Redis]:
    async with connect_async(redis_server.url) as opened:
        yield opened


@pytest_asyncio.fixture
async def circuit(client: redis.asyncio.Redis) -> AsyncIterator[QueueCircuit]:
    opened = QueueCircuit(client, patience_s=5)
    yield opened
    await opened.close()


async def good() -> str:
    return "taken"


async def bad() -> str:
    raise redis.ConnectionError("away")


async def full() -> str:
    raise QueueFullError("1000 jobs wait already")


def state(circuit: QueueCircuit) -> CircuitState:
    return circuit.state


@contextlib.asynccontextmanager
async def listening(client: redis.asyncio.Redis, hear: Callable[[bytes], None]) -> AsyncIterator[None]:
    task = asyncio.create_task(EventReader(client, channels={CHANNEL: hear}).listen())
    while not (await client.pubsub_numsub(CHANNEL))[0][1]:  # noqa: ASYNC110 - only the server knows
        await asyncio.sleep(0.005)
    yield
    await end([task])


async def fail(circuit: QueueCircuit, times: int = FAILURES) -> None:
    for _ in range(times):
        with pytest.raises(QueueDownError, match="cannot be reached: away"):
            await circuit.call(bad)


async def test_it_opens_after_five_failures_in_a_row(circuit: QueueCircuit) -> None:
    await fail(circuit, 4)
    assert await circuit.call(good) == "taken"
    await fail(circuit, 4)
    assert state(circuit) is CircuitState.CLOSED
    await fail(circuit, 1)
    assert state(circuit) is CircuitState.OPEN
    with pytest.raises(QueueDownError, match="circuit is open") as refusal:
        await circuit.call(good)
    assert PAUSE_S - 5 < refusal.value.retry_after_s <= PAUSE_S


async def test_after_a_pause_it_lets_calls_through_and_closes_after_two_good_ones(
    circuit: QueueCircuit, clock: Callable[[float], None]
) -> None:
    await fail(circuit)
    clock(PAUSE_S - 1)
    with pytest.raises(QueueDownError, match="circuit is open"):
        await circuit.call(good)
    clock(1)
    assert state(circuit) is CircuitState.HALF_OPEN
    await circuit.call(good)
    assert state(circuit) is CircuitState.HALF_OPEN
    await circuit.call(good)
    assert state(circuit) is CircuitState.CLOSED
    await fail(circuit, 4)
    assert state(circuit) is CircuitState.CLOSED


async def test_one_failure_after_the_pause_opens_it_again(
    circuit: QueueCircuit, clock: Callable[[float], None]
) -> None:
    await fail(circuit)
    clock(PAUSE_S)
    await circuit.call(good)
    await fail(circuit, 1)
    assert state(circuit) is CircuitState.OPEN
    with pytest.raises(QueueDownError, match="circuit is open"):
        await circuit.call(good)


async def test_a_full_queue_is_no_failure_but_an_answer(circuit: QueueCircuit) -> None:
    await fail(circuit, 4)
    with pytest.raises(QueueFullError):
        await circuit.call(full)
    await fail(circuit, 4)
    assert state(circuit) is CircuitState.CLOSED


async def test_asking_fails_it_but_does_not_mend_it(circuit: QueueCircuit, clock: Callable[[float], None]) -> None:
    await fail(circuit, 4)
    assert await circuit.ask(good) == "taken"
    with pytest.raises(QueueDownError):
        await circuit.ask(bad)
    assert state(circuit) is CircuitState.OPEN
    with pytest.raises(QueueDownError, match="circuit is open"):
        await circuit.ask(good)
    clock(PAUSE_S)
    for _ in range(3):
        assert await circuit.ask(good) == "taken"
    assert state(circuit) is CircuitState.HALF_OPEN


async def test_what_takes_too_long_is_a_failure(client: redis.asyncio.Redis) -> None:
    circuit = QueueCircuit(client, patience_s=0.01)
    for _ in range(FAILURES):
        with pytest.raises(QueueTimeoutError):
            await circuit.call(asyncio.Event().wait)
    assert state(circuit) is CircuitState.OPEN
    await circuit.close()


async def test_whoever_gives_up_themselves_is_no_failure(circuit: QueueCircuit) -> None:
    await fail(circuit, 4)
    for _ in range(FAILURES):
        call = asyncio.create_task(circuit.call(asyncio.Event().wait))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert state(circuit) is CircuitState.CLOSED
    await fail(circuit, 1)
    assert state(circuit) is CircuitState.OPEN  # nor a success


async def test_services_share_it(client: redis.asyncio.Redis, clock: Callable[[float], None]) -> None:
    one, two = (QueueCircuit(client, patience_s=5) for _ in range(2))
    heard = asyncio.Event()

    def hear(message: bytes) -> None:
        two.hear(message)
        heard.set()

    async with listening(client, hear):
        await fail(one)
        await heard.wait()
        assert state(two) is CircuitState.OPEN
        three = QueueCircuit(client, patience_s=5)
        await three.learn()
        assert state(three) is CircuitState.OPEN
        heard.clear()
        clock(PAUSE_S)
        for _ in range(2):
            await one.call(good)
        await heard.wait()
    assert state(two) is CircuitState.CLOSED
    four = QueueCircuit(client, patience_s=5)
    await four.learn()
    assert state(four) is CircuitState.CLOSED
    await one.close()


async def test_a_service_that_nobody_can_hear_has_its_own(redis_server: RedisServer) -> None:
    async with connect_async(redis_server.url) as client:
        redis_server.kill()
        circuit = QueueCircuit(client, patience_s=5)
        for _ in range(FAILURES):
            with pytest.raises(QueueDownError):
                await circuit.call(client.ping)
        assert state(circuit) is CircuitState.OPEN
        await circuit.close()


def test_an_image_that_fails_five_jobs_gets_no_more_until_two_were_done(clock: Callable[[float], None]) -> None:
    circuits = ImageCircuits(("python", "cpp"))
    for _ in range(FAILURES - 1):
        circuits.record("python", failed=True)
    circuits.record("python", failed=False)
    for _ in range(FAILURES):
        assert circuits.admits("python")
        circuits.record("python", failed=True)
    assert not circuits.admits("python")
    assert circuits.admits("cpp")
    circuits.record("python", failed=False)  # of one that began before
    assert circuits.states() == {"python": CircuitState.OPEN, "cpp": CircuitState.CLOSED}
    clock(PAUSE_S)
    assert circuits.admits("python")
    assert circuits.states()["python"] is CircuitState.HALF_OPEN
    circuits.record("python", failed=False)
    circuits.record("python", failed=False)
    assert circuits.states()["python"] is CircuitState.CLOSED


def test_an_image_whose_canary_did_not_return_stays_closed_to_jobs_until_one_does(
    clock: Callable[[float], None],
) -> None:
    circuits = ImageCircuits(("python",))
    circuits.record_canary("python", returned=False)
    for _ in range(3):
        clock(PAUSE_S)
        circuits.record("python", failed=False)
        assert not circuits.admits("python")
        assert circuits.states() == {"python": CircuitState.OPEN}
    circuits.record_canary("python", returned=True)
    assert circuits.admits("python")
    assert circuits.states() == {"python": CircuitState.CLOSED}


def test_a_canary_that_returns_closes_nothing_that_jobs_have_opened(clock: Callable[[float], None]) -> None:
    del clock
    circuits = ImageCircuits(("python",))
    for _ in range(FAILURES):
        circuits.record("python", failed=True)
    circuits.record_canary("python", returned=True)
    assert not circuits.admits("python")


def test_what_is_about_several_languages_has_no_circuit() -> None:
    circuits = ImageCircuits(("python",))
    circuits.record("several", failed=True)
    assert circuits.admits("several")
