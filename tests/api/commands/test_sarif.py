"""The SARIF report against what its schema requires, and where in a package it points."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from api.commands.sarif import repository, sarif
from api.commands.sarif_rules import RULES
from api.commands.verified import Verified
from judge import Verdict
from judge.validation import FindingKind
from runner import PackageReport

Verify = Callable[..., Verified]


def parsed(*packages: Verified, base: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The document, once it is seen to have what the schema requires, and its results."""
    document = json.loads(sarif(packages, base=base))
    assert document["version"] == "2.1.0"
    assert re.match(r"https://.*/sarif-schema-2\.1\.0\.json$", document["$schema"])
    (run,) = document["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "SynCode"
    for rule in driver["rules"]:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule["id"])
        assert rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}
        assert all(rule[name]["text"].endswith(".") for name in ("shortDescription", "fullDescription", "help"))
    assert len({rule["id"] for rule in driver["rules"]}) == len(driver["rules"])
    for result in run["results"]:
        assert result["message"]["text"]
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] == driver["rules"][result["ruleIndex"]]["defaultConfiguration"]["level"]
        assert re.fullmatch("[0-9a-f]{32}", result["partialFingerprints"]["syncodeFinding/v1"])
        for location in (*result["locations"], *result.get("relatedLocations", ())):
            place = location["physicalLocation"]
            assert place["region"]["startLine"] >= 1
            artifact = place["artifactLocation"]
            if "uriBaseId" in artifact:
                assert artifact["uriBaseId"] in run["originalUriBaseIds"]
                assert (base / unquote(artifact["uri"])).exists(), artifact
    return document, run["results"]


def places(results: list[dict[str, Any]]) -> dict[str, list[str]]:
    """By rule, the first file of each result."""
    found: dict[str, list[str]] = {}
    for result in results:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        found.setdefault(result["ruleId"], []).append(uri)
    return found


def test_findings_point_to_the_packages_files(tmp_path: Path, verified: Verify) -> None:
    package = verified(
        Verdict.RUNTIME_ERROR, Verdict.ACCEPTED, message="exit status 1", checks=[True, False], inputs=[False, True]
    )
    _, results = parsed(package, base=tmp_path)
    assert places(results) == {
        "unmet-expectation": ["double/submissions/accepted/right.py"] * 2
        + ["double/submissions/wrong_answer/wrong.py"],
        "expected-output": ["double/data/secret/2.ans"],
        "invalid-input": ["double/data/sample/1.in"],
        "no-input-validator": ["double/problem.yaml"],
        "unfailed-test": ["double/data/secret/2.in"],
        "unfailed-sample": ["double/data/sample/1.in"],
    }
    assert results[0]["message"]["text"] == (
        "submissions/accepted/right.py: runtime_error on sample/1 is not permitted (permitted: accepted). "
        "sample/1: exit status 1"
    )


def test_of_a_solution_of_several_files_the_main_one_is_meant(tmp_path: Path, package: Path, verified: Verify) -> None:
    wrong = package / "submissions/wrong_answer/wrong.py"
    inner = package / "submissions/wrong_answer/both"
    inner.mkdir()
    (inner / "main.py").write_bytes(wrong.read_bytes())
    (inner / "more.py").write_text("x = 1\n")
    wrong.unlink()
    _, results = parsed(verified(Verdict.ACCEPTED, Verdict.ACCEPTED), base=tmp_path)
    assert places(results)["unmet-expectation"] == ["double/submissions/wrong_answer/both/main.py"]


def test_a_package_in_another_form_is_one_place(tmp_path: Path, verified: Verify) -> None:
    archive = tmp_path / "a package.zip"
    archive.write_bytes(b"")
    package = replace(verified(Verdict.ACCEPTED, Verdict.ACCEPTED), place=archive, native=False)
    _, results = parsed(package, base=tmp_path)
    assert {uri for uris in places(results).values() for uri in uris} == {"a%20package.zip"}


def test_what_lies_elsewhere_is_named_in_full(tmp_path: Path, verified: Verify) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    _, results = parsed(verified(Verdict.ACCEPTED, Verdict.ACCEPTED), base=elsewhere)
    assert places(results)["no-input-validator"] == [(tmp_path / "double/problem.yaml").as_uri()]


def test_a_package_that_is_not_judged_is_an_error_of_its_own(tmp_path: Path, verified: Verify) -> None:
    whole = verified(Verdict.ACCEPTED, Verdict.ACCEPTED)
    package = replace(whole.report.package, unsupported=("many passes",), warnings=("no time limit",))
    _, results = parsed(Verified(whole.place, PackageReport(package, None)), base=tmp_path)
    assert [(each["ruleId"], each["level"], each["message"]["text"]) for each in results] == [
        ("unsupported", "error", "double cannot be judged: it needs many passes"),
        ("package-format", "warning", "No time limit"),
    ]


def test_a_failure_of_ours_is_told_from_an_expectation(tmp_path: Path, verified: Verify) -> None:
    _, results = parsed(verified(Verdict.ACCEPTED, Verdict.INTERNAL_ERROR, message="no jail"), base=tmp_path)
    assert places(results)["not-judged"] == ["double/submissions/wrong_answer/wrong.py"]
    assert "unmet-expectation" not in places(results)


def test_the_same_finding_is_known_again_though_its_times_differ(
    tmp_path: Path, package: Path, verified: Verify
) -> None:
    def known() -> list[str]:
        _, results = parsed(verified(Verdict.WRONG_ANSWER, Verdict.WRONG_ANSWER, message=message), base=tmp_path)
        return [result["partialFingerprints"]["syncodeFinding/v1"] for result in results]

    message = "it took 12.5 ms"
    first = known()
    message = "it took 13 ms"
    assert known() == first
    assert len(set(first)) == len(first)
    del package


def test_every_kind_of_finding_has_a_rule() -> None:
    assert [rule.id for rule in RULES.findings] == [kind.value.replace("_", "-") for kind in FindingKind]
    assert set(RULES.findings) <= set(RULES)


def test_the_base_is_the_repository(tmp_path: Path) -> None:
    (tmp_path / "repo/.git").mkdir(parents=True)
    (tmp_path / "repo/a/b").mkdir(parents=True)
    assert repository(tmp_path / "repo/a/b") == tmp_path / "repo"
