"""Problems of DMOJ: which tests there are, what they are worth, and how outputs are compared."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from judge import Custom, Exact, Float, Group, Package, PackageError, Source, Tokens, Verdict
from judge.packages.formats import Conversion, PackageFormat, convert
from judge.packages.formats.adapters import dmoj
from judge.scoring import Aggregation
from languages import Language
from runner import Engine
from tests.judge.packages.formats.sources import CHECKER, INTERACTOR, TESTLIB

Content = str | bytes
Converted = Callable[[Mapping[str, Content]], tuple[Conversion, Package]]
Put = Callable[[Mapping[str, Content]], Path]

ONE = "test_cases:\n- {in: 1.in, out: 1.out}\n"


def archive(files: Mapping[str, Content]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as target:
        for name, content in files.items():
            target.writestr(name, content)
    return memory.getvalue()


def pairs(*names: str) -> dict[str, Content]:
    return {f"{name}{end}": f"{name}\n" for name in names for end in (".in", ".out")}


def groups(package: Package) -> list[Group]:
    assert package.problem.scoring is not None
    return list(package.problem.scoring.groups)


class TestCases:
    def test_batches_pretests_and_tests_of_their_own(self, converted: Converted) -> None:
        init = """
archive: data.zip
test_cases:
- {points: 0, in: p.in, out: p.out}
- {points: 10, in: a.in, out: a.out}
- {points: 10, in: b.in, out: b.out}
- points: 20
  batched:
  - {in: c.in, out: c.out}
  - {in: d.in, out: d.out}
- points: 60
  batched:
  - {in: e.in, out: e.out}
  dependencies: [1]
"""
        found, package = converted({"init.yml": init, "data.zip": archive(pairs(*"pabcde"))})
        assert (found.format, found.unsupported, package.id) == (PackageFormat.DMOJ, (), "given")
        assert groups(package) == [
            Group("secret/01-pretest", 0, Aggregation.PASS_FAIL),
            Group("secret/02", 20, Aggregation.SUM, ("secret/01-pretest",)),
            Group("secret/03-batch", 20, Aggregation.PASS_FAIL, ("secret/01-pretest",)),
            Group("secret/04-batch", 60, Aggregation.PASS_FAIL, ("secret/01-pretest", "secret/03-batch")),
        ]
        inputs = [case.input.read().decode().strip() for case in package.problem.cases]
        assert inputs == ["p", "a", "b", "c", "d", "e"]

    def test_files_beside_the_archive_come_first_and_directories_stay(self, converted: Converted) -> None:
        data = archive({"deep/1.in": "archive\n", "deep/1.out": "archive\n"})
        init = "archive: data.zip\ntest_cases:\n- {in: deep/1.in, out: deep/1.out}\n"
        _, package = converted({"init.yml": init, "data.zip": data, "deep/1.out": "beside\n"})
        (case,) = package.problem.cases
        assert (case.input.read(), case.expected.read()) == (b"archive\n", b"beside\n")

    def test_names_tell_batches_and_numbers(self, converted: Converted) -> None:
        data = archive(pairs("1", "2.1", "2.10", "2.9", "3"))
        found, package = converted({"init.yml": "archive: data.zip\npoints: 5\n", "data.zip": data})
        assert [group.points for group in groups(package)] == [5, 5, 5]
        inputs = [case.input.read().decode().strip() for case in package.problem.cases]
        assert inputs == ["1", "2.1", "2.9", "2.10", "3"]
        assert found.unsupported == ()

    def test_patterns_of_their_own(self, converted: Converted) -> None:
        init = r"""
archive: data.zip
test_cases:
  input_format: '^in-(?P<case>\d+)$'
  output_format: '^OUT-(?P<case>\d+)$'
  case_points: [30, 70]
