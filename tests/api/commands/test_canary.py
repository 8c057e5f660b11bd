"""What ``syncode canary`` prints and answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from api.commands.canary import canary_json, print_canaries, summary
from judge import Verdict
from languages import Language
from runner import CanaryReport, CanaryResult, ImageReport
from runner.canary import canaries
from sandboxes import LimitKind
from tests.api.commands.conftest import Command


@pytest.fixture
def python(image: Callable[[str], Path]) -> Path:
    return image("python")


@pytest.fixture
def broken(languages: Mapping[str, Language]) -> CanaryReport:
    """A round of two images in one of which one wall did not hold, without running anything."""
    fine = tuple(CanaryResult(canary, canary.verdict, canary.limit, None) for canary in canaries())
    hole = CanaryResult(canaries()[1], Verdict.ACCEPTED, LimitKind.PROCESSES, "runtime_error was expected: [it] ran")
    images = (
        ImageReport(languages["c"], fine, 1234.5),
        ImageReport(languages["java"], (fine[0], hole, *fine[2:]), 2000.0),
    )
    return CanaryReport(images)


@pytest.mark.usefixtures("engine", "python")
def test_a_table_and_status_0_where_walls_hold(cli: Command) -> None:
    answer = cli("canary", "python")
    assert answer.code == 0
    rows = [line for line in answer.text.splitlines() if " python " in line]
    assert len(rows) == len(canaries())
    assert all(row.startswith("ok") for row in rows)
    assert f"{len(canaries())} attempts in the images of 1 languages: all ended as they must" in answer.remark
    assert "python: held in" in answer.remark


@pytest.mark.usefixtures("engine", "python")
def test_json(cli: Command) -> None:
    answer = cli("canary", "--json", "python")
    document = json.loads(answer.text)
    assert [each for each in document["images"][0]["canaries"] if not each["holds"]] == []
    assert (answer.code, document["holds"]) == (0, True)
    (image,) = document["images"]
    assert (image["language"], image["holds"]) == ("python", True)
    assert image["canaries"][1] == {
        "name": "processes",
        "attempts": "300 processes at once",
        "holds": True,
        "expected": {"verdict": "runtime_error", "limitHit": "processes"},
        "verdict": "runtime_error",
        "limitHit": "processes",
        "error": None,
    }


@pytest.mark.usefixtures("engine")
def test_wrong_usage_is_2(cli: Command) -> None:
    answer = cli("canary", "cobol")
    assert (answer.code, answer.stdout) == (2, b"")
    assert "unknown language 'cobol'" in answer.remark
    assert cli("canary", "--jobs", "0").code == 2


@pytest.mark.usefixtures("engine")
def test_a_missing_image_is_our_failure(
    cli: Command, fresh_home: Path, monkeypatch: pytest.MonkeyPatch, python: Path
) -> None:
    (fresh_home / "images").unlink()
    (fresh_home / "images").mkdir()
    (fresh_home / "images" / python.parent.name).symlink_to(python.parent)
    monkeypatch.setenv("SYNCODE_HOME", str(fresh_home))
    answer = cli("canary", "python", "go")
    assert (answer.code, answer.stdout) == (3, b"")
    assert "syncode images build go" in answer.remark


def test_a_wall_that_did_not_hold_stands_out(broken: CanaryReport, capsys: pytest.CaptureFixture[str]) -> None:
    assert not broken.holds
    print_canaries(broken)
    (row,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAIL")]
    assert "java" in row
    assert "[it] ran" in row  # no markup of ours
    assert summary(broken) == "22 attempts in the images of 2 languages: NOT HELD: java"


def test_a_wall_that_did_not_hold_in_json(broken: CanaryReport) -> None:
    document = json.loads(json.dumps(canary_json(broken)))
    assert document["holds"] is False
    fine, hole = document["images"]
    assert (fine["holds"], fine["durationMs"], hole["holds"]) == (True, 1234, False)
    assert [canary["name"] for canary in hole["canaries"] if not canary["holds"]] == ["processes"]
    assert hole["canaries"][1]["error"] == "runtime_error was expected: [it] ran"
