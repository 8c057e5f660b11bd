"""Packages on a service elsewhere: what is sent there, and what comes back."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.commands.exits import RemoteError
from api.commands.remote import ValidationReader, pack_renamed
from api.commands.verified import Policy, Verified
from judge import Package, Score, Verdict, read_package
from judge.packages.opened import opened
from judge.validation import Authored, conclude
from languages import Language
from runner.validation_record import solution_record, validation_record
from tests.api.commands.conftest import Start

Verify = Callable[..., Verified]
Command = Callable[..., Any]
Read = Callable[[], Package]


class TestSending:
    @pytest.mark.parametrize("name", ["Double", "{en: Double, de: Doppelt}", "Ü: 'x' #1"])
    def test_a_package_goes_under_a_name_of_its_own_and_is_the_same_otherwise(
        self, package: Path, languages: Mapping[str, Language], tmp_path: Path, name: str
    ) -> None:
        yaml = package / "problem.yaml"
        yaml.write_text(
            yaml.read_text().replace("name: Double", f"name: {json.dumps(name)}" if "#" in name else f"name: {name}")
        )
        before = {path: path.read_bytes() for path in package.rglob("*") if path.is_file()}
        whole = read_package(package, languages)
        archive = tmp_path / "sent.zip"
        with archive.open("wb") as file:
            pack_renamed(whole, file)
        assert {path: path.read_bytes() for path in package.rglob("*") if path.is_file()} == before
        with opened(archive) as found:
            sent = read_package(found.directory, languages)
            assert sent.metadata.name.startswith(f"{whole.metadata.name} (verification ")
            assert uuid.UUID(sent.metadata.uuid) != uuid.UUID(whole.metadata.uuid)
            assert [case.input.read() for case in sent.problem.cases] == [
                case.input.read() for case in whole.problem.cases
            ]
            assert sent.submissions == whole.submissions
            assert sent.metadata.names.keys() == whole.metadata.names.keys()
            changed: dict[str, Any] = {"name": "", "uuid": "", "names": {}}
            assert replace(sent.metadata, **changed) == replace(whole.metadata, **changed)

    def test_a_legacy_package_keeps_its_time_limit(
        self, package: Path, languages: Mapping[str, Language], tmp_path: Path
    ) -> None:
        (package / "problem.yaml").write_text("validator_flags: float_tolerance 1e-3\n")
        (package / ".timelimit").write_text("7\n")
        (package / ".syncode.yaml").write_text("problem: {checker: {type: unordered_lines}}\n")
        whole = read_package(package, languages)
        with (tmp_path / "sent.zip").open("wb") as file:
            pack_renamed(whole, file)
        with opened(tmp_path / "sent.zip") as found:
            sent = read_package(found.directory, languages)
            assert (sent.problem.limits.cpu_ms, sent.problem.checker) == (7000, whole.problem.checker)
            assert sent.metadata.uuid is None


class TestReading:
    def test_what_comes_back_says_the_same_as_what_was_found(self, verified: Verify) -> None:
        there = verified(
            Verdict.RUNTIME_ERROR,
            Verdict.WRONG_ANSWER,
            message="exit status 1",
            checks=[True, False],
            inputs=[True, True],
        )
        assert there.validation is not None
        record = json.loads(json.dumps(validation_record(there.validation, ids={})))
        read = ValidationReader(there.report.package).validation({**record, "status": "completed"})
        here = replace(there, report=replace(there.report, validation=read))
        assert (read.findings, read.checker_checks, read.input_checks) == (
            there.validation.findings,
            there.validation.checker_checks,
            there.validation.input_checks,
        )
        assert (read.ok, read.checks_hold, read.failed) == (False, False, False)
        assert [(each.submission, each.unmet, each.met) for each in read.solutions] == [
            (each.submission, each.unmet, each.met) for each in there.validation.solutions
        ]
        assert validation_record(read, ids={}) == record
        assert here.warnings == there.warnings
        assert Policy().outcome([here]) == Policy().outcome([there])

    def test_failures_of_the_service_are_ours(self, verified: Verify) -> None:
        there = verified(Verdict.ACCEPTED, Verdict.INTERNAL_ERROR, message="no jail")
        assert there.validation is not None
        record = validation_record(there.validation, ids={})
        read = ValidationReader(there.report.package).validation(record)
        assert (read.ok, read.failed, [each.met for each in read.solutions]) == (False, True, [True, None])
        assert not read.judge_failed

    def test_a_program_of_the_packages_that_fails_is_told_from_that(self, verified: Verify) -> None:
        there = verified(Verdict.ACCEPTED, Verdict.INTERNAL_ERROR, message="check.py exited with 1")
        assert there.validation is not None
        first, second = there.validation.solutions
        cases = tuple(
            replace(case, message="no", fault="check.py exited with 1", judge_failed=True)
            for case in second.result.cases
        )
        failed = replace(second, results=(replace(second.result, cases=cases, judge_failed=True),))
        validation = replace(there.validation, solutions=(first, failed))
        read = ValidationReader(there.report.package).validation(validation_record(validation, ids={}))
        assert (read.failed, read.judge_failed, read.fault) == (True, True, "check.py exited with 1")
        assert read.solutions[1].result.cases[0].fault == "check.py exited with 1"

    def test_points_come_back(self, verified: Verify) -> None:
        there = verified(Verdict.ACCEPTED, Verdict.WRONG_ANSWER)
        first, *_ = there.report.solutions
        scored = replace(first, results=(replace(first.result, score=Score(40.0, 100.0, ())),))
        read = ValidationReader(there.report.package).solution(solution_record(scored, ids={}))
        assert read.result.score == Score(40.0, 100.0, ())

    def test_solutions_come_in_the_packages_order_by_either_name(self, verified: Verify) -> None:
        there = verified(Verdict.ACCEPTED, Verdict.WRONG_ANSWER)
        assert there.validation is not None
        record = validation_record(there.validation, ids={})
        for solution in record["solutions"]:
            solution["name"] = solution["name"].removeprefix("submissions/")
        record["solutions"].reverse()
        read = ValidationReader(there.report.package).validation(record)
        assert [each.submission.path for each in read.solutions] == [
            "submissions/accepted/right.py",
            "submissions/wrong_answer/wrong.py",
        ]

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda record: record.pop("timing"),
            lambda record: record.update(timing=None),
            lambda record: record["solutions"][0].update(name="accepted/other.py"),
            lambda record: record["solutions"][0]["testCases"][0].update(index=7),
            lambda record: record["solutions"][0].update(verdict="splendid"),
            lambda record: record["findings"].append({"kind": "none that is known here"}),
        ],
    )
    def test_what_is_of_another_package_or_service_is_a_failure(
        self, verified: Verify, *, spoil: Callable[[dict[str, object]], object]
    ) -> None:
        there = verified(Verdict.ACCEPTED, Verdict.WRONG_ANSWER)
        assert there.validation is not None
        record = json.loads(json.dumps(validation_record(there.validation, ids={})))
        spoil(record)
        with pytest.raises(RemoteError, match="what the service says of double cannot be read"):
            ValidationReader(there.report.package).validation(record)


def test_a_package_without_wrong_solutions_comes_back_too(package: Path, read: Read) -> None:
    (package / "submissions/wrong_answer/wrong.py").unlink()
    whole = read()
    validation = conclude(Authored.of(whole), [])
    record = validation_record(validation, ids={})
    assert validation_record(ValidationReader(whole).validation(record), ids={}) == record


@pytest.mark.usefixtures("engine")
class TestService:
    def test_a_package_is_judged_there_and_nothing_is_left_of_it(
        self, start: Start, cli: Command, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with start() as served:
            url = str(served.client.base_url).removesuffix("/api/v1/")
            (tmp_path / "token").write_text(served.client.headers["Authorization"].removeprefix("Bearer "))
            before = served.get("/problems", includeDrafts=True)["data"]
            # What this host lacks does not matter when another one judges.
            monkeypatch.setenv("SYNCODE_HOME", str(tmp_path / "no images here"))
            command = ("verify", package, "--server", url, "--token-file", tmp_path / "token", "--json")
            answer = cli(*command, "--repeat", "2")
            assert answer.code == 0, answer.remark
            (found,) = json.loads(answer.stdout)["packages"]
            assert [(each["path"], each["verdict"]) for each in found["solutions"]] == [
                ("submissions/accepted/right.py", "accepted"),
                ("submissions/wrong_answer/wrong.py", "wrong_answer"),
            ]
            assert (found["ok"], found["checksHold"], len(found["checkerChecks"])) == (True, True, 2)
            assert found["timing"]["suggestedTimeLimitMs"] is not None
            assert "[2/2] double/" in answer.remark
            (package / "submissions/accepted/wrong.py").write_text("print(5)")
            refused = cli(*command)
            assert refused.code == 1
            assert "1 not as expected" in refused.remark
            (tmp_path / "token").write_text("e30.e30.nobody")
            assert cli(*command).code == 2
            assert served.get("/problems", includeDrafts=True)["data"] == before
