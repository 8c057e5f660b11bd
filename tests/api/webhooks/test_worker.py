"""Deliveries by workers: a real one, of a real broker; killed, and the broker too."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import select

from api.cli import execute
from api.database import Database, new_id
from api.keys import load_secrets
from api.settings import Environment
from api.users.models import User
from api.webhooks.announcing import add_delivery
from api.webhooks.bodies import TEST
from api.webhooks.distributed import CeleryCourier
from api.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery
from api.webhooks.signing import Signer, new_salt
from api.webhooks.worker import WebhookWorkerSettings, create_webhook_worker
from runner import SettingsError
from tests.api.execution.work import until
from tests.api.people import ManualClock
from tests.api.webhooks.receiver import Certificates, Handler, Receiver, status
from tests.conftest import unavailable
from tests.distributed.members import PROGRAM, Member, clearing_away, free_port, listening, redis_server

SECRET: Final = "x" * 40
pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def port() -> int:
    """Where the broker is, whenever it is there."""
    return free_port()


@pytest.fixture
def program() -> str:
    return shutil.which("redis-server") or unavailable("Redis is not installed")


@pytest.fixture
def broker(program: str, port: int, tmp_path: Path) -> Iterator[Member]:
    """Redis."""
    member = redis_server(program, tmp_path / "redis", port=port)
    with clearing_away(member):
        member.start()
        yield member


@pytest.fixture
def settings(port: int, database_url: str, certificates: Certificates, tmp_path: Path) -> WebhookWorkerSettings:
    given: dict[str, Any] = {
        "home": tmp_path / "home",
        "redis_url": f"redis://127.0.0.1:{port}/0",
        "database_url": database_url,
        "internal_secret": SECRET,
        "webhook_allowed_networks": "127.0.0.0/8",
        "webhook_ca_file": certificates.authority,
        "metrics_port": free_port(),
    }
    return WebhookWorkerSettings(**given)


@pytest.fixture
def worker(settings: WebhookWorkerSettings, tmp_path: Path) -> Iterator[Member]:
    """A worker, not started yet."""
    assert settings.redis_url is not None
    environment = {
        "SYNCODE_HOME": str(settings.home),
        "SYNCODE_REDIS_URL": settings.redis_url,
        "SYNCODE_DATABASE_URL": settings.database,
        "SYNCODE_INTERNAL_SECRET": SECRET,
        "SYNCODE_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "SYNCODE_WEBHOOK_CA_FILE": str(settings.webhook_ca_file),
        "SYNCODE_METRICS_PORT": str(settings.metrics_port),
    }
    log = tmp_path / "worker.log"
    command = [*PROGRAM, "worker", "--lanes", "webhooks"]
    member = Member("worker", command, log=log, ready=listening(log, "delivers webhooks"), environment=environment)
    with clearing_away(member):
        yield member


class Office:
    """A replica of the service, as far as webhooks go, with one webhook."""

    def __init__(self, database: Database, courier: CeleryCourier, clock: ManualClock, webhook: Webhook) -> None:
        self.database = database
        self.courier = courier
        self.clock = clock
        self.webhook = webhook

    async def write_down(self, count: int = 1) -> list[str]:
        """Have so many deliveries to make."""
        async with self.database.write() as work:
            made = [add_delivery(work, self.webhook.id, TEST, None) for _ in range(count)]
        self.courier.wake()
        return made

    async def claimed(self) -> bool:
        """Whether somebody is about to make every delivery there is."""
        async with self.database.read() as work:
            claims = (await work.session.execute(select(WebhookDelivery.claim))).scalars().all()
        return bool(claims) and None not in claims

    async def empty(self) -> bool:
        """Whether all are made."""
        async with self.database.read() as work:
            return (await work.session.execute(select(WebhookDelivery.id))).first() is None

    async def attempts(self) -> int:
        async with self.database.read() as work:
            return len((await work.session.execute(select(WebhookAttempt.id))).all())

    def forward(self, **duration: float) -> None:
        self.clock.forward(**duration)
        self.courier.wake()


@pytest_asyncio.fixture
async def office(settings: WebhookWorkerSettings, receiver: Receiver) -> AsyncIterator[Office]:
    clock = ManualClock()
    database = Database.open(settings.database, clock)
    async with database.write() as work:
        user = User(
            id=new_id(),
            username="ann",
            email="ann@example.com",
            password_hash="",
            role="user",
            created_at=work.now,
            updated_at=work.now,
        )
        work.session.add(user)
        await work.session.flush()
        webhook = Webhook(
            id=new_id(),
            user_id=user.id,
            url=receiver.url,
            events=[],
            active=True,
            salt=new_salt(),
            failed_in_row=0,
            created_at=work.now,
        )
        work.session.add(webhook)
    assert settings.redis_url is not None
    try:
        async with CeleryCourier(database, settings.redis_url, clock) as courier:
            yield Office(database, courier, clock, webhook)
    finally:
        await database.close()


@pytest.mark.usefixtures("broker")
async def test_a_worker_delivers_what_the_service_hands_over(
    office: Office, worker: Member, settings: WebhookWorkerSettings, receiver: Receiver
) -> None:
    await asyncio.to_thread(worker.start)
    wanted = await office.write_down(25)  # more than one person may have at once
    await receiver.get(25)
    await until(office.empty)
    assert sorted(came.delivery for came in receiver.requests) == sorted(wanted)
    secret = Signer.of(settings, load_secrets(settings)).secret(office.webhook.salt)
    assert all(came.signed_with(secret) for came in receiver.requests)
    async with httpx.AsyncClient(trust_env=False) as client:
        shown = (await client.get(f"http://127.0.0.1:{settings.metrics_port}/metrics")).text
    assert 'syncode_webhook_deliveries_total{result="delivered"} 25.0' in shown
    receiver.answer = status(500)
    await office.write_down()
    await receiver.get(26)
    assert await asyncio.to_thread(worker.end) == 0
    assert await office.attempts() == 26
    assert '"result": "delivered"' in worker.log
    assert secret not in worker.log
    assert "/hook" not in worker.log  # an address may hold what is secret, too


@pytest.mark.usefixtures("broker")
async def test_what_a_killed_worker_had_in_hand_is_delivered_by_another(
    office: Office, worker: Member, receiver: Receiver
) -> None:
    never = threading.Event()

    def hang(handler: Handler) -> None:
        never.wait(20)
        handler.close_connection = True

    receiver.answer = hang
    await asyncio.to_thread(worker.start)
    wanted = await office.write_down(3)
    await receiver.get(3)
    await asyncio.to_thread(worker.kill)
    never.set()
    receiver.requests.clear()
    receiver.answer = status(200)
    await asyncio.to_thread(worker.start)
    office.forward(seconds=90)  # whoever had them is believed to be dead
    await until(office.empty)
    assert sorted({came.delivery for came in receiver.requests}) == sorted(wanted)
    assert await office.attempts() == 3


async def test_losing_the_broker_loses_nothing(
    office: Office, broker: Member, worker: Member, program: str, port: int, receiver: Receiver, tmp_path: Path
) -> None:
    wanted = await office.write_down(2)
    await until(office.claimed)
    await asyncio.to_thread(broker.kill)
    wanted += await office.write_down(2)  # which cannot be handed over
    empty = redis_server(program, tmp_path / "other", port=port)
    with clearing_away(empty):
        await asyncio.to_thread(empty.start)
        await asyncio.to_thread(worker.start)

        async def is_over() -> bool:
            office.forward(seconds=30)
            await asyncio.sleep(0.2)
            return await office.empty()

        await until(is_over)
        assert sorted({came.delivery for came in receiver.requests}) == sorted(wanted)


@pytest.mark.usefixtures("database_url")
def test_who_delivers_does_nothing_else(capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["worker", "--lanes", "interactive,webhooks"]) == 2
    assert "webhooks are delivered by a worker that does nothing else" in capfd.readouterr().err


def test_a_worker_needs_what_it_shares_with_the_service(settings: WebhookWorkerSettings) -> None:
    for missing in ("redis_url", "database_url"):
        without = settings.model_copy(update={missing: None})
        with pytest.raises(SettingsError, match=f"SYNCODE_{missing.upper()}"), create_webhook_worker(without):
            raise AssertionError(missing)


def test_in_production_it_needs_a_key_of_its_own_and_no_other_secret(settings: WebhookWorkerSettings) -> None:
    without = settings.model_copy(
        update={"environment": Environment.PRODUCTION, "webhook_secret": None, "access_token_secret": None}
    )
    with pytest.raises(SettingsError, match="SYNCODE_ACCESS_TOKEN_SECRET"), create_webhook_worker(without):
        raise AssertionError
    own = without.model_copy(update={"webhook_secret": SecretStr("w" * 40)})
    with create_webhook_worker(own) as worker:
        assert worker.name
