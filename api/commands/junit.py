"""A verification as JUnit XML, the format that CI systems show: a suite per package, a case per solution and check."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from xml.etree import ElementTree as ET

from api.commands.verified import Policy, Verified
from judge import Verdict
from judge.validation import CheckerCheck, InputCheck, SolutionReport, must_pass

# XML 1.0 has no way to write these, not even escaped.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(packages: Iterable[Verified], policy: Policy) -> bytes:
    """The document, UTF-8. A package that cannot be judged is one case: skipped if that is allowed, else an error."""
    root = ET.Element("testsuites", name="syncode verify")
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for verified in packages:
        suite = _suite(verified, policy)
        root.append(suite)
        for name in totals:
            totals[name] += int(suite.get(name, "0"))
    root.attrib.update({name: str(count) for name, count in totals.items()})
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _suite(verified: Verified, policy: Policy) -> ET.Element:
    package = verified.id
    cases = [_solution(package, solution) for solution in verified.report.solutions]
    if verified.report.package.unsupported:
        cases.append(_unsupported(verified, allowed=policy.allow_unsupported))
    elif not cases:
        cases.append(_case(package, "submissions"))
        cases[-1].append(_element("failure", message="there is no reference solution to verify"))
    elif not any(must_pass(solution.submission) for solution in verified.report.solutions):
        cases.append(_case(package, "submissions/accepted"))
        cases[-1].append(_element("failure", message="there is no solution that must be accepted"))
    cases += _checks(verified)
    if policy.warnings_as_errors:
        cases.append(_warnings(verified))
    counts = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    seconds = sum(float(case.get("time", "0")) for case in cases)
    attributes = {name: str(count) for name, count in counts.items()}
    suite = _element("testsuite", name=package, time=f"{seconds:.3f}", **attributes)
    suite.extend(cases)
    if not policy.warnings_as_errors and verified.warnings:
        suite.append(_element("system-err"))
        suite[-1].text = _clean("\n".join(f"warning: {warning}" for warning in verified.warnings))
    return suite


def _solution(package: str, report: SolutionReport) -> ET.Element:
    result = report.result
    case = _case(package, report.submission.path, seconds=report.wall_ms / 1000)
    if report.met is None:
        case.append(_element("error", message=result.fault or "could not be judged", type=result.verdict.value))
    elif report.unmet:
        failure = _element("failure", message=report.unmet[0], type=result.verdict.value)
        failure.text = _clean("\n".join((*report.unmet, *_story(report))))
        case.append(failure)
    return case


def _story(report: SolutionReport) -> list[str]:
    """What is known about every test that was executed and not accepted."""
    lines = [] if report.result.message is None else [report.result.message]
    if report.result.compilation and not report.result.compilation.ok:
        lines.append(report.result.compilation.stderr.decode("utf-8", "replace"))
    lines += [
        ": ".join(part for part in (case.name, case.verdict, case.message, case.checker_message) if part)
        for result in report.results
        for case in result.cases
        if case.verdict not in {Verdict.ACCEPTED, Verdict.SKIPPED}
    ]
    return lines


def _checks(verified: Verified) -> Iterator[ET.Element]:
    """A case for all expected outputs, and one for each input validator."""
    validation = verified.validation
    if validation is None:
        return
    if validation.checker_checks:
        yield _check(verified, "data: expected outputs", validation.checker_checks)
    for path in dict.fromkeys(check.validator for check in validation.input_checks):
        checks = [check for check in validation.input_checks if check.validator == path]
        yield _check(verified, f"data: inputs by {path}", checks)


def _check(verified: Verified, name: str, checks: Sequence[CheckerCheck | InputCheck]) -> ET.Element:
    case = _case(verified.id, name)
    refused = [check for check in checks if not check.accepted]
    faults = [check.fault for check in refused if check.fault]
    if faults:
        case.append(_element("error", message=faults[0], type=Verdict.INTERNAL_ERROR.value))
    elif refused:
        failure = _element("failure", message=f"{len(refused)} of {len(checks)} are refused", type="check")
        failure.text = _clean("\n".join(f"{verified.test(check.index)}: {check.message}" for check in refused))
        case.append(failure)
    return case


def _warnings(verified: Verified) -> ET.Element:
    case = _case(verified.id, "warnings")
    if verified.warnings:
        failure = _element("failure", message=f"{len(verified.warnings)} warnings", type="warning")
        failure.text = _clean("\n".join(verified.warnings))
        case.append(failure)
    return case


def _unsupported(verified: Verified, *, allowed: bool) -> ET.Element:
    case = _case(verified.id, "package")
    message = f"not supported: {', '.join(verified.report.package.unsupported)}"
    case.append(_element("skipped" if allowed else "error", message=message))
    return case


def _case(package: str, name: str, *, seconds: float | None = None) -> ET.Element:
    return _element("testcase", classname=package, name=name, time="0" if seconds is None else f"{seconds:.3f}")


def _element(tag: str, /, **attributes: str) -> ET.Element:
    return ET.Element(tag, {name: _clean(value) for name, value in attributes.items()})


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
