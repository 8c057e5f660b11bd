"""``syncode package``: looking into packages and writing them anew."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from judge import Package, read_package
from judge.packages import Format
from judge.packages.archive import unpack
from languages import Language

Command = Callable[..., Any]
Write = Callable[..., Path]


def files(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


@pytest.fixture
def plain(write: Write) -> Path:
    """Tests alone, as an archive."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for index in (1, 2):
            archive.writestr(f"{index}.in", f"{index}\n")
            archive.writestr(f"{index}.out", f"{2 * index}\n")
    return write("doubling.zip", memory.getvalue())


class TestChecking:
    def test_a_good_package_is_described(self, cli: Command, package: Path) -> None:
        answer = cli("package", "check", package)
        assert answer.code == 0
        assert "double: Double (format 2025-09)" in answer.text
        assert "2 tests, 1 of them samples; 2 solutions" in answer.text
        assert "warning: there is no statement" in answer.text
        assert "can be judged; 1 warning" in answer.remark

    def test_tests_alone_are_a_package_too(self, cli: Command, plain: Path) -> None:
        answer = cli("package", "check", plain, "--json")
        value = json.loads(answer.text)
        assert (answer.code, value["format"], value["ok"]) == (0, "plain tests", True)
        assert value["package"]["totalTestCases"] == 2
        assert "there is no statement" in value["warnings"]

    @pytest.mark.parametrize(
        ("spoil", "sentence"),
        [
            (lambda package: (package / "data/secret/2.ans").unlink(), "error: data/secret/2.in"),
            (lambda package: (package / "problem.yaml").write_text("name: [unclosed"), "error: problem.yaml"),
            (lambda package: (package / "problem.yaml").unlink(), "error: problem.yaml: is missing"),
        ],
        ids=["no answer", "no YAML", "no problem.yaml"],
    )
    def test_what_is_wrong_is_named(
        self, cli: Command, package: Path, *, spoil: Callable[[Path], object], sentence: str
    ) -> None:
        spoil(package)
        answer = cli("package", "check", package)
        assert answer.code == 1
        assert sentence in answer.text
        assert "cannot be judged" in answer.remark

    def test_what_is_not_supported_is_named(self, cli: Command, package: Path, write: Write) -> None:
        write("double/data/secret/2.files/extra.txt", "1\n")
        answer = cli("package", "check", package)
        assert answer.code == 1
        assert "not supported: " in answer.text

    def test_a_pdf_is_no_statement(self, cli: Command, package: Path, write: Write) -> None:
        write("double/statement/problem.en.pdf", b"%PDF-1.7")
        answer = cli("package", "check", package, "--json")
        value = json.loads(answer.text)
        assert (answer.code, value["package"]["id"]) == (1, "double")
        assert "is a PDF" in value["errors"][0]

    def test_a_hostile_archive_is_refused_and_nothing_is_left(
        self, cli: Command, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w") as archive:
            archive.writestr("problem.yaml", "name: X\n")
            archive.writestr("../../evil.py", "print()")
        path = write("evil.zip", memory.getvalue())
        (tmp_path / "temporary").mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
        answer = cli("package", "check", path)
        assert answer.code == 1
        assert "evil.py" in answer.text
        assert os.listdir(tmp_path / "temporary") == []

    def test_what_is_not_there(self, cli: Command, tmp_path: Path) -> None:
        answer = cli("package", "check", tmp_path / "nowhere")
        assert (answer.code, answer.stdout, answer.remark.count("\n")) == (2, b"", 1)


class TestConverting:
    @pytest.fixture
    def read(self, languages: Mapping[str, Language]) -> Callable[[Path], Package]:
        return lambda path: read_package(path, languages)

    def test_tests_alone_become_a_package(
        self, cli: Command, plain: Path, tmp_path: Path, read: Callable[[Path], Package]
    ) -> None:
        answer = cli("package", "convert", plain, tmp_path / "made")
        assert answer.code == 0, answer.remark
        assert "made: 2 tests, 0 solutions (2025-09)" in answer.remark
        assert "warning: there are no limits" in answer.remark
        package = read(tmp_path / "made")
        assert [case.input.read() for case in package.problem.cases] == [b"1\n", b"2\n"]

    def test_into_an_archive_and_back_is_the_same(
        self, cli: Command, package: Path, tmp_path: Path, read: Callable[[Path], Package]
    ) -> None:
        assert cli("package", "convert", package, tmp_path / "a.zip").code == 0
        assert unpack(tmp_path / "a.zip", tmp_path / "unpacked") == "double"
        assert cli("package", "convert", tmp_path / "a.zip", tmp_path / "b.zip").code == 0
        assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
        again = read(tmp_path / "unpacked")
        assert [case.name for case in again.problem.cases] == ["sample/1", "secret/2"]
        assert len(again.submissions) == 2

    def test_into_the_legacy_format(
        self, cli: Command, package: Path, tmp_path: Path, read: Callable[[Path], Package]
    ) -> None:
        assert cli("package", "convert", package, tmp_path / "old", "--to", "legacy").code == 0
        assert read(tmp_path / "old").metadata.format is Format.LEGACY
        assert (tmp_path / "old" / ".timelimit").is_file()

    def test_what_is_not_supported_is_not_written_unless_allowed(
        self, cli: Command, write: Write, tmp_path: Path
    ) -> None:
        write("dmoj/init.yml", "checker: check.py\ntest_cases:\n- {in: 1.in, out: 1.out}\n")
        write("dmoj/1.in", "1\n")
        write("dmoj/1.out", "1\n")
        refused = cli("package", "convert", tmp_path / "dmoj", tmp_path / "out")
        assert (refused.code, (tmp_path / "out").exists()) == (1, False)
        assert "not supported: the checker check.py" in refused.remark
        assert cli("package", "convert", tmp_path / "dmoj", tmp_path / "out", "--allow-unsupported").code == 0
        assert yaml.safe_load((tmp_path / "out" / "problem.yaml").read_text())["name"] == "dmoj"

    def test_nothing_is_overwritten(self, cli: Command, package: Path) -> None:
        before = files(package)
        answer = cli("package", "convert", package, package)
        assert (answer.code, answer.stdout, answer.remark.count("\n")) == (2, b"", 1)
        assert "is there already" in answer.remark
        assert files(package) == before

    @pytest.mark.parametrize("spoil", ["data/secret/2.ans", "problem.yaml"])
    def test_what_cannot_be_read_leaves_nothing(self, cli: Command, package: Path, tmp_path: Path, spoil: str) -> None:
        (package / spoil).unlink()
        before = set(os.listdir(tmp_path))
        answer = cli("package", "convert", package, tmp_path / "out")
        assert (answer.code, answer.remark.count("\n")) == (2, 1)
        assert set(os.listdir(tmp_path)) == before

    def test_a_place_that_is_not_there(self, cli: Command, package: Path, tmp_path: Path) -> None:
        answer = cli("package", "convert", package, tmp_path / "no" / "where")
        assert (answer.code, answer.remark.count("\n")) == (2, 1)
