"""A validation as JSON, and how far it is."""

from __future__ import annotations

import json

from judge import InputValidator, JudgeProgram
from judge.validation import Authored, CheckerCheck, InputCheck, conclude
from runner import CaseJudged, ChecksDone, SolutionJudged, SolutionStarted
from runner.jobs import ValidationTask
from runner.validation_progress import ValidationProgress
from runner.validation_record import unvalidated_record, validation_record
from tests.judge.validation.made import AC, IE, TLE, WA, judged, problem, right, slow, wrong

TWO = problem("sample/1", "secret/2")
VALIDATOR = InputValidator("input_validators/v.py", JudgeProgram(right().source))
AUTHORED = Authored(TWO, (right(), wrong(), slow()), (VALIDATOR,))


def test_a_record_holds_all_there_is_to_know() -> None:
    validation = conclude(
        AUTHORED,
        [
            judged(TWO, right(), (AC, 12.6), (AC, 30.2)),
            judged(TWO, wrong(), (AC, 9.0), (AC, None)),
            judged(TWO, slow(), (AC, 9.0), (TLE, 1001.0)),
        ],
        checker_checks=[CheckerCheck(0, accepted=True), CheckerCheck(1, accepted=False, message="3 is no 2")],
        input_checks=[InputCheck("input_validators/v.py", 0, accepted=True)],
    )
    record = validation_record(validation, ids={"right.py": "id-1"})
    assert json.loads(json.dumps(record)) == record
    assert (record["ok"], record["checksHold"]) == (False, False)
    first, second, third = record["solutions"]
    assert {name: first[name] for name in ("solutionId", "name", "verdict", "score", "expectationMet", "unmet")} == {
        "solutionId": "id-1",
        "name": "right.py",
        "verdict": "accepted",
        "score": None,
        "expectationMet": True,
        "unmet": [],
    }
    assert (first["slowestCpuMs"], first["peakMemoryMb"], first["timeRole"]) == (30, None, "lower")
    assert [(case["index"], case["verdict"], case["cpuTimeMs"]) for case in first["testCases"]] == [
        (0, "accepted", 13),
        (1, "accepted", 30),
    ]
    assert (second["solutionId"], second["expectationMet"]) == (None, False)
    assert second["unmet"] == ["no test ended in wrong_answer"]
    assert (third["verdict"], third["expectationMet"]) == ("time_limit_exceeded", True)
    assert record["checkerChecks"][1] == {"index": 1, "accepted": False, "message": "3 is no 2"}
    assert record["inputChecks"] == [
        {"validator": "input_validators/v.py", "index": 0, "accepted": True, "message": ""}
    ]
    timing = record["timing"]
    assert (timing["slowestAcceptedMs"], timing["fastestTleMs"], timing["fastestTleIsLowerBound"]) == (30, 1000, True)
    assert (timing["suggestedTimeLimitMs"], timing["currentTimeLimitMs"]) == (500, 1000)
    (python,) = timing["languages"]
    assert (python["language"], python["slowestSolution"], python["slowestTestCase"]) == (
        "python",
        "right.py",
        "secret/2",
    )
    assert record["warnings"] == ["no wrong solution fails sample/1"]
    assert record["findings"] == [
        {
            "kind": "unfailed_sample",
            "note": True,
            "message": "no wrong solution fails sample/1",
            "testCases": [0],
            "solutions": [],
            "part": None,
        }
    ]


def test_a_failure_of_ours_leaves_expectations_open_and_tells_nothing_of_itself() -> None:
    validation = conclude(
        AUTHORED,
        [judged(TWO, right(), (AC, 1.0), (IE, None))],
        checker_checks=[CheckerCheck(0, accepted=False, fault="/secret/path")],
    )
    record = validation_record(validation, ids={})
    assert (record["ok"], record["solutions"][0]["expectationMet"], record["solutions"][0]["unmet"]) == (
        False,
        None,
        [],
    )
    assert "no jail" not in json.dumps(record)
    assert "/secret/path" not in json.dumps(record)


def test_what_came_to_nothing_is_not_well() -> None:
    record = unvalidated_record(1500)
    assert (record["ok"], record["solutions"], record["timing"]["currentTimeLimitMs"]) == (False, [], 1500)


def test_progress_is_told_when_there_is_some() -> None:
    about = problem(*(f"secret/{number}" for number in range(400)))
    progress = ValidationProgress(ValidationTask(Authored(about, (right(), wrong())), repeat=2))
    report = judged(about, right(), *((AC, 1.0),) * 400)
    assert not progress.and_one(SolutionStarted(right()))
    told = 0
    for done, case in enumerate((*report.result.cases, *report.result.cases), 1):
        told += progress.and_one(CaseJudged(right(), case, done, 800))
    assert told == 51
    assert progress.and_one(SolutionJudged(report))
    assert progress.record() == {
        "done": 800,
        "total": 1600,
        "solutionsDone": 1,
        "solutionsTotal": 2,
        "met": 1,
        "unmet": 0,
        "checked": False,
    }
    assert progress.and_one(SolutionJudged(judged(about, wrong(), *((WA, 1.0),) * 400)))
    assert progress.and_one(ChecksDone((), ()))
    assert progress.record() | {"done": 1600, "met": 2, "checked": True} == progress.record()


def test_what_could_not_be_judged_is_done_with_too() -> None:
    progress = ValidationProgress(ValidationTask(AUTHORED, chosen=("right.py",)))
    assert progress.and_one(SolutionJudged(judged(TWO, right(), (IE, None), (AC, 1.0))))
    assert progress.record() | {"done": 2, "total": 2, "met": 0, "unmet": 0} == progress.record()
