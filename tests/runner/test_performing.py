"""Jobs done for real: what is told meanwhile, and the records they come to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import judge.trial
from judge import (
    MOST_ATTEMPTS,
    Data,
    Expectation,
    InputValidator,
    JudgeProgram,
    Problem,
    Program,
    Source,
    Submission,
    TestCase,
    TimeRole,
    Verdict,
)
from judge.validation import Authored
from languages import Language
from runner import Engine, RunRequest
from runner.cancellations import Cancellations
from runner.events import Counts, EventKind, JobResult
from runner.jobs import BatchInput, BatchTask, Job, JobKind, RunTask, SubmissionTask, Task, ValidationTask
from runner.performing import ALL_HERE, EXCERPT_BYTES, Attempts, Performer, not_done
from runner.record import Encoding
from runner.share import SandboxShare
from sandboxes import SetupError

MOMENT = datetime(2026, 3, 3, 12, tzinfo=UTC)
CREATED = "2026-03-03T12:00:00.000Z"
Record = dict[str, Any]


@dataclass
class Heard:
    """What was told of a job; ``on``: what to do when something is."""

    events: list[tuple[str, EventKind, Record]] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    parts: list[tuple[str, Record]] = field(default_factory=list)
    cancellations: Cancellations = field(default_factory=Cancellations)
    on: Callable[[str, EventKind, Record], object] = lambda *_: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def emit(self, id_: str, kind: EventKind, data: Record) -> None:
        with self.lock:
            self.events.append((id_, kind, data))
        self.on(id_, kind, data)

    def kinds(self, id_: str = "j") -> list[EventKind]:
        return [kind for other, kind, _ in self.events if other == id_]

    def data(self, kind: EventKind, id_: str = "j") -> list[Record]:
        return [data for other, each, data in self.events if (other, each) == (id_, kind)]


Perform = Callable[..., JobResult]
Make = Callable[..., Source]


@pytest.fixture
def source(languages: Mapping[str, Language], image: Callable[[str], Path]) -> Make:
    def make(code: str, language: str = "python") -> Source:
        image(language)
        return Source.of(languages[language], code.encode())

    return make


@pytest.fixture
def perform(engine: Engine) -> Perform:
    def perform(task: Task, heard: Heard, *, by: Engine | None = None, attempts: Attempts = ALL_HERE) -> JobResult:
        performer = Performer(by or engine, SandboxShare(engine.sandbox, max(1, engine.slots - 1)))
        with heard.cancellations as cancellations:
            return performer.perform(
                Job("j", "ann", MOMENT, task),
                heard.emit,
                on_part_begun=lambda id_, _: heard.begun.append(id_),
                on_part=lambda id_, record: heard.parts.append((id_, record)),
                cancellations=cancellations,
                attempts=attempts,
            )

    return perform


class TestRuns:
    def test_a_run_comes_to_one_whole_record(self, source: Make, perform: Perform) -> None:
        heard = Heard()
        task = RunTask(RunRequest(source("print(input())\n"), stdin=b"hello\n"))
        result = perform(task, heard)
        record = result.records["j"]
        assert (result.job_id, result.verdict, result.fault) == ("j", "accepted", None)
        assert (record["status"], record["verdict"], record["stdout"]) == ("completed", "accepted", "hello\n")
        assert (record["createdAt"], record["language"], record["attempts"]) == (CREATED, "python", 1)
        assert record["startedAt"] <= record["completedAt"]
        assert record["compile"]["ok"]
        assert set(heard.kinds()) == {EventKind.COMPILE, EventKind.OUTPUT}
        assert heard.kinds()[0] is EventKind.COMPILE
        assert heard.data(EventKind.COMPILE) == [record["compile"]]
        assert heard.data(EventKind.OUTPUT) == [{"stream": "stdout", "chunk": "hello\n", "offset": 0}]

    def test_output_is_told_while_the_program_runs(self, source: Make, perform: Perform) -> None:
        moments: list[float] = []
        heard = Heard(on=lambda _, kind, __: moments.append(time.monotonic()) if kind is EventKind.OUTPUT else None)
        code = "import time\nprint('one', flush=True)\ntime.sleep(0.7)\nprint('two')\n"
        perform(RunTask(RunRequest(source(code))), heard)
        assert [data["chunk"] for data in heard.data(EventKind.OUTPUT)] == ["one\n", "two\n"]
        assert moments[1] - moments[0] > 0.4

    def test_a_compiled_program_is_told_to_be_compiled_first(self, source: Make, perform: Perform) -> None:
        heard = Heard()
        code = '#include <stdio.h>\nint main(void) { puts("hi"); fputs("oh", stderr); return 3; }\n'
        result = perform(RunTask(RunRequest(source(code, "c"))), heard)
        record = result.records["j"]
        assert (record["verdict"], record["exitCode"], record["stdout"]) == ("runtime_error", 3, "hi\n")
        assert heard.kinds()[0] is EventKind.COMPILE
        assert {data["stream"]: data["chunk"] for data in heard.data(EventKind.OUTPUT)} == {
            "stdout": "hi\n",
            "stderr": "oh",
        }

    @pytest.mark.parametrize(("language", "code"), [("python", "print(1\n"), ("c", "int main(void) { return x; }\n")])
    def test_what_does_not_compile_has_no_output(
        self, source: Make, perform: Perform, language: str, code: str
    ) -> None:
        heard = Heard()
        record = perform(RunTask(RunRequest(source(code, language))), heard).records["j"]
        assert (record["verdict"], record["exitCode"], record["durationMs"]) == ("compile_error", None, 0)
        assert (record["stdout"], record["stderr"], record["compile"]["ok"]) == ("", "", False)
        assert heard.kinds() == [EventKind.COMPILE]

    def test_in_base64_every_byte_is_kept(self, source: Make, perform: Perform) -> None:
        heard = Heard()
        code = "import sys\nsys.stdout.buffer.write(b'\\xff\\x00')\n"
        record = perform(RunTask(RunRequest(source(code)), Encoding.BASE64), heard).records["j"]
        assert (record["stdout"], record["stdoutBytes"]) == ("/wA=", 2)
        assert heard.data(EventKind.OUTPUT)[0]["chunk"] == "/wA="

    def test_what_is_cut_off_is_told_nobody(self, source: Make, perform: Perform) -> None:
        heard = Heard()
        code = "import sys\nsys.stdout.write('x' * (3 << 20))\n"
        record = perform(RunTask(RunRequest(source(code))), heard).records["j"]
        assert (record["outputTruncated"], record["stdoutBytes"]) == (True, 3 << 20)
        assert len(record["stdout"]) == 1 << 20
        assert "".join(data["chunk"] for data in heard.data(EventKind.OUTPUT)) == record["stdout"]

    def test_a_run_is_cancelled_while_it_runs(self, source: Make, perform: Perform) -> None:
        heard = Heard()
        heard.on = lambda _, kind, __: heard.cancellations.job.cancel() if kind is EventKind.OUTPUT else None
        code = "import time\nprint('here', flush=True)\ntime.sleep(60)\nprint('never')\n"
        result = perform(RunTask(RunRequest(source(code))), heard)
        record = result.records["j"]
        assert (result.verdict, record["status"], record["verdict"]) == ("cancelled", "failed", "cancelled")
        assert "never" not in record["stdout"]
        assert record["durationMs"] < 30_000

    def test_our_failure_is_nobody_elses_and_tells_nothing(self, source: Make, perform: Perform) -> None:
        class Broken:
            def run(self, *_: object, **__: object) -> None:
                raise SetupError("/secret/path is gone")

        result = perform(RunTask(RunRequest(source("print(1)\n"))), Heard(), by=Broken())
        record = result.records["j"]
        assert (result.verdict, result.fault) == ("internal_error", "/secret/path is gone")
        assert "secret" not in str(result.records)
        assert (record["status"], record["createdAt"], record["exitCode"]) == ("failed", CREATED, None)

    def test_what_nobody_foresaw_is_our_failure_too(self, source: Make, perform: Perform) -> None:
        class Mad:
            def run(self, *_: object, **__: object) -> None:
                raise KeyError("secret")

        result = perform(RunTask(RunRequest(source("print(1)\n"))), Heard(), by=Mad())
        assert (result.verdict, result.fault) == ("internal_error", "KeyError: 'secret'")
        assert "secret" not in str(result.records)


class TestAttempts:
    @pytest.mark.parametrize(
        ("kind", "earlier", "left"),
        [
            (JobKind.RUN, 0, Attempts(2, 0)),
            (JobKind.SUBMISSION, 0, Attempts(2, 0)),
            (JobKind.RUN, 1, Attempts(1, 1)),
            (JobKind.RUN, 2, Attempts(1, 2)),
            (JobKind.BATCH, 0, Attempts(3, 0)),
            (JobKind.VALIDATION, 2, Attempts(1, 2)),
        ],
    )
    def test_the_last_one_is_for_another_host_where_that_may_help(
        self, kind: JobKind, earlier: int, left: Attempts
    ) -> None:
        assert Attempts.left(kind, earlier) == left
        assert left.last == (left.earlier + left.most == MOST_ATTEMPTS)

    @pytest.mark.parametrize("attempts", [Attempts(2), Attempts(1, 2)])
    def test_there_are_no_more_than_that_and_all_are_told_of(
        self, source: Make, perform: Perform, monkeypatch: pytest.MonkeyPatch, attempts: Attempts
    ) -> None:
        tried: list[str] = []

        def fail(*_: object, **__: object) -> None:
            tried.append("once more")
            raise SetupError("no jail today")

        monkeypatch.setattr(judge.trial, "FIRST_PAUSE_S", 0)
        monkeypatch.setattr(Program, "prepare", fail)
        program = source("int main(void) { return 0; }\n", "c")
        result = perform(RunTask(RunRequest(program)), Heard(), attempts=attempts)
        assert (result.verdict, len(tried)) == ("internal_error", attempts.most)
        assert result.records["j"]["attempts"] == attempts.earlier + attempts.most
        tried.clear()
        result = perform(SubmissionTask(program, problem((b"", b"", True))), Heard(), attempts=attempts)
        assert (result.verdict, len(tried)) == ("internal_error", attempts.most)


class TestBatches:
    def test_each_input_has_its_record_as_soon_as_it_is_done(self, source: Make, perform: Perform) -> None:
        heard = Heard()
        inputs = (BatchInput("a", b"1", expected=b"2"), BatchInput("b", b"2"), BatchInput("c", b"3", expected=b"7"))
        result = perform(BatchTask(source("print(int(input()) * 2)\n"), inputs), heard)
        assert result.verdict == "wrong_answer"
        assert sorted(heard.begun) == ["a", "b", "c"]
        assert dict(heard.parts) == {id_: result.records[id_] for id_ in ("a", "b", "c")}
        facts = {
            id_: (record["verdict"], record.get("passed", "absent"), record.get("expectedOutput", "absent"))
            for id_, record in heard.parts
        }
        assert facts == {
            "a": ("accepted", True, "2"),
            "b": ("accepted", "absent", "absent"),
            "c": ("wrong_answer", False, "7"),
        }
        assert result.records["c"]["status"] == "completed"
        assert result.records["a"]["createdAt"] == CREATED
        assert result.records["j"] == {"compile": heard.data(EventKind.COMPILE)[0]}
        for id_ in ("a", "b", "c"):
            assert heard.data(EventKind.COMPILE, id_) == heard.data(EventKind.COMPILE)
            assert heard.data(EventKind.STATUS, id_)[0]["status"] == "running"

    def test_cancelling_it_cancels_what_is_left(self, source: Make, perform: Perform) -> None:
        heard = Heard()
        heard.on = lambda id_, kind, _: heard.cancellations.job.cancel() if kind is EventKind.STATUS else id_
        code = "import time\ntime.sleep(60)\n"
        result = perform(BatchTask(source(code), tuple(BatchInput(str(n)) for n in range(4))), heard)
        assert result.verdict == "cancelled"
        assert {record["verdict"] for _, record in heard.parts} == {"cancelled"}
        assert len(heard.parts) == 4


def problem(*cases: tuple[bytes, bytes, bool], stop: bool = False) -> Problem:
    return Problem(
        tuple(
            TestCase(str(index), Data(given), Data(wanted), sample=sample)
            for index, (given, wanted, sample) in enumerate(cases)
        ),
        stop_on_first_failure=stop,
    )


class TestSubmissions:
    def test_every_test_is_told_with_what_its_author_said(self, source: Make, perform: Perform) -> None:
        heard = Heard()
        task = SubmissionTask(
            source("print(int(input()) * 2)\n"),
            problem((b"1\n", b"2\n", True), (b"2\n", b"5\n", False), (b"x\n", b"", False)),
            ("first", None, "third"),
        )
        result = perform(task, heard)
        record = result.records["j"]
        assert (result.verdict, record["verdict"]) == ("wrong_answer", "wrong_answer")
        counts = ("totalTestCases", "passedTestCases", "failedTestCases", "errorTestCases", "skippedTestCases")
        assert [record[name] for name in counts] == [3, 1, 1, 1, 0]
        told = sorted(heard.data(EventKind.CASE), key=lambda case: int(case["testCaseIndex"]))
        assert told == record["testCases"]
        facts = [(case["description"], case["input"], case["expectedOutput"], case["verdict"]) for case in told]
        assert facts == [
            ("first", "1\n", "2\n", "accepted"),
            (None, "2\n", "5\n", "wrong_answer"),
            ("third", "x\n", "", "runtime_error"),
        ]
        assert [case["isHidden"] for case in told] == [False, True, True]
        progress = heard.data(EventKind.PROGRESS)
        assert [step["done"] for step in progress] == [1, 2, 3]
        assert progress[-1] == {"done": 3, "total": 3, "passed": 1, "failed": 1, "error": 1}
        assert heard.kinds()[0] is EventKind.COMPILE

    def test_long_data_is_told_in_part(self, source: Make, perform: Perform) -> None:
        task = SubmissionTask(source("print('y' * (1 << 15))\n"), problem((b"x" * (1 << 15), b"z" * (1 << 15), True)))
        case = perform(task, Heard()).records["j"]["testCases"][0]
        sizes = {name: len(case[name]) for name in ("input", "expectedOutput", "stdout")}
        assert sizes == dict.fromkeys(sizes, EXCERPT_BYTES)

    def test_one_that_does_not_compile_skips_every_test(self, source: Make, perform: Perform) -> None:
        heard = Heard()
        record = perform(
            SubmissionTask(source("int main(void) {\n", "c"), problem((b"", b"", True), (b"", b"", False))), heard
        ).records["j"]
        assert (record["verdict"], record["compile"]["ok"]) == ("compile_error", False)
        assert [case["verdict"] for case in record["testCases"]] == ["skipped", "skipped"]
        assert (record["errorTestCases"], record["skippedTestCases"], record["totalDurationMs"]) == (2, 2, 0)

    def test_cancelling_it_skips_what_was_not_executed(self, source: Make, perform: Perform) -> None:
        heard = Heard()
        heard.on = lambda _, kind, __: heard.cancellations.job.cancel() if kind is EventKind.CASE else None
        code = "import time\nif input() == 'slow':\n    time.sleep(60)\n"
        cases = [(b"quick\n", b"", True), *[(b"slow\n", b"", False)] * 4]
        result = perform(SubmissionTask(source(code), problem(*cases)), heard)
        record = result.records["j"]
        assert (result.verdict, record["verdict"]) == ("cancelled", "cancelled")
        verdicts = [case["verdict"] for case in record["testCases"]]
        assert verdicts[0] == "accepted"
        assert set(verdicts[1:]) <= {"cancelled", "skipped"}
        assert verdicts[-1] == "skipped"
        counts = [record[f"{name}TestCases"] for name in ("passed", "failed", "error", "total")]
        assert counts[0] + counts[1] + counts[2] == counts[3] == 5


def promise(*verdicts: Verdict) -> Expectation:
    return Expectation(frozenset({Verdict.ACCEPTED, *verdicts}), frozenset(verdicts or {Verdict.ACCEPTED}))


class TestValidations:
    def authored(self, source: Make, *codes: tuple[str, Expectation]) -> Authored:
        solutions = (
            Submission(f"{index}.py", "", source(code), expectation, time_role=TimeRole.LOWER)
            for index, (code, expectation) in enumerate(codes)
        )
        validator = InputValidator(
            "v.py", JudgeProgram(source("import sys\nsys.exit(42 if int(input()) < 9 else 43)\n"))
        )
        return Authored(problem((b"1\n", b"2\n", True), (b"3\n", b"6\n", False)), tuple(solutions), (validator,))

    def test_solutions_are_told_as_they_are_done_and_everything_is_in_the_record(
        self, source: Make, perform: Perform
    ) -> None:
        heard = Heard()
        authored = self.authored(
            source, ("print(2 * int(input()))\n", promise()), ("print(2)\n", promise(Verdict.WRONG_ANSWER))
        )
        result = perform(ValidationTask(authored, repeat=2, ids={"0.py": "zero", "1.py": "one"}), heard)
        record = result.records["j"]
        assert (result.verdict, result.fault, record["ok"], record["checksHold"]) == ("accepted", None, True, True)
        assert [(each["solutionId"], each["verdict"]) for each in record["solutions"]] == [
            ("zero", "accepted"),
            ("one", "wrong_answer"),
        ]
        told = sorted(heard.data(EventKind.SOLUTION), key=lambda each: str(each["name"]))
        assert told == record["solutions"]
        assert [check["accepted"] for check in (*record["checkerChecks"], *record["inputChecks"])] == [True] * 4
        last = heard.data(EventKind.PROGRESS)[-1]
        assert last == {
            "done": 8,
            "total": 8,
            "solutionsDone": 2,
            "solutionsTotal": 2,
            "met": 2,
            "unmet": 0,
            "checked": True,
        }
        assert set(heard.kinds()) == {EventKind.SOLUTION, EventKind.PROGRESS}
        assert record["timing"]["suggestedTimeLimitMs"] is not None

    def test_an_expectation_that_does_not_hold_is_an_answer_and_no_failure(
        self, source: Make, perform: Perform
    ) -> None:
        authored = self.authored(source, ("print(2 * int(input()))\n", promise()), ("print(2)\n", promise()))
        result = perform(ValidationTask(authored, chosen=("1.py",)), Heard())
        (solution,) = result.records["j"]["solutions"]
        assert (result.verdict, result.fault) == ("wrong_answer", None)
        assert (solution["name"], solution["expectationMet"]) == ("1.py", False)

    def test_one_that_is_cancelled_says_so(self, source: Make, perform: Perform) -> None:
        heard = Heard()
        heard.on = lambda _, kind, __: heard.cancellations.job.cancel() if kind is EventKind.PROGRESS else None
        result = perform(ValidationTask(self.authored(source, ("import time\ntime.sleep(60)\n", promise()))), heard)
        assert (result.verdict, result.records["j"]["ok"]) == ("cancelled", False)

    def test_what_was_never_begun_has_an_empty_record(self, source: Make) -> None:
        task = ValidationTask(self.authored(source, ("print(1)\n", promise())))
        result = not_done(Job("j", "ann", MOMENT, task), Verdict.CANCELLED, started_at=None)
        record = result.records["j"]
        assert (result.verdict, record["ok"], record["solutions"]) == ("cancelled", False, [])


@pytest.mark.parametrize("wrong", [{"repeat": 0}, {"repeat": 6}, {"chosen": ("gone.py",)}])
def test_a_validation_that_nobody_can_do_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"times, not|no solution gone"):
        ValidationTask(Authored(problem((b"", b"", True)), ()), **wrong)


def test_counts_tell_tests_apart_by_what_became_of_them() -> None:
    counts = Counts()
    for verdict in (Verdict.ACCEPTED, Verdict.WRONG_ANSWER, Verdict.RUNTIME_ERROR, Verdict.SKIPPED, Verdict.ACCEPTED):
        counts = counts.and_one(verdict)
    assert (counts.passed, counts.failed, counts.error, counts.done) == (2, 1, 2, 5)
