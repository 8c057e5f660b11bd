"""Jobs to wait and to be done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from judge import Data, Problem, Source, TestCase
from judge.validation import Authored
from languages import load_languages
from runner import RunRequest
from runner.jobs import BatchInput, BatchTask, Job, Lane, RunTask, SubmissionTask, ValidationTask

MOMENT = datetime(2026, 3, 3, 12, tzinfo=UTC)
SOURCE = Source.of(load_languages()["python"], b"print(1)\n")

MakeJob = Callable[[str, str], Job]


def run(id_: str, owner: str = "ann") -> Job:
    return Job(id_, owner, MOMENT, RunTask(RunRequest(SOURCE)))


def submission(id_: str, owner: str = "ann", *, tests: int = 1) -> Job:
    cases = tuple(TestCase(f"t{number}", Data(b"1\n"), Data(b"1\n")) for number in range(tests))
    return Job(id_, owner, MOMENT, SubmissionTask(SOURCE, Problem(cases)))


def batch(id_: str, owner: str = "ann", *, inputs: int = 2) -> Job:
    items = tuple(BatchInput(f"{id_}.{number}") for number in range(inputs))
    return Job(id_, owner, MOMENT, BatchTask(SOURCE, items))


def validation(id_: str, owner: str = "ann") -> Job:
    return Job(id_, owner, MOMENT, ValidationTask(Authored(Problem((TestCase("t", Data(b"1\n"), Data(b"1\n")),)), ())))


BY_LANE: dict[Lane, MakeJob] = {Lane.INTERACTIVE: run, Lane.SUBMISSIONS: submission}
