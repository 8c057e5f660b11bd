"""What nobody but admins may see is planted, and looked for in every answer that others can get."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest

from api.openapi import openapi
from api.routing import BASE
from tests.api.people import Person, Service, expect
from tests.api.rooms.parties import advance, open_room
from tests.api.webhooks.receiver import Certificates, Receiver, listening, make_certificates

SECRET: Final = "planted-7f3a"
PROBLEM: Final = {
    "title": "Twice",
    "description": "Print the number twice.",
    "difficulty": "easy",
    "tags": ["numbers"],
    "isPublished": True,
    "checker": {"type": "tokens"},
    "testCases": [
        {"input": "1\n", "expectedOutput": "1 1\n", "description": "everybody sees this"},
        {
            "input": f"{SECRET}-input\n",
            "expectedOutput": f"{SECRET}-expected\n",
            "description": f"{SECRET}-description",
            "args": [f"{SECRET}-argument"],
            "isHidden": True,
        },
        {"input": f"{SECRET}-second\n", "expectedOutput": f"{SECRET}-answer\n", "isHidden": True},
    ],
}
DRAFT: Final = {
    **PROBLEM,
    "title": f"{SECRET} draft",
    "tags": ["planted-tag"],
    "isPublished": False,
}
JUDGED_BY_PROGRAM: Final = {
    **PROBLEM,
    "title": "Talk",
    "kind": "interactive",
    "interactor": {"language": "python", "code": f"raise SystemExit('{SECRET}-interactor')"},
    "checker": {"type": "custom", "program": {"language": "python", "code": f"# {SECRET}-checker"}, "args": [SECRET]},
}
# Everything it is given, it tells: on both streams, by its exit status, and in its last words.
TELLTALE: Final = """\
import sys
text = sys.stdin.read()
sys.stderr.write(text + repr(sys.argv))
print(text, sys.argv)
if "1" != text.strip():
    raise SystemExit("failed on " + text)
