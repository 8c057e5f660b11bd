"""Nothing of a hidden test reaches anybody but admins, in whatever way they ask for it (API.md 11.4)."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import Any, Final

import httpx
import pytest

from tests.api.execution.streams import watching
from tests.api.execution.work import hand_in, judged, until
from tests.api.people import Json, Person, Service, expect
from tests.api.rooms.parties import advance, events, join, make_problem, open_room, pair, people, snapshots

INPUT: Final = "s3cret-input"
ANSWER: Final = "s3cret-answer"
ABOUT: Final = "s3cret-about"
ARGUMENT: Final = "s3cret-argument"
CHECKER: Final = "s3cret-checker"
SECRETS: Final = (INPUT, ANSWER, ABOUT, ARGUMENT, CHECKER)

PROGRAMS: Final = {
    "right": "word = input()\nprint('{}-answer'.format(word[:6]) if 'input' in word else word)\n",
    "echoes": "import sys\nword = input()\nprint(word, *sys.argv[1:])\nprint(word, *sys.argv[1:], file=sys.stderr)\n",
    "exits": "import sys\nword = input()\nprint(word)\nsys.exit(f'{word} {sys.argv[1:]}')\n",
    "dies": "import os\nprint(input(), flush=True)\nos.kill(os.getpid(), 11)\n",
    "hangs": "print(input(), flush=True)\nwhile True: pass\n",
    "eats": "word = input()\nprint(word, flush=True)\nx = bytearray(400 << 20)\n",
    "floods": "import sys\nword = input()\nwhile True: sys.stdout.write(word * 1000)\n",
    "refused": "print(\n",
}


def hidden(**more: Any) -> Json:
    return {
        "input": f"{INPUT}\n",
        "expectedOutput": f"{ANSWER}\n",
        "description": ABOUT,
        "isHidden": True,
        "args": [ARGUMENT],
        **more,
    }


class Witness:
    """Keeps every byte that was answered to anybody who must not know."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.heard: list[str] = []
        client.event_hooks["response"].append(self._hear)

    async def _hear(self, response: httpx.Response) -> None:
        if not response.headers.get("Content-Type", "").startswith("text/event-stream"):
            await response.aread()
            self.heard.append(f"{response.url} {response.headers} {response.text}")

    async def stream(self, person: Person, path: str, *, after: int | None = None) -> None:
        """Everything of a stream, as it comes over the wire."""
        async with watching(self.client, person, path, after=after) as stream:
            async for text in stream.response.aiter_text():
                self.heard.append(text)

    def knows(self) -> dict[str, list[str]]:
        """Which secrets were told, and where."""
        return {secret: [text for text in self.heard if secret in text] for secret in SECRETS}


TESTS: Final = [{"input": "a", "expectedOutput": "a"}, hidden()]


async def is_judged(person: Person, path: str) -> bool:
    return expect(await person.get(path))["verdict"] is not None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_whatever_a_program_does_nothing_hidden_is_told(
    live_service: Service, ann: Person, bob: Person, admin: Person
) -> None:
    (eve,) = await people(live_service, "eve")
    problem = await make_problem(admin, testCases=TESTS, timeLimit=1000)
    room = await pair(ann, bob, problemId=problem, phase="coding", config={"maxParticipants": 5})
    await join(eve, room, "observer")
    outside = live_service.client
    async with httpx.AsyncClient(base_url=outside.base_url, timeout=60, trust_env=False) as client:
        witness = Witness(client)
        readers = [Person(client, person.token, person.user) for person in (bob, ann, eve)]
        author = readers[0]
        submissions = {}
        for name, code in PROGRAMS.items():
            submissions[name] = await hand_in(author, room, code)
            path = f"/submissions/{submissions[name]}"
            streams = [asyncio.create_task(witness.stream(person, f"{path}/events")) for person in readers]
            await until(partial(is_judged, author, path))
            await asyncio.gather(*streams)
        for person in readers:
            for submission in submissions.values():
                await witness.stream(person, f"/submissions/{submission}/events")
                await witness.stream(person, f"/submissions/{submission}/events", after=0)
                expect(await person.get(f"/submissions/{submission}", waitMs=10))
                with contextlib.suppress(AssertionError):
                    expect(await person.post(f"/submissions/{submission}/cancel"), 202)
            expect(await person.get(f"/rooms/{room['roomId']}/submissions", includeCode="true"))
            expect(await person.get(f"/rooms/{room['roomId']}/runs", includeCode="true"))
            expect(await person.get(f"/rooms/{room['roomId']}"))
            expect(await person.get(f"/problems/{problem}"))
        await advance(ann, room, "wrapup", "finished")
        for person in readers:
            for submission in submissions.values():
                expect(await person.get(f"/submissions/{submission}"))
    assert witness.knows() == {secret: [] for secret in SECRETS}
    # The programs did do what they were written for, and who may know is told.
    verdicts = {name: (await judged(admin, submission))["verdict"] for name, submission in submissions.items()}
    assert verdicts == {
        "right": "accepted",
        "echoes": "wrong_answer",
        "exits": "runtime_error",
        "dies": "runtime_error",
        "hangs": "time_limit_exceeded",
        "eats": "memory_limit_exceeded",
        "floods": "output_limit_exceeded",
        "refused": "compile_error",
    }
    known = expect(await admin.get(f"/submissions/{submissions['exits']}"))
    case = known["testCases"][1]
    assert (case["input"], case["expectedOutput"], case["description"]) == (f"{INPUT}\n", f"{ANSWER}\n", ABOUT)
    assert INPUT in case["stdout"]
    assert ARGUMENT in case["stderr"]
    told = [event.details for event in await events(live_service, room)]
    kept = [snapshot.code for snapshot in await snapshots(live_service, room)]
    assert not any(secret in f"{told} {kept}" for secret in SECRETS)


