"""Circuit breakers: around the queue, shared by all services, and one for each language's image on a worker."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, TypeVar

import redis
import redis.asyncio
from pybreaker import STATE_CLOSED, STATE_OPEN, CircuitBreaker, CircuitBreakerError, CircuitBreakerListener
from typing_extensions import override

from runner.circuit import CircuitState
from runner.distributed.queue import PREFIX
from runner.errors import QueueDownError, QueueFullError, QueueTimeoutError
from runner.settings import Settings

CHANNEL: Final = f"{PREFIX}circuits"
"""Where services tell each other that the circuit of the queue was opened or closed."""

FAILURES: Final = 5
PAUSE_S: Final = 20.0
SUCCESSES: Final = 2

_KEY: Final = f"{PREFIX}circuit:queue"
_log = logging.getLogger("runner")

Value = TypeVar("Value")

_STATES: Final = {state.word: state for state in CircuitState}


@dataclass(frozen=True, slots=True)
class CircuitRule:
    """Opens after so many ``failures`` in a row, tries again after ``pause_s``, closes after so many ``successes``."""

    failures: int = FAILURES
    pause_s: float = PAUSE_S
    successes: int = SUCCESSES

    @classmethod
    def of(cls, settings: Settings) -> CircuitRule:
        """As the operator wants it."""
        return cls(settings.circuit_failures, settings.circuit_seconds, settings.circuit_successes)


USUAL: Final = CircuitRule()


class QueueCircuit:
    """Around everything that puts jobs into the queue. When one service opens or closes it, the others do too.

    To be used in one event loop only. ``patience_s``: how long a call may take.
    """

    def __init__(self, client: redis.asyncio.Redis, *, patience_s: float, rule: CircuitRule = USUAL) -> None:
        self._client = client
        self._patience_s = patience_s
        self._rule = rule
        self._name = uuid.uuid4().hex
        self._telling: set[asyncio.Task[None]] = set()
        self._hearing = False
        self._breaker = CircuitBreaker(
            fail_max=rule.failures,
            reset_timeout=rule.pause_s,
            success_threshold=rule.successes,
            listeners=[_Changes(self._changed)],
            throw_new_error_on_trip=False,
            name="queue",
        )

    @property
    def state(self) -> CircuitState:
        """What it does now."""
        return _state(self._breaker)

    async def call(self, action: Callable[[], Awaitable[Value]]) -> Value:
        """What ``action`` gives, which puts something into the queue.

        Raises :class:`QueueDownError`, :class:`QueueTimeoutError` and :class:`QueueFullError`.
        """
        try:
            value = await self.ask(action)
        except QueueFullError:
            _count(self._breaker, failed=False)
            raise
        _count(self._breaker, failed=False)
        return value

    async def ask(self, action: Callable[[], Awaitable[Value]]) -> Value:
        """What ``action`` gives, which puts nothing into the queue: only its failures count.

        Raises as :meth:`call` does. Whoever is cancelled meanwhile has learned nothing.
        """
        if (left_s := _left_s(self._breaker)) > 0:
            raise QueueDownError("the queue's circuit is open", retry_after_s=left_s)
        try:
            async with asyncio.timeout(self._patience_s):
                return await action()
        except (TimeoutError, redis.TimeoutError) as error:
            _count(self._breaker, failed=True)
            raise QueueTimeoutError("the queue did not answer in time", retry_after_s=1) from error
        except (redis.RedisError, OSError) as error:
            _count(self._breaker, failed=True)
            raise QueueDownError(f"the queue cannot be reached: {error}", retry_after_s=1) from error

    async def close(self) -> None:
        """Have everything told that is to be told."""
        await asyncio.gather(*self._telling)

    async def learn(self) -> None:
        """Take over what the services that were here before say."""
        told: Any = await self._client.get(_KEY)
        if told is not None:
            self.hear(told)

    def hear(self, message: bytes) -> None:
        """Another service has told of a change."""
        told = json.loads(message)
        if told["from"] == self._name or told["state"] == self._breaker.current_state:
            return
        self._hearing = True
        try:
            if told["state"] == STATE_OPEN:
                self._breaker.open()
            elif told["state"] == STATE_CLOSED:
                self._breaker.close()
        finally:
            self._hearing = False

    def _changed(self, state: str) -> None:
        _log.warning("the circuit of the queue is %s", state)
        if self._hearing or state not in {STATE_OPEN, STATE_CLOSED}:
            return
        task = asyncio.get_running_loop().create_task(self._tell(state))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell(self, state: str) -> None:
        message = json.dumps({"from": self._name, "state": state})
        try:
            await self._client.set(_KEY, message, px=round(self._rule.pause_s * 1000))
            await self._client.publish(CHANNEL, message)
        except (redis.RedisError, OSError):
            _log.info("the other services cannot be told that the circuit is %s", state)  # they see for themselves


class ImageCircuits:
    """One circuit for each language's image on a worker: open, it takes no jobs in that language.

    They are fed by what becomes of jobs and by canaries: one whose canary failed stays open until a canary returns.
    """

    def __init__(self, languages: tuple[str, ...], *, rule: CircuitRule = USUAL) -> None:
        self._lock = threading.Lock()
        self._fallen: set[str] = set()
        self._breakers = {
            language: CircuitBreaker(
                fail_max=rule.failures,
                reset_timeout=rule.pause_s,
                success_threshold=rule.successes,
                listeners=[_Changes(partial(_tell_of_image, language))],
                throw_new_error_on_trip=False,
                name=language,
            )
            for language in languages
        }

    def admits(self, language: str) -> bool:
        """Whether a job in it may begin here. Languages that no circuit is about are always admitted."""
        breaker = self._breakers.get(language)
        if breaker is None:
            return True
        with self._lock:
            return language not in self._fallen and _left_s(breaker) == 0

    def record(self, language: str, *, failed: bool) -> None:
        """A job in it is done; ``failed``: for a reason of ours."""
        breaker = self._breakers.get(language)
        if breaker is None:
            return
        with self._lock:
            if language not in self._fallen:  # then it is the canary's to say
                _count(breaker, failed=failed)

    def record_canary(self, language: str, *, returned: bool) -> None:
        """A canary was sent into its image; ``returned``: all walls hold."""
        breaker = self._breakers[language]
        with self._lock:
            if returned:
                if language in self._fallen:
                    self._fallen.discard(language)
                    breaker.close()
            else:
                self._fallen.add(language)
                breaker.open()

    def states(self) -> Mapping[str, CircuitState]:
        """What each does now."""
        with self._lock:
            return {
                language: CircuitState.OPEN if language in self._fallen else _state(breaker)
                for language, breaker in self._breakers.items()
            }


class _FailedError(Exception):
    """What a breaker counts."""


def _count(breaker: CircuitBreaker, *, failed: bool) -> None:
    """Something that went through it has ended."""
    with contextlib.suppress(_FailedError, CircuitBreakerError):  # counted; or begun before it was opened
        breaker.call(_fail if failed else _succeed)


def _fail() -> None:
    raise _FailedError


def _succeed() -> None:
    """Nothing went wrong."""


class _Changes(CircuitBreakerListener):
    def __init__(self, on_change: Callable[[str], None]) -> None:
        self._on_change = on_change

    @override
    def state_change(self, cb: CircuitBreaker, old_state: Any, new_state: Any) -> None:
        del cb, old_state
        self._on_change(new_state.name)


def _tell_of_image(language: str, state: str) -> None:
    _log.warning("the circuit of %s's image is %s", language, state)


def _state(breaker: CircuitBreaker) -> CircuitState:
    state = _STATES[breaker.current_state]
    if state is CircuitState.OPEN and _left_s(breaker) == 0:
        return CircuitState.HALF_OPEN  # whoever comes next finds it so
    return state


def _left_s(breaker: CircuitBreaker) -> float:
    """How long an open circuit lets nothing through yet."""
    opened_at = breaker._state_storage.opened_at  # noqa: SLF001 - it has no name for others
    if breaker.current_state != STATE_OPEN or opened_at is None:
        return 0
    return max(0.0, breaker.reset_timeout - (datetime.now(UTC) - opened_at).total_seconds())
