"""Packages of Polygon: what becomes of their parts, and that programs in the manner of testlib judge right."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from judge import Custom, Group, Package, PackageError, Source, Tokens, Verdict
from judge.packages.formats import Conversion, PackageFormat, convert
from judge.scoring import Aggregation
from languages import Language
from runner import Engine, RunRequest
from tests.judge.packages.formats.sources import CHECKER, INTERACTOR, TESTLIB, VALIDATOR, xml

Content = str | bytes
Converted = Callable[[Mapping[str, Content]], tuple[Conversion, Package]]
Put = Callable[[Mapping[str, Content]], Path]

OWN = '<checker type="testlib"><source path="files/check.cpp" type="cpp.g++17"/></checker>'
NEEDS = '<dependencies><dependency group="{}"/></dependencies>'
V = Verdict


def files_of(count: int) -> dict[str, Content]:
    return {f"tests/{n:02}{end}": f"{n}\n" for n in range(1, count + 1) for end in ("", ".a")}


def solutions(**tags: str) -> str:
    each = (
        f'<solution tag="{tag}"><source path="solutions/{name}.py" type="python.3"/></solution>'
        for name, tag in tags.items()
    )
    return f"<solutions>{''.join(each)}</solutions>"


class TestConverting:
    def test_a_full_package(self, converted: Converted) -> None:
        files = {
            "problem.xml": xml('sample="true"', 'description=" large "', "", rest='<tags><tag value="math"/></tags>'),
            **files_of(3),
        }
        found, package = converted(files)
        assert (found.format, found.name, found.unsupported) == (PackageFormat.POLYGON, "The Same Number", ())
        assert package.id == "samenumber"
        assert package.metadata.name == "The Same Number"
        assert package.metadata.keywords == ("math",)
        assert (package.problem.limits.cpu_ms, package.problem.limits.memory_mib) == (1500, 65)
        assert [case.name for case in package.problem.cases] == ["sample/01", "secret/02", "secret/03"]
        assert package.problem.checker == Tokens(case_sensitive=True)
        assert yaml.safe_load((found.directory / "data/secret/02.yaml").read_text()) == {"description": "large"}

    def test_the_same_package_gets_the_same_id(self, put: Put, tmp_path: Path) -> None:
        root = put({"problem.xml": xml(""), **files_of(1)})
        ids = set()
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            ids.add(yaml.safe_load((convert(root, tmp_path / name).directory / "problem.yaml").read_text())["uuid"])
        assert len(ids) == 1

    def test_solutions_by_their_tags(self, converted: Converted) -> None:
        tags = {
            "main": "main",
            "other": "accepted",
            "wrong": "wrong-answer",
            "form": "presentation-error",
            "slow": "time-limit-exceeded",
            "maybe": "time-limit-exceeded-or-accepted",
            "large": "memory-limit-exceeded",
            "slow_or_large": "time-limit-exceeded-or-memory-limit-exceeded",
            "bad": "rejected",
            "worse": "failed",
            "unknown": "do-not-run",
        }
        files: dict[str, Content] = {f"solutions/{name}.py": "print(1)" for name in tags}
        found, package = converted({"problem.xml": xml("", assets=solutions(**tags)), **files_of(1), **files})
        expected = {each.path.split("/")[-1][:-3]: each.expectation for each in package.submissions}
        assert expected["maybe"].permitted == {V.ACCEPTED, V.TIME_LIMIT_EXCEEDED} == expected["maybe"].required
        assert V.MEMORY_LIMIT_EXCEEDED in expected["slow_or_large"].required
        assert V.WRONG_ANSWER not in expected["slow_or_large"].permitted
        assert expected["form"] == expected["wrong"]
        assert expected["worse"].required == {*V} - {
            V.ACCEPTED, V.COMPILE_ERROR, V.INTERNAL_ERROR, V.CANCELLED, V.SKIPPED
        }  # fmt: skip
        assert [each.path for each in package.submissions if each.model] == ["submissions/accepted/main.py"]
        assert expected.keys() == tags.keys() - {"unknown"}
        assert any("unknown.py" in note and "promises nothing" in note for note in found.notes)

    def test_resources_for_solutions_are_included(self, converted: Converted) -> None:
        resource = (
            '<files><resources><file path="files/grader.h" for-types="cpp.*">'
            '<assets><asset name="solution"/></assets></file></resources></files>'
        )
        text = xml("").replace("<files>", f"{resource}<files>", 1).replace("</files><files>", "", 1)
        text = text.replace("</resources><resources>", "")
        _, package = converted({"problem.xml": text, **files_of(1), "files/grader.h": "int answer();\n"})
        assert package.problem.includes["cpp"] == {"grader.h": b"int answer();\n"}

    def test_what_cannot_be_brought_over_is_named(self, converted: Converted) -> None:
        text = xml("").replace('input-file="" output-file=""', 'input-file="in.txt" output-file="out.txt"')
        text = text.replace('run-count="1"', 'run-count="2"').replace("</judging>", '<testset name="pre"/></judging>')
        found, _ = converted({"problem.xml": text, **files_of(1)})
        assert [why.split(":")[0] for why in found.unsupported] == [
            "input or output in files instead of standard streams",
            "programs that are run more than once on a test (run-count)",
        ]
        assert any("other testsets" in note and "pre" in note for note in found.notes)


class TestCheckers:
    @pytest.mark.parametrize(
        ("name", "checker"),
        [
            ("std::wcmp.cpp", Tokens(case_sensitive=True)),
            ("std::ncmp.cpp", Tokens(case_sensitive=True)),
            ("std::yesno.cpp", Tokens(case_sensitive=False)),
        ],
    )
    def test_those_of_polygon_that_are_rules_of_ours(self, converted: Converted, *, name: str, checker: Tokens) -> None:
        text = xml("").replace("std::wcmp.cpp", name)
        found, package = converted({"problem.xml": text, **files_of(1), "files/check.cpp": CHECKER})
        assert package.problem.checker == checker
        assert not (found.directory / "output_validator").exists()

    def test_others_are_kept_as_programs(self, converted: Converted) -> None:
        text = xml("").replace("std::wcmp.cpp", "std::rcmp6.cpp")
        files = {"files/check.cpp": CHECKER, "files/testlib.h": TESTLIB}
        found, package = converted({"problem.xml": text, **files_of(1), **files})
        assert found.unsupported == ()
        assert isinstance(package.problem.checker, Custom)
        assert set(package.problem.checker.program.source.files) >= {"check.cpp", "testlib.h"}

    def test_or_become_what_is_near_where_their_program_is_not_there(self, converted: Converted) -> None:
        text = xml("").replace("std::wcmp.cpp", "std::rcmp6.cpp")
        found, package = converted({"problem.xml": text, **files_of(1), "files/check.cpp": CHECKER})
        assert getattr(package.problem.checker, "absolute_tolerance", None) == 1e-6
        assert any("std::rcmp6.cpp became float_tolerance 1e-6" in note for note in found.notes)

    @pytest.mark.parametrize(
        ("checker", "files", "reason"),
        [
            (OWN, {}, "its source is not in the package"),
            (OWN, {"files/check.cpp": CHECKER}, "testlib.h, which is not in the package"),
            (OWN.replace("cpp", "dpr"), {"files/check.dpr": "begin end."}, "only programs in C++"),
        ],
        ids=["no source", "no testlib", "Delphi"],
    )
    def test_those_that_cannot_be_kept_are_named(
        self, converted: Converted, *, checker: str, files: dict[str, Content], reason: str
    ) -> None:
        found, _ = converted({"problem.xml": xml("", checker=checker), **files_of(1), **files})
        assert reason in found.unsupported[0]


class TestPoints:
    def test_groups_in_an_order_in_which_each_comes_after_those_it_needs(self, converted: Converted) -> None:
        groups = (
            '<group name="0" points-policy="complete-group"/>'
            '<group name="late" points-policy="complete-group">'
            '<dependencies><dependency group="0"/><dependency group="early"/></dependencies></group>'
            '<group name="early" points-policy="each-test"/>'
        )
        each = [('sample="true" group="0"', 0), ('group="late"', 30), ('group="late"', 30)]
        each += [('group="early"', 20), ('group="early"', 20)]
        text = xml(*(f'{what} points="{points}"' for what, points in each), groups=groups)
        _, package = converted({"problem.xml": text, **files_of(5)})
        scoring = package.problem.scoring
        assert scoring is not None
        assert scoring.max_score == 100
        assert [group for group in scoring.groups if group.points] == [
            Group("secret/01-early", 40, Aggregation.SUM),
            Group("secret/02-late", 60, Aggregation.PASS_FAIL, ("sample", "secret/01-early")),
        ]
        assert [case.name for case in package.problem.cases] == [
            "sample/01",
            *("secret/01-early/04", "secret/01-early/05", "secret/02-late/02", "secret/02-late/03"),
        ]

    def test_tests_of_different_points_are_groups_of_their_own(self, converted: Converted) -> None:
        text = xml('sample="true" points="10"', 'points="20"', 'points="70"')
        _, package = converted({"problem.xml": text, **files_of(3)})
        assert package.problem.scoring is not None
        assert [group.points for group in package.problem.scoring.groups] == [10, 20, 70]
        assert [case.sample for case in package.problem.cases] == [True, False, False, False]

    def test_tests_of_the_same_points_are_one_group(self, converted: Converted) -> None:
        _, package = converted({"problem.xml": xml('points="25"', 'points="25"'), **files_of(2)})
        assert package.problem.scoring is not None
        assert [(group.points, group.aggregation) for group in package.problem.scoring.groups] == [(50, "sum")]

    def test_parts_of_points_are_multiplied(self, converted: Converted) -> None:
        found, package = converted({"problem.xml": xml('points="12.5"', 'points="0.5"'), **files_of(2)})
        assert package.problem.scoring is not None
        assert package.problem.scoring.max_score == 26
        assert any("multiplied by 2" in note for note in found.notes)

    @pytest.mark.parametrize(
        ("groups", "sentence"),
        [
            (
                f'<group name="a">{NEEDS.format("b")}</group><group name="b">{NEEDS.format("a")}</group>',
                "need each other",
            ),
            (f'<group name="a">{NEEDS.format("a")}</group>', "need each other"),
            (f'<group name="a">{NEEDS.format("c")}</group>', "has no tests"),
            ('<group name="a"/><group name="a"/>', "one that another has"),
            ('<group name="a" points-policy="some"/>', "points-policy"),
        ],
    )
    def test_groups_that_make_no_sense(self, put: Put, tmp_path: Path, *, groups: str, sentence: str) -> None:
        text = xml('group="a" points="1"', 'group="b" points="1"', groups=groups)
        with pytest.raises(PackageError, match=sentence):
            convert(put({"problem.xml": text, **files_of(2)}), tmp_path)


class TestStatements:
    def test_sections_become_one_statement_with_its_pictures(self, converted: Converted) -> None:
        sections = "statement-sections/english"
        files: dict[str, Content] = {
            f"{sections}/legend.tex": r"Print \t{n}. \includegraphics{pic}",
            f"{sections}/input.tex": "A number $n$.",
            f"{sections}/output.tex": "",
            f"{sections}/notes.tex": "Easy.",
            f"{sections}/pic.png": b"\x89PNG",
            "statement-sections/klingon/legend.tex": "nuqneH",
        }
        found, _ = converted({"problem.xml": xml(""), **files_of(1), **files})
        text = (found.directory / "statement/problem.en.md").read_text()
        assert text == "Print `n`.\n\n![](pic.png)\n\n## Input\n\nA number $n$.\n\n## Notes\n\nEasy.\n"
        assert (found.directory / "statement/pic.png").read_bytes() == b"\x89PNG"
        assert any("klingon" in note for note in found.notes)

    def test_properties_and_whole_files_will_do(self, converted: Converted) -> None:
        properties = json.dumps({"legend": "Напечатайте", "input": "n", "timeLimit": 1000})
        statement = '<statement language="english" type="application/x-tex" path="statements/english/p.tex"/>'
        files = {
            "statements/russian/problem-properties.json": properties,
            "statements/english/p.tex": r"\begin{problem}{A}{stdin}{stdout}{1 s}{1 MB}Print.\InputFile n\end{problem}",
        }
        found, _ = converted(
            {"problem.xml": xml("", rest=f"<statements>{statement}</statements>"), **files_of(1), **files}
        )
        assert (found.directory / "statement/problem.ru.md").read_text() == "Напечатайте\n\n## Input\n\nn\n"
        assert (found.directory / "statement/problem.en.md").read_text() == "Print.\n\n## Input\n\nn\n"


class TestRefusing:
    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("", "is not valid XML"),
            ("<problem>", "is not valid XML"),
            ("<html/>", "not problem"),
            (b"\xff\xfe<\0p\0", "is not UTF-8"),
            ('<!DOCTYPE problem [<!ENTITY a "b">]><problem/>', "document type"),
            ("<problem/>", "judging: is missing"),
            ("<problem><judging/></problem>", "holds no testset"),
            (xml(""), "tests/01: is missing: this is a standard package without tests"),
            (xml('method="generated" cmd="gen 5"'), "which 'gen' generates"),
            (xml("").replace("1500", "-1"), "time-limit: must be a number above 0"),
            (xml("").replace("1500", "1e999"), "time-limit: must be a number above 0"),
            (xml("").replace("tests/%02d.a", "tests/%099999999d"), "answer-path-pattern: must be a path"),
            (xml("").replace("tests/%02d.a", "tests/%s"), "answer-path-pattern: must be a path"),
            (xml("").replace("<test-count>1<", "<test-count>1000000000<"), "test-count"),
            (xml("").replace("tests/%02d", "../../../../etc/passwd%d"), "is missing"),
            (xml('points="many"'), "points that are no number"),
        ],
    )
    def test_descriptions_that_are_none(self, put: Put, tmp_path: Path, *, text: Content, sentence: str) -> None:
        with pytest.raises(PackageError, match=sentence):
            convert(put({"problem.xml": text}), tmp_path)

    def test_a_link_that_leads_out(self, put: Put, tmp_path: Path) -> None:
        root = put({"problem.xml": xml(""), **files_of(1)})
        (root / "files").mkdir()
        (root / "files" / "check.cpp").symlink_to("/etc/passwd")
        with pytest.raises(PackageError, match="leads out"):
            convert(root, tmp_path)


class TestJudging:
    """In real jails: programs that keep to testlib's ways judge as they do there."""

    @pytest.fixture
    def judged(
        self, engine: Engine, image: Callable[[str], Path], languages: Mapping[str, Language]
    ) -> Callable[[Package, str], tuple[Verdict, list[str | None]]]:
        for name in ("cpp", "python"):
            image(name)

        def judge(package: Package, code: str) -> tuple[Verdict, list[str | None]]:
            result = engine.judge(Source.of(languages["python"], code.encode()), package.problem)
            return result.verdict, [case.checker_message for case in result.cases]

        return judge

    def test_a_checker(
        self, converted: Converted, judged: Callable[[Package, str], tuple[Verdict, list[str | None]]]
    ) -> None:
        text = xml('sample="true"', "", checker=OWN)
        files = {"files/check.cpp": CHECKER, "files/testlib.h": TESTLIB, **files_of(2)}
        _, package = converted({"problem.xml": text, **files})
        assert judged(package, "print(input())")[0] is V.ACCEPTED
        verdict, messages = judged(package, "print(1)")
        assert (verdict, messages[1]) == (V.WRONG_ANSWER, "wrong answer expected 2, found 1")
        assert judged(package, "print('x')")[0] is V.WRONG_ANSWER
        _, broken = converted_again(package, answer="7\n")
        assert judged(broken, "print(input())")[0] is V.INTERNAL_ERROR

    def test_an_interactor_the_checker_after_it_and_a_validator(
        self,
        converted: Converted,
        engine: Engine,
        judged: Callable[[Package, str], tuple[Verdict, list[str | None]]],
    ) -> None:
        assets = (
            '<interactor><source path="files/interactor.cpp" type="cpp.g++17"/></interactor>'
            '<validators><validator><source path="files/val.cpp" type="cpp.g++17"/></validator></validators>'
        )
        files = {
            "files/check.cpp": CHECKER,
            "files/interactor.cpp": INTERACTOR,
            "files/val.cpp": VALIDATOR,
            "files/testlib.h": TESTLIB,
            **files_of(2),
        }
        _, package = converted({"problem.xml": xml('sample="true"', "", checker=OWN, assets=assets), **files})
        assert package.problem.interactor is not None
        (validator,) = package.input_validators
        for given, code in ((b"7\n", 42), (b"-7\n", 43), (b"x", 43)):
            outcome = engine.run(RunRequest(validator.program.source, stdin=given)).outcome
            assert outcome is not None
            assert outcome.exit_code == code
        ask = "n = int(input())\nprint(n + {})\nassert input() == 'bye'"
        assert judged(package, ask.format(0))[0] is V.ACCEPTED
        verdict, messages = judged(package, ask.format(1))
        assert (verdict, messages[0]) == (V.WRONG_ANSWER, "wrong answer expected 1, found 2")
        verdict, messages = judged(package, "print('x')")
        assert (verdict, messages[0]) == (V.WRONG_ANSWER, "wrong output format no integer")


def converted_again(package: Package, *, answer: str) -> tuple[Path, Package]:
    """The package with another answer to its last test."""
    case = package.problem.cases[-1]
    assert isinstance(case.expected.source, Path)
    case.expected.source.write_text(answer)
    return case.expected.source, package
