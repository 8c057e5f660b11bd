from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from api.commands import doctor
from api.commands.exits import ExitCode
from sandboxes.fact import Fact, Severity

Command = Callable[..., Any]


def fact(severity: Severity) -> Fact:
    return Fact(f"the {severity.value} thing", "found so", "wanted so", severity, "mend it")


@pytest.mark.usefixtures("engine")
def test_a_host_that_runs_programs_is_called_safe(cli: Command) -> None:
    answer = cli("doctor")
    assert answer.code == 0, answer.text
    assert answer.remark == "runs are safe on this host\n"
    for word in ("kernel", "namespaces", "control groups", "seccomp", "nsjail", "image of python", "a jail"):
        assert word in answer.text


@pytest.mark.parametrize(
    ("severities", "code"),
    [
        ((Severity.OK,), ExitCode.OK),
        ((Severity.OK, Severity.WARN), ExitCode.OK),
        ((Severity.OK, Severity.FAIL, Severity.WARN), ExitCode.REFUSED),
    ],
    ids=["fine", "warned", "failed"],
)
def test_one_failing_fact_is_enough_to_say_no(
    capsys: pytest.CaptureFixture[str], *, severities: Iterable[Severity], code: ExitCode
) -> None:
    facts = tuple(fact(severity) for severity in severities)
    assert doctor.show_facts(facts) is code
    lines = [line for line in capsys.readouterr().out.splitlines() if "thing" in line]
    assert len(lines) == len(facts)
    # what to do is said exactly where there is something to do
    assert ["mend it" in line for line in lines] == [each.severity is not Severity.OK for each in facts]
