"""People who submit to a cluster, hold on to what they were promised, and watch it come."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import uuid
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import httpx_sse

from api.routing import BASE
from tests.distributed.cluster import PASSWORD

Json = dict[str, Any]

TESTS: Final = 6
PROGRAMS: Final = {
    "accepted": "import time\ntime.sleep(0.03)\nprint(sum(map(int, input().split())))\n",
    "wrong_answer": "a, b = map(int, input().split())\nprint(a + b if a < 4 else a - b)\n",
    "runtime_error": "a, b = map(int, input().split())\nprint(a + b)\nif a == 3: raise SystemExit(5)\n",
    "compile_error": "print(\n",
}
"""By the verdict that each gets from the problem below."""

_PAUSE_S: Final = 0.2


def problem() -> Json:
    """To add two numbers."""
    tests = [
        {"input": f"{n} {n + 1}\n", "expectedOutput": f"{2 * n + 1}\n", "isHidden": n > 1} for n in range(1, TESTS + 1)
    ]
    return {"title": "Add", "description": "Add.", "difficulty": "easy", "isPublished": True, "testCases": tests}


@dataclass(slots=True)
class Promise:
    """A submission that was accepted, and everything that was told of it."""

    id: str
    verdict: str
    events: list[tuple[int, str, Json]] = field(default_factory=list)
    connections: int = 0

    def told(self, kind: str) -> list[Json]:
        return [data for _, name, data in self.events if name == kind]

    @property
    def result(self) -> Json:
        (result,) = self.told("result")
        return result

    @property
    def late(self) -> bool:
        """Nobody could be asked before it was over: then the result is all there is to tell."""
        return [name for _, name, _ in self.events] == ["result"]

    def check(self) -> None:
        """Exactly one result, the right one; nothing twice, nothing missing, in order."""
        ids = [id_ for id_, _, _ in self.events]
        assert ids == sorted(set(ids)), self
        assert self.events[-1][1] == "result", self
        assert self.result["verdict"] == self.verdict, self
        assert self.result["status"] == "completed", self
        if self.late:
            return
        cases = [case["testCaseIndex"] for case in self.told("case")]
        assert sorted(cases) == list(range(TESTS)), self
        assert [step["done"] for step in self.told("progress")] == list(range(1, TESTS + 1)), self
        assert [status["status"] for status in self.told("status")] == ["pending", "running"], self
        assert len(self.told("compile")) <= 1, self


class Person:
    """Somebody with an account and a room, whom a service that is away does not discourage."""

    def __init__(self, urls: tuple[str, ...], name: str, chance: random.Random) -> None:
        self._urls = urls
        self._name = name
        self._chance = chance
        self._room = ""
        self._client = httpx.AsyncClient(timeout=20)
        self.promises: list[Promise] = []

    async def arrive(self, problem_id: str) -> None:
        body = {"username": self._name, "email": f"{self._name}@example.com", "password": PASSWORD}
        answer = await self._post("/auth/register", {**body, "tokenTransport": "body"}, 201)
        self._client.headers["Authorization"] = f"Bearer {answer['accessToken']}"
        self._room = (await self._post("/rooms", {"mode": "ai", "problemId": problem_id}, 201))["roomId"]
        for phase in ("warmup", "coding"):  # from now on a session remembers every submission that was judged
            await self._post(f"/rooms/{self._room}/control/transition", {"targetStatus": phase}, 200)

    async def submit(self, verdict: str) -> Promise:
        """Until it is accepted."""
        body = {"language": "python", "code": PROGRAMS[verdict]}
        accepted = await self._post(f"/rooms/{self._room}/submit", body, 202)
        promise = Promise(accepted["submissionId"], verdict)
        self.promises.append(promise)
        return promise

    async def watch(self, promise: Promise) -> None:
        """Until the result, from wherever the last connection ended."""
        while not promise.told("result"):
            promise.connections += 1
            with contextlib.suppress(httpx.HTTPError, httpx_sse.SSEError):
                await self._read(promise)
            await asyncio.sleep(_PAUSE_S if not promise.told("result") else 0)

    async def _read(self, promise: Promise) -> None:
        headers = {"Last-Event-ID": str(promise.events[-1][0])} if promise.events else {}
        url = f"{self._url()}/submissions/{promise.id}/events"
        async with httpx_sse.aconnect_sse(self._client, "GET", url, headers=headers) as source:
            if source.response.status_code != 200:
                return
            async for event in source.aiter_sse():
                if event.data:
                    promise.events.append((int(event.id), event.event, json.loads(event.data)))

    async def _post(self, path: str, body: Json, status: int) -> Json:
        """The same request until there is an answer; a key that hangs on a dead service is given up for another."""
        key = str(uuid.uuid4())
        while True:
            try:
                answer = await self._client.post(self._url() + path, json=body, headers={"Idempotency-Key": key})
            except httpx.HTTPError:
                await asyncio.sleep(_PAUSE_S)
                continue
            if answer.status_code == status:
                return dict(answer.json())
            if answer.status_code == 409:
                assert "in_progress" in answer.text or path == "/auth/register", answer.text
                key = str(uuid.uuid4())
            else:
                assert answer.status_code in {503, 504}, answer.text
            await asyncio.sleep(_PAUSE_S)

    def _url(self) -> str:
        return self._chance.choice(self._urls) + BASE

    async def leave(self) -> None:
        await self._client.aclose()
