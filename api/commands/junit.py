"""A verification as JUnit XML, the format that CI systems show: a suite per package, a case per solution."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree as ET

from judge import Verdict
from runner import PackageReport, SolutionReport

# XML 1.0 has no way to write these, not even escaped.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(reports: Iterable[PackageReport], *, allow_unsupported: bool) -> bytes:
    """The document, UTF-8. A package that cannot be judged is one case: skipped if that is allowed, else an error."""
    root = ET.Element("testsuites", name="syncode verify")
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for report in reports:
        suite = _suite(report, allow_unsupported=allow_unsupported)
        root.append(suite)
        for name in totals:
            totals[name] += int(suite.get(name, "0"))
    root.attrib.update({name: str(count) for name, count in totals.items()})
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _suite(report: PackageReport, *, allow_unsupported: bool) -> ET.Element:
    package = report.package
    cases = [_case(package.id, solution) for solution in report.solutions]
    if package.unsupported:
        cases.append(_unsupported(report, allowed=allow_unsupported))
    elif not cases:
        cases.append(_element("testcase", classname=package.id, name="submissions", time="0"))
        cases[-1].append(_element("failure", message="there is no reference solution to verify"))
    counts = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    seconds = sum(float(case.get("time", "0")) for case in cases)
    attributes = {name: str(count) for name, count in counts.items()}
    suite = _element("testsuite", name=package.id, time=f"{seconds:.3f}", **attributes)
    suite.extend(cases)
    return suite


def _case(package: str, report: SolutionReport) -> ET.Element:
    result = report.result
    case = _element("testcase", classname=package, name=report.submission.path, time=f"{result.wall_ms / 1000:.3f}")
    if result.verdict is Verdict.INTERNAL_ERROR:
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
        for case in report.result.cases
        if case.verdict not in {Verdict.ACCEPTED, Verdict.SKIPPED}
    ]
    return lines


def _unsupported(report: PackageReport, *, allowed: bool) -> ET.Element:
    case = _element("testcase", classname=report.package.id, name="package", time="0")
    message = f"not supported: {', '.join(report.package.unsupported)}"
    case.append(_element("skipped" if allowed else "error", message=message))
    return case


def _element(tag: str, /, **attributes: str) -> ET.Element:
    return ET.Element(tag, {name: _clean(value) for name, value in attributes.items()})


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
