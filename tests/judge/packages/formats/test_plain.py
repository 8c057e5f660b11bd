"""Tests alone: which files belong together, in which order, and what is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from judge import Package, PackageError, Tokens
from judge.packages.formats import Conversion, PackageFormat, convert, detect

Content = str | bytes
Converted = Callable[[Mapping[str, Content]], tuple[Conversion, Package]]
Put = Callable[[Mapping[str, Content]], Path]


def contents(package: Package) -> list[tuple[str, str]]:
    return [(case.input.read().decode(), case.expected.read().decode()) for case in package.problem.cases]


class TestPairs:
    @pytest.mark.parametrize(
        ("given", "answer"),
        [
            ("1.in", "1.out"),
            ("1.in", "1.ans"),
            ("1.in", "1.a"),
            ("01", "01.a"),
            ("t.in", "t.OK"),
            ("input1.txt", "output1.txt"),
            ("Input-1", "Output-1"),
            ("in1", "out1"),
            ("input.1", "output.1"),
            ("task_in_3.dat", "task_out_3.dat"),
            ("in/1.txt", "out/1.txt"),
            ("tests/input/1", "tests/output/1"),
            ("inputs/a.in", "outputs/a.out"),
            ("in/a.in", "answers/a.ans"),
            ("1/input.txt", "1/output.txt"),
            ("x.in.txt", "x.out.txt"),
        ],
    )
    def test_what_belongs_together(self, converted: Converted, *, given: str, answer: str) -> None:
        found, package = converted({given: "7\n", answer: "8\n"})
        assert found.format is PackageFormat.PLAIN
        assert contents(package) == [("7\n", "8\n")]

    def test_numbers_are_put_in_their_order(self, converted: Converted) -> None:
        numbers = (1, 2, 9, 10, 100)
        files = {f"test{n}.{end}": str(n) for n in reversed(numbers) for end in ("in", "out")}
        _, package = converted(files)
        assert [int(given) for given, _ in contents(package)] == list(numbers)
        names = [case.name for case in package.problem.cases]
        assert names == sorted(names)
        assert names[0] == "secret/01-test1"

    def test_samples_are_known_by_name_or_directory(self, converted: Converted) -> None:
        files = {f"{name}.{end}": name for name in ("sample1", "examples/2", "3", "resample4") for end in ("in", "ans")}
        _, package = converted(files)
        samples = {case.input.read() for case in package.problem.cases if case.sample}
        assert samples == {b"sample1", b"examples/2"}
        assert len(package.problem.cases) == 4

    def test_samples_alone_are_the_secret_tests_too(self, converted: Converted) -> None:
        found, package = converted({"sample.in": "1", "sample.out": "2"})
        assert [case.sample for case in package.problem.cases] == [True, False]
        assert any("all tests are samples" in note for note in found.notes)

    def test_a_statement_is_kept_and_the_rest_is_counted(self, converted: Converted) -> None:
        files: dict[str, Content] = {
            "1.in": "1",
            "1.out": "1",
            "statement.md": "# Do it",
            "solution.py": "print(1)",
            "pic.png": b"\x89",
        }
        found, package = converted(files)
        assert (found.directory / "statement/problem.en.md").read_text() == "# Do it"
        assert any("2 files are neither inputs nor outputs: pic.png, solution.py" in note for note in found.notes)
        assert package.problem.checker == Tokens(case_sensitive=True)

    def test_programs_in_directories_of_such_names_are_no_tests(self, put: Put) -> None:
        root = put({"wrong_answer/a.py": "x", "output_validators/b.cpp": "x", "in/readme.md": "x"})
        with pytest.raises(PackageError, match="is no package"):
            detect(root)

    def test_the_same_tests_get_the_same_id_and_others_another(self, put: Put, tmp_path: Path) -> None:
        ids = set()
        for index, answer in enumerate(("1", "1", "2")):
            (tmp_path / str(index)).mkdir()
            root = put({"1.in": "1", "1.out": answer})
            ids.add((convert(root, tmp_path / str(index)).directory / "problem.yaml").read_text())
        assert len(ids) == 2


class TestRefusing:
    @pytest.mark.parametrize(
        ("files", "sentence"),
        [
            (("1.in", "1.out", "2.in"), "2.in: has no output"),
            (("1.in", "1.out", "2.ans"), "2.ans: has no input"),
            (("1.in", "1.out", "1.ans"), "are both the output of one test"),
            (("1.in", "2.out"), "is no package"),
            (("readme.txt",), r"problem\.yaml .*problem\.xml .*init\.yml"),
            (("data/secret/1.in", "data/secret/1.ans"), r"problem\.yaml: is missing"),
        ],
    )
    def test_what_is_not_complete(self, put: Put, tmp_path: Path, *, files: tuple[str, ...], sentence: str) -> None:
        with pytest.raises(PackageError, match=sentence):
            convert(put(dict.fromkeys(files, "1")), tmp_path)

    def test_a_link_that_leads_out(self, put: Put, tmp_path: Path) -> None:
        root = put({"1.in": "1"})
        (root / "1.out").symlink_to("/etc/passwd")
        with pytest.raises(PackageError, match="leads out"):
            convert(root, tmp_path)

    def test_too_many_directories_one_in_the_other(self, put: Put, tmp_path: Path) -> None:
        with pytest.raises(PackageError, match="deeper than"):
            convert(put({f"{'a/' * 30}1.in": "1", "1.in": "1", "1.out": "1"}), tmp_path)
