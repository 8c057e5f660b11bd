from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from api.commands.junit import junit_xml
from api.commands.verified import Policy, Verified
from judge import Verdict

Verify = Callable[..., Verified]


def parse(*packages: Verified, **policy: bool) -> ET.Element:
    return ET.fromstring(junit_xml(packages, Policy(**policy)))  # noqa: S314 - our own document


def counts(element: ET.Element) -> tuple[int, ...]:
    return tuple(int(element.attrib[name]) for name in ("tests", "failures", "errors", "skipped"))


def test_a_suite_per_package_and_a_case_per_solution(verified: Verify) -> None:
    root = parse(verified(Verdict.ACCEPTED, Verdict.WRONG_ANSWER))
    (suite,) = root
    assert (root.tag, suite.tag, suite.attrib["name"]) == ("testsuites", "testsuite", "double")
    cases = suite.findall("testcase")
    assert [(case.attrib["classname"], case.attrib["name"], case.attrib["time"]) for case in cases] == [
        ("double", "submissions/accepted/right.py", "3.000"),
        ("double", "submissions/wrong_answer/wrong.py", "3.000"),
    ]
    assert counts(root) == counts(suite) == (2, 0, 0, 0)
    assert all(len(case) == 0 for case in cases)


def test_an_expectation_that_does_not_hold_is_a_failure_with_its_story(verified: Verify) -> None:
    root = parse(verified(Verdict.WRONG_ANSWER, Verdict.WRONG_ANSWER, message="line 1 differs"))
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.attrib["type"] == "wrong_answer"
    assert "not permitted" in failure.attrib["message"]
    assert failure.text is not None
    assert "sample/1: wrong_answer: line 1 differs" in failure.text
    assert counts(root) == (2, 1, 0, 0)


def test_our_own_failure_is_an_error(verified: Verify) -> None:
    root = parse(verified(Verdict.ACCEPTED, Verdict.INTERNAL_ERROR, message="no jail"))
    error = root.find("testsuite/testcase/error")
    assert error is not None
    assert error.attrib["message"] == "no jail"
    assert counts(root) == (2, 0, 1, 0)


@pytest.mark.parametrize(("allow", "expected"), [(False, (1, 0, 1, 0)), (True, (1, 0, 0, 1))])
def test_an_unsupported_package_is_never_green_by_itself(
    package: Path, verified: Verify, *, allow: bool, expected: tuple[int, ...]
) -> None:
    for path in (package / "submissions").rglob("*.py"):
        path.unlink()
    yaml = package / "problem.yaml"
    yaml.write_text(yaml.read_text() + "type: submit-answer\n")
    root = parse(verified(), allow_unsupported=allow)
    assert counts(root) == expected


def test_a_package_without_solutions_fails(package: Path, verified: Verify) -> None:
    for path in (package / "submissions").rglob("*.py"):
        path.unlink()
    assert counts(parse(verified())) == (1, 1, 0, 0)


def test_text_that_xml_cannot_hold_is_replaced(verified: Verify) -> None:
    root = parse(verified(Verdict.WRONG_ANSWER, Verdict.WRONG_ANSWER, message="\x00\x1b[31m<&\ud800 ]]>\uffff"))
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.text is not None
    assert "\ufffd\ufffd[31m<&\ufffd ]]>\ufffd" in failure.text


def test_checks_are_cases_too(verified: Verify) -> None:
    root = parse(verified(Verdict.ACCEPTED, Verdict.WRONG_ANSWER, checks=[True, True], inputs=[True, False]))
    outputs, inputs = root.findall("testsuite/testcase")[2:]
    assert (outputs.attrib["name"], inputs.attrib["name"]) == ("data: expected outputs", "data: inputs by v.py")
    failure = inputs.find("failure")
    assert failure is not None
    assert (failure.attrib["message"], failure.text) == ("1 of 2 are refused", "secret/2: no")
    assert counts(root) == (4, 1, 0, 0)


def test_warnings_are_told_beside_the_cases_unless_they_are_errors(verified: Verify) -> None:
    package = verified(Verdict.ACCEPTED, Verdict.WRONG_ANSWER)
    beside = parse(package).findtext("testsuite/system-err")
    assert beside == "warning: there is no input validator: nothing checks that the inputs are as the statement says"
    root = parse(package, warnings_as_errors=True)
    assert counts(root) == (3, 1, 0, 0)
    assert root.find("testsuite/system-err") is None


def test_without_an_accepted_solution_a_case_fails(package: Path, verified: Verify) -> None:
    (package / "submissions/accepted/right.py").unlink()
    assert counts(parse(verified(Verdict.WRONG_ANSWER))) == (2, 1, 0, 0)
