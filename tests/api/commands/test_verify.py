"""``syncode verify`` on real packages in real jails."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from api.commands.exits import ExitCode
from api.commands.verification import verification_json
from api.commands.verified import Policy, Verified, summary
from judge import Verdict
from judge.packages.archive import pack
from runner import PackageReport

Command = Callable[..., Any]
Write = Callable[..., Path]
Verify = Callable[..., Verified]


@pytest.fixture
def real(image: Callable[[str], Path], package: Path) -> Path:
    """The package, where python can run."""
    image("python")
    return package


@pytest.mark.usefixtures("engine")
class TestJudging:
    def test_every_expectation_that_holds_is_exit_code_0(self, syncode: Command, real: Path) -> None:
        answer = syncode("verify", real)
        assert answer.code == 0, answer.remark
        assert "accepted/right.py" in answer.text
        assert "2 solutions in 1 package: all as expected" in answer.remark
        assert "checks: 2 of 2 expected outputs are right" in answer.text
        assert sum(line.startswith("[") for line in answer.remark.splitlines()) == 2

    def test_one_that_does_not_is_exit_code_1(self, cli: Command, real: Path, write: Write) -> None:
        write("double/submissions/accepted/wrong.py", "print(5)")
        write("double/submissions/time_limit_exceeded/quick.py", "print(2 * int(input()))")
        answer = cli("verify", real)
        assert answer.code == 1
        assert "submissions/accepted/wrong.py: wrong_answer on sample/1 is not permitted" in answer.text
        assert "no test ended in time_limit_exceeded" in answer.text
        assert "2 not as expected" in answer.remark

    def test_json_holds_every_case_with_its_evidence(self, cli: Command, real: Path, write: Write) -> None:
        write("double/submissions/time_limit_exceeded/slow.py", "while True: pass")
        answer = cli("verify", real, "--json", "--jobs", "2")
        value = json.loads(answer.stdout)
        solutions = {each["path"].split("/")[-1]: each for each in value["packages"][0]["solutions"]}
        assert (answer.code, value["holds"]) == (0, True)
        assert {name: each["verdict"] for name, each in solutions.items()} == {
            "right.py": "accepted",
            "slow.py": "time_limit_exceeded",
            "wrong.py": "wrong_answer",
        }
        slow = solutions["slow.py"]["testCases"][0]
        # On a busy machine the clock may be first.
        assert (slow["limitHit"], slow["evidence"]["limitValue"]) in {("cpu_time", 1000), ("wall_time", 3000)}
        wrong = solutions["wrong.py"]["testCases"]
        assert [case["verdict"] for case in wrong] == ["wrong_answer", "accepted"]

    def test_junit_is_written_whatever_came_out(self, cli: Command, real: Path, write: Write, tmp_path: Path) -> None:
        write("double/submissions/accepted/wrong.py", "print(5)")
        assert cli("verify", real, "--junit", tmp_path / "report.xml").code == 1
        root = ET.parse(tmp_path / "report.xml").getroot()  # noqa: S314 - our own document
        assert (root.attrib["tests"], root.attrib["failures"]) == ("4", "1")

    def test_a_package_that_cannot_be_judged_is_a_failure_unless_allowed(self, cli: Command, real: Path) -> None:
        yaml = real / "problem.yaml"
        yaml.write_text(yaml.read_text() + "type: submit-answer\n")
        refused, allowed = cli("verify", real), cli("verify", real, "--allow-unsupported")
        assert (refused.code, allowed.code) == (1, 0)
        for answer in (refused, allowed):
            assert "type: submit-answer" in answer.text
            assert "not judged: double" in answer.remark

    def test_the_packages_own_programs_check_its_data(self, cli: Command, real: Path, write: Write) -> None:
        write("double/input_validators/small.py", "import sys\nsys.exit(42 if 0 < int(input()) < 4 else 43)\n")
        write(
            "double/output_validator/check.py",
            "import sys\nsaid = sys.stdin.read()\nsys.exit(42 if open(sys.argv[2]).read() == said != '4\\n' else 43)\n",
        )
        answer = cli("verify", real, "--json")
        (package,) = json.loads(answer.stdout)["packages"]
        assert answer.code == 1, answer.remark
        assert [(check["index"], check["accepted"]) for check in package["checkerChecks"]] == [(0, True), (1, False)]
        assert [(check["index"], check["accepted"]) for check in package["inputChecks"]] == [(0, False), (1, True)]
        assert package["inputChecks"][0]["validator"] == "input_validators/small.py"

    def test_a_checker_that_fails_is_the_packages_fault_and_not_ours(
        self, cli: Command, real: Path, write: Write
    ) -> None:
        write("double/output_validator/check.py", "raise SystemExit('out of order')\n")
        answer = cli("verify", real)
        assert answer.code == 1, answer.remark
        assert "accepted/right.py: could not be judged" in answer.text
        assert "exited with 1, not with 42 or 43: out of order" in answer.text

    def test_an_archive_is_judged_like_what_is_in_it(self, cli: Command, real: Path, tmp_path: Path) -> None:
        pack(real, tmp_path / "other name.zip", top="double")
        answer = cli("verify", tmp_path / "other name.zip", "--warnings-as-errors", "--repeat", "2")
        assert answer.code == 1, answer.remark
        assert "double: Double (2 cases)" in answer.text
        assert "warning: there is no input validator" in answer.text
        assert "all as expected; 2 warnings" in answer.remark

    def test_where_nothing_changed_nothing_is_judged(self, cli: Command, real: Path, tmp_path: Path) -> None:
        for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "all"]):
            author = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
            subprocess.run(["git", *author, *command], cwd=tmp_path, check=True)
        answer = cli("verify", tmp_path, "--changed-since", "HEAD", "--markdown", tmp_path / "report.md", "--json")
        assert (answer.code, json.loads(answer.stdout)) == (0, {"holds": True, "packages": []})
        assert "nothing changed in any package since HEAD" in answer.remark
        assert (tmp_path / "report.md").read_text() == "# SynCode verify\n\nNothing changed.\n"
        (real / "data/secret/2.ans").unlink()
        assert cli("verify", tmp_path, "--changed-since", "HEAD").code == 2

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            (["--server", "http://127.0.0.1:9", "--jobs", "2"], "--jobs and --mutate are about judging here"),
            (["--server", "http://127.0.0.1:9"], "needs a token"),
            (["--token-file", "token"], "--token-file is for --server"),
            (["--repeat", "6"], "less than or equal to 5"),
        ],
    )
    def test_options_that_do_not_go_together(
        self, cli: Command, package: Path, *, options: list[str], sentence: str
    ) -> None:
        answer = cli("verify", package, *options)
        assert (answer.code, answer.remark.count("\n")) == (2, 1)
        assert sentence in answer.remark

    def test_the_same_package_twice_is_a_mistake(self, cli: Command, real: Path) -> None:
        answer = cli("verify", real, real)
        assert (answer.code, answer.stdout) == (2, b"")
        assert "more than once" in answer.remark

    @pytest.mark.parametrize(
        ("spoil", "sentence"),
        [
            (lambda package: (package / "problem.yaml").write_text("name: [unclosed"), "problem.yaml"),
            (lambda package: (package / "problem.yaml").write_bytes(b"\xff\xfe"), "problem.yaml"),
            (lambda package: (package / "problem.yaml").write_text("name: 3\nlimits: none\n"), "problem.yaml"),
            (lambda package: (package / "problem.yaml").unlink(), "problem.yaml"),
            (lambda package: (package / "data/secret/2.ans").unlink(), "2.ans"),
            (lambda package: (package / "data/secret/2.in").unlink(), "2.in"),
            (lambda package: (package / "submissions/accepted/right.py").write_bytes(b""), "right.py"),
        ],
        ids=["unclosed", "no text", "wrong types", "no yaml", "no answer", "no input", "empty solution"],
    )
    def test_a_broken_package_gets_one_line_and_exit_code_2(
        self, cli: Command, real: Path, *, spoil: Callable[[Path], object], sentence: str
    ) -> None:
        spoil(real)
        answer = cli("verify", real)
        assert (answer.code, answer.stdout, answer.remark.count("\n")) == (2, b"", 1), answer.remark
        assert sentence in answer.remark
        assert str(real) in answer.remark

    def test_a_directory_that_is_not_there(self, cli: Command, tmp_path: Path) -> None:
        answer = cli("verify", tmp_path / "nowhere")
        assert (answer.code, answer.remark.count("\n")) == (2, 1)
        assert "nowhere" in answer.remark

    def test_a_report_that_cannot_be_written_is_found_before_judging(self, cli: Command, real: Path) -> None:
        answer = cli("verify", real, "--junit", real / "no" / "where.xml")
        assert (answer.code, answer.stdout) == (2, b"")
        assert "cannot be written" in answer.remark

    def test_the_examples_of_the_project_come_out_as_they_promise(
        self, cli: Command, examples: Path, image: Callable[[str], Path]
    ) -> None:
        for name in ("c", "cpp", "go", "java", "javascript", "python", "rust", "typescript"):
            image(name)
        packages = sorted(path.parent for path in examples.glob("*/problem.yaml"))
        assert len(packages) >= 3
        answer = cli("verify", *packages)
        assert answer.code == 0, answer.text


class TestOutcome:
    def test_all_as_expected(self, verified: Verify) -> None:
        packages = [verified(Verdict.ACCEPTED, Verdict.WRONG_ANSWER, checks=[True, True])]
        assert Policy().outcome(packages) is ExitCode.OK
        assert summary(packages) == "2 solutions in 1 package: all as expected; 1 warning"

    def test_a_package_that_nobody_solves_is_named(self, package: Path, verified: Verify) -> None:
        (package / "submissions/accepted/right.py").unlink()
        wrong = verified(Verdict.WRONG_ANSWER)
        unsolved = f"no accepted solution: {wrong.id}"
        assert summary([wrong]).startswith(f"1 solution in 1 package: all as expected; {unsolved}")
        for path in (package / "submissions").rglob("*.py"):
            path.unlink()
        assert summary([verified()]).startswith(f"0 solutions in 1 package: {unsolved}")

    def test_a_failure_of_ours_is_told_from_a_refusal(self, verified: Verify) -> None:
        packages = [verified(Verdict.ACCEPTED, Verdict.INTERNAL_ERROR)]
        assert Policy(allow_unsupported=True).outcome(packages) is ExitCode.FAILED

    def test_a_check_that_does_not_hold_is_a_refusal(self, verified: Verify) -> None:
        packages = [verified(Verdict.ACCEPTED, Verdict.WRONG_ANSWER, inputs=[True, False])]
        assert Policy().outcome(packages) is ExitCode.REFUSED
        assert "1 checks of inputs and expected outputs do not hold" in summary(packages)

    def test_warnings_are_a_refusal_where_they_are_errors(self, verified: Verify) -> None:
        packages = [verified(Verdict.ACCEPTED, Verdict.WRONG_ANSWER)]
        assert Policy(warnings_as_errors=True).outcome(packages) is ExitCode.REFUSED

    def test_without_an_accepted_solution_it_is_no_success(self, package: Path, verified: Verify) -> None:
        (package / "submissions/accepted/right.py").unlink()
        assert Policy(allow_unsupported=True).outcome([verified(Verdict.WRONG_ANSWER)]) is ExitCode.REFUSED

    def test_nothing_to_verify_is_no_success(self, package: Path, verified: Verify) -> None:
        for path in (package / "submissions").rglob("*.py"):
            path.unlink()
        assert Policy(allow_unsupported=True).outcome([verified()]) is ExitCode.REFUSED


def test_a_verification_is_json_with_every_case(verified: Verify) -> None:
    packages = [verified(Verdict.ACCEPTED, Verdict.ACCEPTED, checks=[True, True])]
    value = json.loads(json.dumps(verification_json(packages, Policy())))
    (package,) = value["packages"]
    right, wrong = package["solutions"]
    assert (value["holds"], package["id"], package["totalTestCases"]) == (False, "double", 2)
    assert (package["ok"], package["checksHold"], package["mutation"]) == (False, True, None)
    assert package["timing"]["currentTimeLimitMs"] == 1000
    assert [check["accepted"] for check in package["checkerChecks"]] == [True, True]
    assert "unfailed_test" in {finding["kind"] for finding in package["findings"]}
    assert (right["path"], right["holds"], right["unmet"]) == ("submissions/accepted/right.py", True, [])
    assert (wrong["holds"], wrong["expectation"]["required"]) == (False, ["wrong_answer"])
    assert [case["name"] for case in right["testCases"]] == ["sample/1", "secret/2"]
    assert (right["passedTestCases"], right["maxCpuTimeMs"], right["maxMemoryUsageMb"]) == (2, 12, 3.0)


def test_a_package_that_is_not_judged_is_json_without_answers(verified: Verify) -> None:
    whole = verified(Verdict.ACCEPTED, Verdict.ACCEPTED)
    unsupported = replace(whole.report.package, unsupported=("many passes",))
    (package,) = verification_json([Verified(whole.place, PackageReport(unsupported, None))], Policy(True))["packages"]
    assert (package["holds"], package["unsupported"], package["ok"], package["solutions"]) == (
        False,
        ["many passes"],
        None,
        [],
    )
