"""The whole OpenAPI document against the service: whatever is sent, every answer is one that it tells of."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import hypothesis
import pytest
import requests
import schemathesis
import uvicorn
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks
from sqlalchemy import create_engine, text

from api.app import create_app
from api.database import sync_url
from api.dispatching import OpenEngine
from api.routing import BASE
from api.settings import ServiceSettings
from tests.api.people import PASSWORD

EXAMPLES: Final = 3
"""Requests of each operation, caller and kind (good and bad ones)."""

CHECKS: Final = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
# They stream, and have tests of their own.
STREAMS: Final = "/events"
_NUMBERS: Final = itertools.count()
_PROBLEM: Final = {
    "title": "Twice",
    "description": "Print the number twice.",
    "difficulty": "easy",
    "testCases": [{"input": "2\n", "expectedOutput": "4\n", "isHidden": True}],
    "isPublished": True,
}
# Nobody listens there.
_WEBHOOK: Final = {"url": "https://127.0.0.1:1024/", "events": ["report.ready"]}
_WEBHOOK_ID: Final = "{webhookId}"
_PROGRAM: Final = {"language": "python", "code": "print(2 * int(input()))"}


@dataclass
class Sender:
    """Somebody who sends requests, with ids of things that are there, by their place in paths."""

    address: str
    role: str = "nobody"
    headers: dict[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.address}{BASE}{path}", json=body, headers=self.headers, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def sign_up(self, database: str) -> str:
        """Be somebody new, of the role."""
        name = f"fuzz_{next(_NUMBERS)}"
        body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD, "tokenTransport": "body"}
        answer = self.call("POST", "/auth/register", body)
        self.headers = {"Authorization": f"Bearer {answer['accessToken']}"}
        engine = create_engine(sync_url(database))
        with engine.begin() as connection:
            statement = text("UPDATE users SET role = :role WHERE id = :id")
            connection.execute(statement, {"role": self.role, "id": answer["user"]["id"]})
        engine.dispose()
        return str(answer["user"]["id"])


@pytest.fixture
def changes() -> dict[str, Any]:
    """Limits that fuzzing does not run into at once, so that it gets past them."""
    high = 1_000_000
    return {
        "runs_per_minute": high,
        "submissions_per_minute": high,
        "executions_per_day": high,
        "unfinished_jobs": 50,
        "webhook_allowed_networks": "127.0.0.1/32",
    }


@pytest.fixture
def address(service_settings: ServiceSettings, lend_engine: OpenEngine) -> Iterator[str]:
    """A service that listens."""
    app = create_app(service_settings, open_engine=lend_engine)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def furnish(address: str, database: str) -> dict[str, str]:
    """A problem, a room, a run, a batch and a submission, so that there is something behind the ids."""
    admin = Sender(address, "admin")
    user_id = admin.sign_up(database)
    problem = admin.call("POST", "/problems", _PROBLEM)["id"]
    room = admin.call("POST", "/rooms", {"mode": "peer", "problemId": problem})
    run = admin.call("POST", "/execution/run", _PROGRAM | {"stdin": "2\n"})["jobId"]
    batch = admin.call("POST", "/execution/batches", _PROGRAM | {"inputs": [{"stdin": "2\n"}]})["batchId"]
    submission = admin.call("POST", f"/rooms/{room['roomId']}/submit", _PROGRAM)["submissionId"]
    return {
        "{problemId}": problem,
        "rooms/{id}": room["roomId"],
        "{roomId}": room["roomId"],
        "{roomCode}": room["roomCode"],
        "users/{id}": user_id,
        "{userId}": user_id,
        "{jobId}": run,
        "{batchId}": batch,
        "{submissionId}": submission,
    }


def try_operation(operation: Any, sender: Sender, mode: GenerationMode) -> None:
    """Send what the document allows, or what it does not, and hold the answers against it."""
    strategy, known_ids = operation.as_strategy(generation_mode=mode), st.sampled_from([True, True, True, False])

    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(st.data())
    def send(data: st.DataObject) -> None:
        draw: Any = data.draw
        case = draw(strategy)
        for name in case.path_parameters or {}:
            there: list[str] = [
                known for place, known in sender.known.items() if f"{place}" in operation.path and name in place
            ]
            if there and draw(known_ids):
                case.path_parameters[name] = there[0]
        case.headers = {**(case.headers or {}), **sender.headers}
        answer = case.call(base_url=sender.address, timeout=30, allow_redirects=False)
        case.validate_response(answer, checks=CHECKS)

    send()


def answers(operation: Any, sender: Sender, mode: GenerationMode) -> Sequence[BaseException]:
    """Those that the document does not tell of."""
    try:
        try_operation(operation, sender, mode)
    except BaseExceptionGroup as group:
        if group.subgroup(SystemError) is None:
            return group.exceptions
    except SystemError:
        pass
    else:
        return ()
    # The interpreter's own fault, where it parses in one thread while others run (CPython issue 106905): once more.
    try_operation(operation, sender, mode)
    return ()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", ["nobody", "user", "admin"])
@pytest.mark.timeout(600)
# The service is a thread of this process, and an e-mail's id is random: that is none of a strategy's doing.
@pytest.mark.filterwarnings("ignore:Do not use the .random. module:hypothesis.errors.HypothesisDeprecationWarning")
def test_every_answer_is_one_that_the_document_tells_of(address: str, database_url: str, role: str) -> None:
    document = requests.get(f"{address}{BASE}/openapi.json", timeout=30).json()
    schema = schemathesis.openapi.from_dict(document)
    known = furnish(address, database_url)
    failures: list[str] = []
    tried = 0
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr] # else it raises, which is a failure
        if operation.path.endswith(STREAMS):
            continue
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            sender = Sender(address, role, known=known)
            if role != "nobody":
                sender.sign_up(database_url)
            if role != "nobody" and _WEBHOOK_ID in operation.path:
                sender.known = known | {_WEBHOOK_ID: sender.call("POST", "/webhooks", _WEBHOOK)["webhookId"]}
            try:
                failures += [f"{operation.label} ({mode.value}): {each}" for each in answers(operation, sender, mode)]
            except hypothesis.errors.Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE, operation.label
            tried += 1
    assert tried > 100
    assert not failures, "\n\n".join(failures)
