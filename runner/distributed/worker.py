"""A worker: takes tickets from Celery, does the jobs that they are for, and hands in results."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import platform
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final, TypeVar

import celery.signals
import kombu.exceptions
import redis
from celery import Celery
from celery.exceptions import Reject, SecurityWarning

from judge import Verdict
from runner.cancellations import Cancellations
from runner.distributed.blobs import BlobCache, open_blobs
from runner.distributed.celery import TASK, make_celery, queue_name, send
from runner.distributed.circuits import CircuitRule, ImageCircuits
from runner.distributed.connection import connect
from runner.distributed.hand import Hand, InHand
from runner.distributed.outgoing import Outgoing, Telling
from runner.distributed.queue import PREFIX, Begun, Start, Ticket, WorkerQueue
from runner.distributed.results import encode_result
from runner.distributed.settings import WorkerSettings
from runner.engine import Engine
from runner.envelope import decode
from runner.errors import DepotError, EnvelopeError, EnvelopeVersionError, SettingsError
from runner.events import EventKind, JobResult
from runner.jobs import Lane
from runner.metrics import ExecutionMetrics, process_registry, serve_metrics
from runner.performing import Attempts, Performer, being_done, not_done
from runner.share import SandboxShare
from sandboxes import MIB, SandboxError

LEASE_MS: Final = 15_000
"""How long after its last sign of life a worker's jobs are its own."""

_BEAT_S: Final = 3.0
_REFUSED_S: Final = 0.02
_UPDATING_MS: Final = 2000
_SILENCE_S: Final = 1.0
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 5.0
_LAST_WORDS_S: Final = 10.0  # how long handing in and handing back may take when all jobs had to end
_FALLEN_S: Final = 60.0  # how soon a canary is sent again where the last did not return
_CONTROL: Final = f"{PREFIX}control"
_TALKATIVE: Final = {"celery.worker.strategy": logging.WARNING, "celery.app.trace": logging.ERROR}  # of each ticket
_log = logging.getLogger("runner")

Failure = (redis.RedisError, OSError)
Value = TypeVar("Value")


@contextlib.contextmanager
def create_worker(settings: WorkerSettings, lanes: Sequence[Lane] = tuple(Lane)) -> Iterator[Worker]:
    """A worker of this host, for jobs of these lanes, and everything that it needs, closed when it is left.

    Raises :class:`SettingsError`, and :class:`sandboxes.IsolationError` when this host cannot isolate runs.
    """
    if settings.redis_url is None:
        raise SettingsError("SYNCODE_REDIS_URL: a worker needs the Redis that it shares with the service")
    with contextlib.ExitStack() as owned:
        client = connect(settings.redis_url)
        owned.callback(client.close)
        engine = owned.enter_context(Engine.open(settings))
        registry = process_registry(version=version("syncode"), commit=settings.commit)
        metrics = ExecutionMetrics(registry)
        owned.enter_context(metrics.watching(engine))
        blobs = BlobCache(
            open_blobs(settings.blobs_url, client),
            settings.home,
            limit_bytes=settings.blob_cache_mb * MIB,
            on_looked_up=metrics.looked_up,
        )
        owned.callback(blobs.close)
        app = make_celery(settings.redis_url)
        owned.callback(app.close)
        worker = Worker(settings, engine, client, app, blobs=blobs, metrics=metrics, lanes=lanes)
        host, port = settings.metrics_host, settings.metrics_port
        owned.enter_context(serve_metrics(registry, host, port, refresh=worker.show))
        yield worker