JUDGE: Final = f"""# {CHECKER}
import pathlib, sys

task, answer = (pathlib.Path(path).read_text() for path in sys.argv[1:3])
feedback = pathlib.Path(sys.argv[3])
said = sys.stdin.readline() if sys.argv[4] == "{CHECKER}" else ""
(feedback / "judgemessage.txt").write_text(f"judge: {{task}} {{answer}} {{sys.argv[4:]}}")
(feedback / "teammessage.txt").write_text(f"team: {{task}} {{answer if 's3cret' in task else ''}}")
print("{CHECKER}", task, answer, file=sys.stderr)
if said.startswith("crash"):
    sys.exit(f"{CHECKER} {{task}} {{answer}}")
sys.exit(43)
"""
"""Writes whatever it knows wherever it may; of visible tests it tells people who submit no more than the input."""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("interactive", [False, True])
async def test_a_program_that_judges_tells_people_who_submit_nothing_hidden(
    live_service: Service, ann: Person, admin: Person, *, interactive: bool
) -> None:
    judge = {"language": "python", "code": JUDGE}
    shown = {"input": "a", "expectedOutput": "not for contestants", "checkerArgs": ["more"]}
    fields: Json = {"testCases": [shown, hidden(checkerArgs=[ARGUMENT])]}
    if interactive:
        fields |= {"kind": "interactive", "interactor": judge}
    else:
        fields["checker"] = {"type": "custom", "program": judge, "args": [CHECKER]}
    problem = await make_problem(admin, **fields)
    room = await open_room(ann, problemId=problem)
    async with httpx.AsyncClient(base_url=live_service.client.base_url, timeout=60, trust_env=False) as client:
        witness = Witness(client)
        author = Person(client, ann.token, ann.user)
        submissions = [await hand_in(author, room, code) for code in ("print('wrong')\n", "print('crash')\n")]
        for submission in submissions:
            await witness.stream(author, f"/submissions/{submission}/events")
            await until(partial(is_judged, author, f"/submissions/{submission}"))
            await witness.stream(author, f"/submissions/{submission}/events")
        seen = expect(await author.get(f"/submissions/{submissions[0]}"))
        expect(await author.get(f"/problems/{problem}"))
        expect(await author.get(f"/rooms/{room['roomId']}/submissions"))
    assert witness.knows() == {secret: [] for secret in SECRETS}
    assert not [text for text in witness.heard if "judge: " in text]
    assert seen["verdict"] == "wrong_answer"
    assert [case["checkerMessage"] for case in seen["testCases"]] == ["team: a", None]
    known = await judged(admin, submissions[0])
    first, second = (case["checkerMessage"] for case in known["testCases"])
    assert "judge: a not for contestants" in first
    assert "team: a" in first
    assert all(secret in second for secret in (INPUT, ANSWER, ARGUMENT))
    verdicts = [(await judged(admin, submission))["verdict"] for submission in submissions]
    assert verdicts == ["wrong_answer", "wrong_answer" if interactive else "internal_error"]