"""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def receiver(certificates: Certificates) -> Iterator[Receiver]:
    """Where all webhooks lead."""
    with listening(certificates) as found:
        yield found


@pytest.fixture
def changes(certificates: Certificates) -> dict[str, Any]:
    """It is here."""
    return {"webhook_allowed_networks": "127.0.0.0/8", "webhook_ca_file": certificates.authority}


async def world(ann: Person, bob: Person, admin: Person, receiver: Receiver) -> dict[str, str]:
    """Ann and Bob in a room with the problem, with everything done that can be; ids by their place in paths.

    A webhook of each is told of it.
    """
    events = ["execution.finished", "submission.finished", "batch.finished", "validation.finished"]
    webhooks = [
        expect(await person.post("/webhooks", {"url": f"{receiver.url}/{name}", "events": events}), 201)["webhookId"]
        for person, name in ((ann, "ann"), (bob, "bob"), (admin, "admin"))
    ]
    problem = expect(await admin.post("/problems", PROBLEM), 201)["id"]
    expect(await admin.post("/problems", DRAFT), 201)
    talk = expect(await admin.post("/problems", JUDGED_BY_PROGRAM), 201)["id"]
    body = {"mode": "peer", "problemId": problem, "config": {"isPrivate": False}}
    room = expect(await ann.post("/rooms", body), 201)
    expect(await bob.post(f"/rooms/{room['roomId']}/join", {}))
    for status in ("warmup", "coding"):
        path = f"/rooms/{room['roomId']}/control/transition"
        expect(await ann.post(path, {"targetStatus": status}))
    expect(await bob.put(f"/users/me/bookmarks/{problem}"), 204)
    expect(await bob.put(f"/users/me/bookmarks/{talk}"), 204)
    program = {"language": "python", "code": TELLTALE}
    run = expect(await bob.post(f"/rooms/{room['roomId']}/run", program), 202)["jobId"]
    submission = expect(await bob.post(f"/rooms/{room['roomId']}/submit", program), 202)["submissionId"]
    batch = expect(await bob.post("/execution/batches", {**program, "inputs": [{}]}), 202)["batchId"]
    planted = {"name": f"{SECRET}-solution", "language": "python", "code": f"print('{SECRET}-code')"}
    verdicts = {"permittedVerdicts": ["wrong_answer"], "requiredVerdicts": ["wrong_answer"], "isModel": True}
    solution = expect(await admin.post(f"/problems/{problem}/solutions", {**planted, **verdicts}), 201)["id"]
    validation = expect(await admin.post(f"/problems/{problem}/validate", {}), 202)["validationId"]
    validated = expect(await admin.get(f"/problems/{problem}/validations/{validation}", waitMs=30_000))
    assert SECRET in str(validated), "an admin sees it, or nothing was planted"
    judged = expect(await admin.get(f"/submissions/{submission}", waitMs=30_000))
    assert [case["verdict"] for case in judged["testCases"]] == ["wrong_answer", "runtime_error", "runtime_error"]
    assert SECRET in str(judged), "an admin sees it, or nothing was planted"
    return {
        "users/{id}": ann.id,
        "rooms/{id}": room["roomId"],
        "{roomId}": room["roomId"],
        "{roomCode}": room["roomCode"],
        "{problemId}": problem,
        "{solutionId}": solution,
        "{validationId}": validation,
        "{jobId}": run,
        "{batchId}": batch,
        "{submissionId}": submission,
        "{webhookId}": webhooks[1],
        "talk": talk,
    }


async def submitted(person: Person, problem: str) -> dict[str, Any]:
    """What becomes of a submission of theirs to the problem, in a room of their own."""
    room = await open_room(person, mode="ai", problemId=problem)
    await advance(person, room, "warmup", "coding")
    program = {"language": "python", "code": "print(input())"}
    submission = expect(await person.post(f"/rooms/{room['roomId']}/submit", program), 202)["submissionId"]
    return dict(expect(await person.get(f"/submissions/{submission}", waitMs=30_000)))


def reads(service: Service, known: dict[str, str]) -> list[str]:
    """Every path that can be read, with ids of what is there."""
    paths = []
    for template, item in openapi(service.app)["paths"].items():
        if "get" not in item or not template.startswith(BASE):
            continue
        path = template.removeprefix(BASE)
        for place, id_ in known.items():
            if place in path:
                path = path.replace(re.findall(r"\{\w+\}", place)[0], id_)
        paths.append(path)
    return paths


async def everything(person: Person, paths: list[str], known: dict[str, str]) -> list[httpx.Response]:
    """Every answer that somebody can get."""
    queries: list[dict[str, Any]] = [{}, {"includeHidden": "true", "includeDrafts": "true", "includeCode": "true"}]
    answers = [await person.get(path, **query) for path in paths for query in queries]
    room, problem = known["{roomId}"], known["{problemId}"]
    answers += [
        await person.get("/problems", search=SECRET),
        await person.get("/problems", includeDrafts="true", search="planted"),
        await person.get("/problems", tags="planted-tag", includeDrafts="true"),
        await person.get(f"/problems/{known['talk']}"),
        await person.patch(f"/problems/{problem}", {"title": "Mine"}),
        await person.patch(f"/problems/{problem}/publish-status", {"isPublished": False}),
        await person.put(f"/rooms/{room}/control/problem", {"problemId": known["talk"]}),
        await person.post("/problems", PROBLEM),
        await person.post(f"/problems/{problem}/solutions", {"name": "mine"}),
        await person.put(f"/problems/{problem}/solutions/{known['{solutionId}']}", {"name": "mine"}),
        await person.delete(f"/problems/{problem}/solutions/{known['{solutionId}']}"),
        await person.post(f"/problems/{problem}/validate"),
        await person.post(f"/problems/{problem}/validations/{known['{validationId}']}/cancel"),
    ]
    return answers


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_hidden_tests_never_leave(
    service: Service, ann: Person, bob: Person, admin: Person, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    known = await world(ann, bob, admin, receiver)
    carl = await service.person("carl")
    faulty = await submitted(carl, known["talk"])
    assert faulty["verdict"] == "internal_error"
    assert "what judges its problem has failed" in caplog.text
    paths = reads(service, known)
    assert len(paths) >= 30
    for person in (ann, bob, carl, service.nobody):
        for answer in await everything(person, paths, known):
            assert answer.status_code < 500, answer.text
            where = f"{answer.request.method} {answer.request.url}"
            for text in (answer.text, str(answer.headers)):
                assert SECRET not in text, f"{where}: {text[:500]}"
                assert "planted-tag" not in text.replace("tags=planted-tag", ""), where
    told = await receiver.get(4)
    assert {came.event for came in told if came.path == "/hook/bob"} == {
        "execution.finished",
        "submission.finished",
        "batch.finished",
    }
    for came in told:
        assert (SECRET.encode() in came.body) is (came.path == "/hook/admin"), came.body[:500]
    assert SECRET not in str(faulty)
    assert SECRET not in caplog.text
    members = expect(await bob.get(f"/submissions/{known['{submissionId}']}"))
    seen, *hidden = members["testCases"]
    assert (seen["input"], seen["expectedOutput"], seen["description"]) == ("1\n", "1 1\n", "everybody sees this")
    for case in hidden:
        assert case["isHidden"]
        assert {case[name] for name in ("input", "expectedOutput", "actualOutput", "stdout", "stderr")} == {None}
        assert (case["exitCode"], case["signal"], case["checkerMessage"], case["description"]) == (None,) * 4
        assert case["errorMessage"] == "The program failed while it ran"
        assert case["durationMs"] % 10 == 0
        assert case["memoryUsageMb"] == int(case["memoryUsageMb"])