class Worker:
    """Made by :func:`create_worker`; :meth:`run` works until a signal says to stop."""

    def __init__(
        self,
        settings: WorkerSettings,
        engine: Engine,
        client: redis.Redis,
        app: Celery,
        *,
        blobs: BlobCache,
        metrics: ExecutionMetrics,
        lanes: Sequence[Lane],
    ) -> None:
        self.name = f"{platform.node()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.engine = engine
        self._settings = settings
        self._client = client
        self._app = app
        self._blobs = blobs
        self._metrics = metrics
        self._lanes = tuple(lanes)
        shared = max(1, engine.slots - (settings.reserved if Lane.INTERACTIVE in lanes else 0))
        self._hand = Hand(slots=engine.slots, shared=shared)
        self._performer = Performer(engine, SandboxShare(engine.sandbox, shared), metrics)
        self._queue = WorkerQueue(client, self.name, lease_ms=LEASE_MS)
        self._circuits = ImageCircuits(tuple(engine.inventory.languages), rule=CircuitRule.of(settings))
        self._news = threading.Event()
        self._over = threading.Event()
        self._draining = False
        self._ends_at = math.inf  # when nothing is waited for any more

    def run(self) -> int:
        """Work until a signal says to stop, then let jobs end, hand back what does not; the exit code."""
        celery.signals.setup_logging.connect(_leave_logs_alone)
        celery.signals.worker_shutting_down.connect(self._drain)
        self._app.task(name=TASK, bind=False)(self._do)
        threads = [
            threading.Thread(target=target, name=target.__name__.strip("_"), daemon=True)
            for target in (self._live, self._listen, self._fly_canaries)
        ]
        with Outgoing(self._queue) as self._outgoing:
            for thread in threads:
                thread.start()
            try:
                code = self._consume()
            finally:
                self._over.set()
                self._news.set()
                for thread in threads:
                    thread.join()
                with contextlib.suppress(*Failure):
                    self._queue.leave()
        return code

    def show(self) -> None:
        """Bring metrics that are states up to date."""
        self._metrics.refresh()
        self._metrics.show_slots(busy=self._hand.busy, capacity=self._hand.slots, draining=self._draining)
        for language, state in self._circuits.states().items():
            self._metrics.show_circuit(f"image-{language}", state)

    def _consume(self) -> int:
        for name, level in _TALKATIVE.items():
            logging.getLogger(name).setLevel(level)
        with warnings.catch_warnings():
            # Only root may make sandboxes; and nothing that comes through the broker is ever more than JSON.
            warnings.simplefilter("ignore", SecurityWarning)
            worker = self._app.Worker(
                hostname=f"worker@{self.name}",
                pool="threads",
                concurrency=self._hand.slots,
                queues=[queue_name(lane.value) for lane in self._lanes],
                without_gossip=True,
                without_mingle=True,
                without_heartbeat=True,
                quiet=True,
                loglevel="INFO",
            )
        worker.start()
        return int(worker.exitcode or 0)

    # One job.

    def _do(self, id_: str, attempt: int, lane: str, language: str) -> None:
        """What a ticket is for. Raises ``Reject``: others shall have it."""
        ticket = Ticket(id_, attempt, lane, language)
        try:
            with self._hand.slot(ticket) as free:
                if free and not self._draining and self._circuits.admits(language) and self._carry_out(ticket):
                    return
            again, tickets = self._queue.refuse(ticket)
        except Failure as error:  # its job is somebody else's as soon as its lease is over
            _log.warning("job %s is let go, without the queue: %s", id_, error)
            return
        self._send(tickets)
        if again:
            time.sleep(_REFUSED_S)
            raise Reject("left to others", requeue=True)

    def _carry_out(self, ticket: Ticket) -> bool:
        """Do the job; ``False``: others shall have it, because it failed here before."""
        begun = self._queue.begin(ticket)
        if begun.start is not Start.GO:
            return begun.start is Start.STALE
        if begun.again:
            self._metrics.retried(begun.again)
        with contextlib.ExitStack() as owned:
            try:
                fetch = owned.enter_context(self._blobs.job())
                job = decode(begun.envelope, self.engine.inventory.language, fetch=fetch)
            except EnvelopeVersionError as error:  # while workers are updated, others know it
                _log.warning("job %s is left to others: %s", ticket.id, error)
                self._give_back(ticket, tries=0, reason="version", pause_ms=_UPDATING_MS)
                return True
            except (EnvelopeError, DepotError, OSError) as error:
                _log.error("job %s cannot be done here: %s", ticket.id, error)
                reason = "data" if isinstance(error, DepotError) else "envelope"
                self._give_back(ticket, tries=1, reason=reason)
                return True
            held = InHand(ticket, job, owned.enter_context(Cancellations()))
            with self._hand.holding(held):
                result = self._perform(held, begun)
                self._conclude(held, begun, result)
        return True

    def _perform(self, held: InHand, begun: Begun) -> JobResult:
        job, ticket = held.job, held.ticket
        for part in begun.unwanted:
            held.cancellations.cancel_part(part)
            held.unwanted.add(part)
        attempts = Attempts.left(job.kind, begun.tries)
        emit = Telling(self._outgoing, ticket, again=not attempts.last)
        emit(job.id, EventKind.STATUS, being_done(datetime.now(UTC)))

        def on_part_begun(id_: str, at: datetime) -> None:
            self._keep(ticket, "part_started", id_, {"at": at.isoformat()})

        def on_part(id_: str, record: dict[str, Any]) -> None:
            if not (held.lost or held.drained):
                self._keep(ticket, "part_finished", id_, record)

        return self._performer.perform(
            job,
            emit,
            on_part_begun=on_part_begun,
            on_part=on_part,
            cancellations=held.cancellations,
            attempts=attempts,
        )

    def _conclude(self, held: InHand, begun: Begun, result: JobResult) -> None:
        """What becomes of what it came to."""
        if held.lost:
            return
        if held.drained and result.verdict is Verdict.CANCELLED:
            self._give_back(held.ticket, tries=0, reason="drain")
            return
        failed = result.verdict is Verdict.INTERNAL_ERROR and not result.judge_failed
        self._circuits.record(held.job.language, failed=failed)
        attempts = Attempts.left(held.job.kind, begun.tries)
        if failed and not attempts.last:
            _log.error("job %s could not be done here: %s", held.job.id, result.fault)
            self._give_back(held.ticket, tries=attempts.most, reason="sandbox")
            return
        self._finish(held.ticket, result)

    def _finish(self, ticket: Ticket, result: JobResult) -> None:
        self._outgoing.flush()
        record = encode_result(result)
        kept, tickets = self._until_it_works(lambda: self._queue.finish(ticket, record))
        if not kept:
            _log.warning("job %s was somebody else's when it was done", ticket.id)
        self._send(tickets)

    def _give_back(self, ticket: Ticket, *, tries: int, reason: str, pause_ms: int = 0) -> None:
        self._send(
            self._until_it_works(lambda: self._queue.give_back(ticket, tries=tries, reason=reason, pause_ms=pause_ms))
        )

    def _keep(self, ticket: Ticket, kind: str, part: str, data: dict[str, Any]) -> None:
        self._until_it_works(lambda: self._queue.part(ticket, kind, part, data))

    def _until_it_works(self, action: Callable[[], Value]) -> Value:
        """What a job came to is not given up before this worker has to end; then it raises what went wrong last."""
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                return action()
            except Failure as error:
                if time.monotonic() > self._ends_at:
                    raise
                _log.warning("the queue cannot be reached; trying again in %s s: %s", pause_s, error)
                time.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _send(self, tickets: Sequence[Ticket]) -> None:
        """A ticket that cannot be sent is sent again soon, by whoever looks after the queue then."""
        for ticket in tickets:
            try:
                send(self._app, ticket)
            except (kombu.exceptions.OperationalError, *Failure) as error:
                _log.warning("a ticket could not be sent: %s", error)

    # What goes on beside jobs, each in a thread of its own.

    def _live(self) -> None:
        """Give signs of life, and hear what is new of the jobs in hand."""
        while not self._over.is_set():
            try:
                self._hear()
                self._send(self._queue.tick())
            except Failure as error:
                _log.info("no sign of life can be given: %s", error)
            self._news.wait(_BEAT_S)
            self._news.clear()

    def _hear(self) -> None:
        heard = self._queue.beat(self._about(), self._hand.tickets())
        for job_id, attempt in heard.lost:
            held = self._hand.get(job_id)
            if held is not None and held.ticket.attempt == attempt:
                held.lost = True
                held.cancellations.job.cancel()
        for held in map(self._hand.get, heard.cancelled):
            if held is not None:
                held.cancellations.job.cancel()
        for job_id, part in heard.unwanted:
            held = self._hand.get(job_id)
            if held is None or part in held.unwanted:
                continue
            if held.cancellations.cancel_part(part):
                record = not_done(held.job, Verdict.CANCELLED, started_at=None).records[part]
                self._queue.part(held.ticket, "part_finished", part, record)
            held.unwanted.add(part)

    def _about(self) -> dict[str, str]:
        inventory = self.engine.inventory
        usable = [
            language.id
            for language in inventory.languages.values()
            if self._circuits.admits(language.id) and inventory.lacks(language) is None
        ]
        return {
            "slots": str(self._hand.slots),
            "shared": str(self._hand.shared),
            "busy": str(self._hand.busy),
            "lanes": ",".join(self._lanes),
            "languages": ",".join(usable),
            "draining": str(int(self._draining)),
            "host": platform.node(),
            "version": version("syncode"),
        }

    def _listen(self) -> None:
        """Look at once when something is to be stopped."""
        client: Any = self._client  # it has no type for subscriptions
        while not self._over.is_set():
            try:
                with client.pubsub(ignore_subscribe_messages=True) as subscription:
                    subscription.subscribe(_CONTROL)
                    while not self._over.is_set():
                        message = subscription.get_message(timeout=1.0)
                        if message is not None and self._hand.get(message["data"].decode()) is not None:
                            self._news.set()
            except Failure as error:
                _log.info("nobody can be heard: %s", error)
                self._over.wait(_SILENCE_S)

    def _fly_canaries(self) -> None:
        """Try the walls of each image now and then; sooner where they did not hold. Jobs go first at the start."""
        every_s = self._settings.canary_minutes * 60
        first = time.monotonic() + min(every_s, _FALLEN_S)
        due: dict[str, float] = {}
        while every_s and not self._over.wait(1.0):
            for language in self.engine.inventory.languages.values():
                if self._over.is_set() or time.monotonic() < due.get(language.id, first):
                    continue
                if self.engine.inventory.lacks(language) is not None:
                    continue
                returned = self._fly(language.id)
                due[language.id] = time.monotonic() + (every_s if returned else min(every_s, _FALLEN_S))

    def _fly(self, language: str) -> bool:
        chosen = (self.engine.language(language),)
        try:
            report = self.engine.fly_canaries(chosen, jobs=1)
            if not report.holds:  # on a host as busy as this one a limit of time alone may have been passed
                report = self.engine.fly_canaries(chosen, jobs=1)
        except SandboxError as error:
            _log.error("no canary can be sent into the image of %s: %s", language, error)
            self._circuits.record(language, failed=True)
            return False
        self._metrics.show_canary(report, datetime.now(UTC))
        self._circuits.record_canary(language, returned=report.holds)
        if not report.holds:
            _log.error("the walls of %s's image do not hold", language)
        return report.holds

    def _drain(self, **_: object) -> None:
        """Celery takes no tickets any more. Jobs have a while to end; then they are handed back."""
        self._draining = True
        self._ends_at = time.monotonic() + self._settings.drain_seconds + _LAST_WORDS_S
        self._news.set()
        drain_s = self._settings.drain_seconds
        for after_s, action in ((drain_s, self._stop_jobs), (drain_s + _LAST_WORDS_S, self._outgoing.close)):
            timer = threading.Timer(after_s, action)
            timer.daemon = True
            timer.start()

    def _stop_jobs(self) -> None:
        for held in self._hand.all():
            held.drained = True
            held.cancellations.job.cancel()


def _leave_logs_alone(**_: object) -> None:
    """Celery would make its own; whoever runs the worker has made them."""
