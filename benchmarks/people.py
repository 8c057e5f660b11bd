"""Accounts on a service that is measured, and the problem that they all solve: to double a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from benchmarks.client import Connection
from benchmarks.cluster import PASSWORD

CASES: Final = 10
CODE: Final = "print(int(input()) * 2)"


@dataclass(frozen=True, slots=True)
class Person:
    """An admin. ``room``: theirs, with the problem."""

    token: str
    room: str


@dataclass(frozen=True, slots=True)
class People:
    """``problem_id``: of the problem, which has :data:`CASES` tests and a reference solution."""

    persons: tuple[Person, ...]
    problem_id: str

    @property
    def first(self) -> Person:
        """Who made the problem."""
        return self.persons[0]


async def arrive(port: int, count: int) -> People:
    """So many, on a service that was never used."""
    connection = await Connection.open(port)
    login = {"identifier": "admin", "password": PASSWORD, "tokenTransport": "body"}
    token = connection.token = (await connection.call("POST", "/auth/login", login))["accessToken"]
    tests = [{"input": f"{n}\n", "expectedOutput": f"{2 * n}\n"} for n in range(CASES)]
    body = {"title": "Twice", "description": "Twice.", "difficulty": "easy", "testCases": tests, "isPublished": True}
    problem_id = (await connection.call("POST", "/problems", body))["id"]
    accepted = {"permittedVerdicts": ["accepted"], "requiredVerdicts": ["accepted"]}
    solution = {"name": "twice.py", "language": "python", "code": CODE, **accepted}
    await connection.call("POST", f"/problems/{problem_id}/solutions", solution)
    persons = [await _move_in(connection, token, problem_id)]
    for number in range(1, count):
        connection.token = persons[0].token
        body = {"username": f"person{number}", "email": f"person{number}@example.com", "password": PASSWORD}
        found = await connection.call("POST", "/auth/register", {**body, "tokenTransport": "body"})
        await connection.call("PATCH", f"/admin/users/{found['user']['id']}", {"role": "admin"})
        persons.append(await _move_in(connection, found["accessToken"], problem_id))
    connection.close()
    return People(tuple(persons), problem_id)


async def _move_in(connection: Connection, token: str, problem_id: str) -> Person:
    connection.token = token
    room = (await connection.call("POST", "/rooms", {"mode": "peer", "problemId": problem_id}))["roomId"]
    return Person(token, room)
