"""What was imported is judged: by its own programs, with the files that it gives to submissions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.api.execution.work import hand_in, judged
from tests.api.people import Person, Service, expect
from tests.api.problems.packages import YAML, exported, take_over
from tests.api.problems.test_validations import over, start
from tests.api.rooms.parties import open_room

TALK: Final = b"""\
import pathlib, sys
number = int(pathlib.Path(sys.argv[1]).read_text())
print(number, flush=True)
said = sys.stdin.readline()
pathlib.Path(sys.argv[3], "teammessage.txt").write_text(f"you said {said.strip()}")
pathlib.Path(sys.argv[3], "score_multiplier.txt").write_text("0.5" if number == 2 else "1")
sys.exit(42 if said.strip() == str(number * int(sys.argv[4])) else 43)
"""
PACKAGE: Final[Mapping[str, bytes]] = {
    "problem.yaml": (YAML.replace("keywords", "type: [scoring, interactive]\nkeywords")).encode(),
    "statement/problem.en.md": b"Say it times seven.\n",
    "output_validator/talk.py": TALK,
    "input_validators/small.py": b"import sys\nsys.exit(42 if int(input()) < 3 else 43)\n",
    "include/python/helper.py": b"def answer(number):\n    return number * 7\n",
    "data/test_group.yaml": b"output_validator_args: ['7']\n",
    "data/secret/test_group.yaml": b"max_score: 60\nscore_aggregation: sum\n",
    "data/sample/1.in": b"1\n",
    "data/sample/1.ans": b"",
    "data/secret/2.in": b"2\n",
    "data/secret/2.ans": b"",
    "data/secret/3.in": b"3\n",
    "data/secret/3.ans": b"",
    "submissions/accepted/helped.py": b"from helper import answer\nprint(answer(int(input())))\n",
    "submissions/wrong_answer/same.py": b"print(7)\n",
}


@pytest.fixture
def changes() -> dict[str, Any]:
    return {"runs_per_minute": 1000, "submissions_per_minute": 1000}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_imported_problem_is_validated_and_submitted_to(service: Service, ann: Person) -> None:
    admin = await service.admin()
    path = f"/problems/{(await take_over(admin, PACKAGE, publish=True))['problem']['id']}"
    found = await over(admin, await start(admin, path))
    assert (found["status"], found["ok"], found["checksHold"]) == ("completed", True, False)
    assert [(each["name"], each["verdict"], each["score"]) for each in found["solutions"]] == [
        ("accepted/helped.py", "accepted", 45),
        ("wrong_answer/same.py", "wrong_answer", 0),
    ]
    assert [(each["index"], each["accepted"]) for each in found["inputChecks"]] == [(0, True), (1, True), (2, False)]

    room = await open_room(ann, problemId=path.removeprefix("/problems/"))
    right = await judged(ann, await hand_in(ann, room, PACKAGE["submissions/accepted/helped.py"].decode()))
    assert (right["verdict"], right["score"], right["maxScore"]) == ("accepted", 45, 60)
    assert [case["score"] for case in right["testCases"]] == [1, 0.5, 1]
    wrong = await judged(ann, await hand_in(ann, room, "print(7)\n"))
    assert [case["verdict"] for case in wrong["testCases"]] == ["accepted", "wrong_answer", "wrong_answer"]
    assert [case["checkerMessage"] for case in wrong["testCases"]] == ["you said 7", None, None]

    again = await take_over(admin, await exported(admin, path.removeprefix("/problems/")), 200, replace=True)
    assert again["problem"]["id"] == path.removeprefix("/problems/")
    once_more = expect(
        await ann.post(f"/rooms/{room['roomId']}/submit", {"language": "python", "code": "print(14)\n"}), 202
    )
    verdicts = [case["verdict"] for case in (await judged(ann, once_more["submissionId"]))["testCases"]]
    assert verdicts == ["wrong_answer", "accepted", "wrong_answer"]
