"""Webhooks of a service that dies without a warning: whoever was to be told is told."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from tests.api.commands.conftest import Start
from tests.api.webhooks.receiver import Certificates, Handler, Receiver, listening, make_certificates, status


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def receiver(certificates: Certificates) -> Iterator[Receiver]:
    with listening(certificates) as found:
        yield found


@pytest.mark.usefixtures("engine")
def test_what_was_to_be_delivered_outlives_the_process(
    start: Start, receiver: Receiver, certificates: Certificates
) -> None:
    allowed = {
        "SYNCODE_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "SYNCODE_WEBHOOK_CA_FILE": str(certificates.authority),
    }
    never = threading.Event()

    def hang(handler: Handler) -> None:
        never.wait(30)
        handler.close_connection = True

    receiver.answer = hang
    with start(**allowed) as served:
        made = served.post("/webhooks", {"url": receiver.url, "events": ["execution.finished"]})
        program = {"language": "python", "code": "print(1)"}
        jobs = [served.post("/execution/run", program)["jobId"] for _ in range(6)]
        for job in jobs:
            served.get(f"/execution/{job}", waitMs=30_000)
        begun = {came.delivery for came in receiver.wait(1)}  # none of which is concluded; others have not begun
        os.kill(served.process.pid, signal.SIGKILL)
        served.process.wait()
    never.set()
    receiver.requests.clear()
    receiver.answer = status(200)
    with start(**allowed) as served:
        came = receiver.wait(len(jobs))
        assert sorted(each.content["data"]["jobId"] for each in came) == sorted(jobs)
        assert begun <= {each.delivery for each in came}
        assert all(each.signed_with(made["secret"]) for each in came)
        path = f"/webhooks/{made['webhookId']}/deliveries"
        while len(served.get(path)["data"]) < len(jobs):
            assert len(receiver.requests) == len(jobs)
        assert {each["attempt"] for each in served.get(path)["data"]} == {1}