"""
        data = archive({"in-2": "b\n", "out-2": "b\n", "in-1": "a\n", "out-1": "a\n", "readme": "x"})
        _, package = converted({"init.yml": init, "data.zip": data})
        assert [group.points for group in groups(package)] == [30, 70]
        assert [case.input.read() for case in package.problem.cases] == [b"a\n", b"b\n"]

    def test_without_points_it_is_all_or_nothing(self, converted: Converted) -> None:
        found, package = converted({"init.yml": ONE, **pairs("1")})
        assert package.problem.scoring is None
        assert any("limits are kept elsewhere" in note for note in found.notes)
        assert any("no statement" in note for note in found.notes)

    def test_pretests_come_first(self, converted: Converted) -> None:
        init = "pretest_test_cases:\n- {in: p.in, out: p.out}\npoints: 4\n" + ONE
        _, package = converted({"init.yml": init, **pairs("1", "p")})
        assert [(group.name, group.requires) for group in groups(package)] == [
            ("secret/01-pretest", ()),
            ("secret/02", ("secret/01-pretest",)),
        ]

    def test_keys_are_inherited_and_a_missing_file_is_an_empty_one(self, converted: Converted) -> None:
        init = "out: same.out\ntest_cases:\n- {in: 1.in}\n- {}\n"
        _, package = converted({"init.yml": init, "1.in": "1\n", "same.out": "x\n"})
        assert [(case.input.read(), case.expected.read()) for case in package.problem.cases] == [
            (b"1\n", b"x\n"),
            (b"", b"x\n"),
        ]

    def test_ends_of_lines_are_made_one_kind(self, converted: Converted) -> None:
        found, package = converted({"init.yml": ONE, "1.in": b"a\r\nb\rc", "1.out": b"\xff\n"})
        (case,) = package.problem.cases
        assert (case.input.read(), case.expected.read()) == (b"a\nb\nc\n", b"\xff\n")
        assert any("in 1 files" in note for note in found.notes)

    def test_binary_data_are_left_alone(self, converted: Converted) -> None:
        _, package = converted({"init.yml": "binary_data: true\n" + ONE, "1.in": b"a\r\nb", "1.out": b""})
        assert package.problem.cases[0].input.read() == b"a\r\nb"

    def test_an_output_limit_is_kept(self, converted: Converted) -> None:
        _, package = converted({"init.yml": "output_limit_length: 5000000\n" + ONE, **pairs("1")})
        assert package.problem.limits.output_mib == 5


class TestCheckers:
    @pytest.mark.parametrize(
        ("checker", "rule"),
        [
            ("standard", Tokens(case_sensitive=True)),
            ("identical", Exact()),
            ("floats", Float(1e-6, 1e-6)),
            ("floatsabs", Float(1e-6, 0)),
            ("{name: floats, args: {precision: 4, error_mode: relative}}", Float(0, 1e-4)),
        ],
    )
    def test_rules_of_ours(self, converted: Converted, *, checker: str, rule: object) -> None:
        found, package = converted({"init.yml": f"checker: {checker}\n{ONE}", **pairs("1")})
        assert package.problem.checker == rule
        assert found.unsupported == ()

    @pytest.mark.parametrize(
        ("name", "args"),
        [
            ("easy", ("easy",)),
            ("rstripped", ("rstripped",)),
            ("sorted", ("sorted", "lines")),
            ("unordered", ("sorted", "whitespace")),
            ("linecount", ("linecount",)),
        ],
    )
    def test_others_become_a_program(self, converted: Converted, *, name: str, args: tuple[str, ...]) -> None:
        found, package = converted({"init.yml": f"checker: {name}\n{ONE}", **pairs("1")})
        assert found.unsupported == ()
        assert isinstance(package.problem.checker, Custom)
        assert package.problem.checker.program.source.entrypoint == "dmoj.py"
        settings = yaml.safe_load((found.directory / "data/test_group.yaml").read_text())
        assert tuple(settings["output_validator_args"]) == args

    def test_tests_may_have_different_ones(self, converted: Converted) -> None:
        init = "test_cases:\n- {in: 1.in, out: 1.out, checker: easy}\n- {in: 2.in, out: 2.out}\n"
        init += "- {in: 3.in, out: 3.out}\n"
        found, package = converted({"init.yml": init, **pairs("1", "2", "3")})
        assert isinstance(package.problem.checker, Custom)
        own = yaml.safe_load((found.directory / "data/secret/01.yaml").read_text())
        assert own == {"output_validator_args": ["easy"]}
        assert not (found.directory / "data/secret/02.yaml").exists()

    @pytest.mark.parametrize(
        ("checker", "reason"),
        [
            ("check.py", "module of DMOJ's own judge"),
            ("linematches", "the checker linematches"),
            ("{name: floats, args: {precision: many}}", "precision 'many'"),
            ("{name: sorted, args: {split_on: x}}", "sorted by 'x'"),
            ("{name: bridged, args: {files: c.cpp, lang: CPP17, type: coci}}", "of the type 'coci'"),
            ("{name: bridged, args: {files: gone.cpp, type: testlib}}", "its files are not there"),
            ("{name: bridged, args: {files: c.pas, type: testlib}}", "one file in C++"),
            ("{name: bridged, args: {files: c.cpp, type: testlib}}", "testlib.h, which is not in the package"),
        ],
    )
    def test_what_cannot_be_brought_over_is_named(self, converted: Converted, *, checker: str, reason: str) -> None:
        files = {"check.py": "", "c.cpp": CHECKER, "c.pas": "begin end."}
        found, _ = converted({"init.yml": f"checker: {checker}\n{ONE}", **pairs("1"), **files})
        assert reason in found.unsupported[0]

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("custom_judge: judge.py", "custom_judge"),
            ("signature_grader: {entry: a.cpp}", "signature_grader"),
            ("interactive: {files: i.cpp}", "interactive"),
            ("file_io: {input: a.txt}", "file_io"),
        ],
    )
    def test_other_ways_to_judge_are_named(self, converted: Converted, *, line: str, reason: str) -> None:
        found, package = converted({"init.yml": f"{line}\n{ONE}", **pairs("1")})
        assert reason in found.unsupported[0]
        assert package.problem.interactor is None

    def test_programs_that_keep_to_testlib_are_adapted(self, converted: Converted) -> None:
        bridged = "{name: bridged, args: {files: [c.cpp, testlib.h], lang: CPP17, type: testlib}}"
        files = {"c.cpp": CHECKER, "testlib.h": TESTLIB}
        _, package = converted({"init.yml": f"checker: {bridged}\n{ONE}", **pairs("1"), **files})
        assert isinstance(package.problem.checker, Custom)
        assert "testlib.h" in package.problem.checker.program.source.files

    def test_interactors_too(self, converted: Converted) -> None:
        interactive = "{files: [i.cpp, testlib.h], lang: CPP17, type: testlib}"
        files = {"i.cpp": INTERACTOR, "testlib.h": TESTLIB}
        found, package = converted({"init.yml": f"interactive: {interactive}\n{ONE}", **pairs("1"), **files})
        assert found.unsupported == ()
        assert package.problem.interactor is not None


class TestProgram:
    """What is copied into packages to compare as DMOJ does."""

    @pytest.mark.parametrize(
        ("name", "option", "answer", "right", "wrong"),
        [
            ("standard", "", b"a  b\n\nc\n", b"a b\r\nc", b"a\nb c\n"),
            ("identical", "", b"a b\n", b"a b\n", b"a b"),
            ("rstripped", "", b"a b\n", b"a b  \n", b" a b\n"),
            ("sorted", "lines", b"a b\nc\n", b"c\na  b\n", b"b a\nc\n"),
            ("sorted", "whitespace", b"a b\nc\n", b"c b a", b"a b\n"),
            ("easy", "", b"Ab c", b"c\nBA", b"abb"),
            ("linecount", "", b"a\nb\n", b" a\nb", b"a\nc\n"),
            ("floats", "3:default", b"x 1000.0\n", b"x 1000.5\n", b"x 1002\n"),
            ("floats", "3:absolute", b"1000.0\n", b"1000.001\n", b"1000.5\n"),
            ("floats", "3:relative", b"0.001\n", b"0.0010005\n", b"0.0015\n"),
            ("floats", "3", b"1 2\n", b"1 2\n", b"1\n2\n"),
            ("floats", "3", b"x\n", b"x\n", b"y\n"),
            ("floats", "3", b"1\n", b"1\n", b"nan\n"),
            ("floats", "3", b"1\n", b"1\n", b"x\n"),
        ],
    )
    def test_it_compares(self, name: str, option: str, answer: bytes, right: bytes, wrong: bytes) -> None:
        assert dmoj.CHECKERS[name](right, answer, option)
        assert not dmoj.CHECKERS[name](wrong, answer, option)

    def test_right_lines_are_counted(self) -> None:
        assert dmoj.linecount(b"a\nx\n", b"a\nb\n", "partial") == 0.5
        assert dmoj.linecount(b"a\nb\nc\n", b"a\nb\n", "partial") == 0
        assert dmoj.linecount(b"", b"", "partial") == 1

    def test_it_judges_in_a_jail(
        self,
        converted: Converted,
        engine: Engine,
        image: Callable[[str], Path],
        languages: Mapping[str, Language],
    ) -> None:
        image("python")
        init = f"checker: linecount\npoints: 40\n{ONE}"
        _, package = converted({"init.yml": init, "1.in": "", "1.out": "a\nb\n"})
        scores = {}
        for code in ("print('a\\nb')", "print('a\\nx')", "print('x')"):
            result = engine.judge(Source.of(languages["python"], code.encode()), package.problem)
            scores[code] = (result.verdict, None if result.score is None else result.score.score)
        assert list(scores.values()) == [(Verdict.ACCEPTED, 40), (Verdict.ACCEPTED, 20), (Verdict.WRONG_ANSWER, 0)]


class TestRefusing:
    @pytest.fixture
    def into(self, tmp_path: Path) -> Path:
        (tmp_path / "converted").mkdir()
        return tmp_path / "converted"

    @pytest.mark.parametrize(
        ("init", "sentence"),
        [
            ("test_cases: {input_format: '(?P<case>x)', output_format: '(?P<case>x)'}", "names no tests"),
            ("test_cases: []", "names no tests"),
            ("test_cases: 3", "must be a list"),
            ("test_cases: [3]", r"test_cases\[0\]: must be a map"),
            ("test_cases++: 3", "worked out by a program"),
            ("test_cases:\n- {in++: 3}", "worked out by a program"),
            ("test_cases:\n- {in: gone.in, out: gone.out}", "names gone.in, which is not there"),
            ("test_cases:\n- {in: ../../etc/passwd, out: 1.out}", "which is not there"),
            ("test_cases:\n- {in: /etc/passwd, out: 1.out}", "which is not there"),
            ("test_cases:\n- {in: [1], out: 1.out}", "must be the name of a file"),
            ("test_cases:\n- {points: 3}", "neither in nor out"),
            ("test_cases:\n- {in: 1.in, out: 1.out, points: many}", "must be a number of points"),
            ("test_cases:\n- {in: 1.in, out: 1.out, points: -1}", "must be a number of points"),
            ("test_cases:\n- {in: 1.in, out: 1.out, points: .nan}", "must be a number of points"),
            ("test_cases:\n- {batched: []}", "must be a list of tests"),
            ("test_cases:\n- {batched: [{batched: [{in: 1.in}]}]}", "a batch within a batch"),
            ("test_cases:\n- {batched: [{in: 1.in, out: 1.out}], dependencies: [1]}", "earlier batches"),
            ("test_cases:\n- {batched: [{in: 1.in, out: 1.out}], dependencies: x}", "earlier batches"),
            ("generator: gen.cpp\ntest_cases:\n- {points: 3}", "add them to the package as files"),
            ("archive: gone.zip\n" + ONE, "gone.zip is not there"),
            ("archive: 1.in\n" + ONE, "end is missing"),
            ("pretest_test_cases: 3\n" + ONE, "must be a list of tests"),
            ("test_cases: {input_format: '(', output_format: x}", "no regular expression"),
            ("test_cases: {input_format: 'x', output_format: x}", "names no group"),
            ("test_cases: {input_format: '(?P<case>1).*'}", "as the same test"),
            ("test_cases:\n- &a {in: 1.in, out: 1.out}\n- {batched: [" + "*a," * 10_000 + "]}", "more than 10000"),
        ],
    )
    def test_descriptions_that_are_none(self, put: Put, into: Path, *, init: str, sentence: str) -> None:
        files = {"init.yml": init, **pairs("1"), "gen.cpp": ""}
        with pytest.raises(PackageError, match=sentence):
            convert(put(files), into)

    def test_a_pattern_that_never_ends(self, put: Put, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("judge.packages.formats.dmoj.cases._PATTERN_SECONDS", 0.1)
        init = "test_cases: {input_format: '^(a|aa)+(?P<case>1)$'}"
        with pytest.raises(PackageError, match="takes too long to match"):
            convert(put({"init.yml": init, "a" * 80: ""}), into)

    def test_one_file_that_is_named_many_times(self, put: Put, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("judge.packages.formats.draft.MOST_BYTES", 10_000)
        init = "test_cases: [" + "{in: 1.in, out: 1.out}," * 100 + "]"
        with pytest.raises(PackageError, match="makes the package larger"):
            convert(put({"init.yml": init, "1.in": "1" * 1000 + "\n", "1.out": ""}), into)
