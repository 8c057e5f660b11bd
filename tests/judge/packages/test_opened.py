"""Whatever somebody calls a package."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from judge import PackageError, read_package
from judge.packages.archive import pack
from judge.packages.formats import PackageFormat
from judge.packages.opened import opened
from languages import Language


def test_a_directory_in_the_format_is_given_as_it_is(write: Callable[..., Path]) -> None:
    path = write()
    with opened(path) as found:
        assert (found.directory, found.format, found.notes, found.unsupported) == (path, PackageFormat.ICPC, (), ())


@pytest.mark.parametrize(("top", "name"), [("Two-Sums", "twosums"), (None, "upload")])
def test_an_archive_is_unpacked_and_gone_afterwards(
    write: Callable[..., Path], tmp_path: Path, languages: Mapping[str, Language], *, top: str | None, name: str
) -> None:
    pack(write(new=True), tmp_path / "upload.zip", top=top)
    (tmp_path / "here").mkdir()
    with opened(tmp_path / "upload.zip", within=tmp_path / "here") as found:
        package = read_package(found.directory, languages)
        assert (package.id, package.metadata.name, len(package.submissions)) == (name, "Sum", 1)
    assert os.listdir(tmp_path / "here") == []


def test_plain_tests_become_a_package(tmp_path: Path, languages: Mapping[str, Language]) -> None:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for index in (1, 2, 10):
            archive.writestr(f"tests/{index}.in", f"{index}\n")
            archive.writestr(f"tests/{index}.out", f"{index * 2}\n")
    (tmp_path / "Doubling.zip").write_bytes(memory.getvalue())
    with opened(tmp_path / "Doubling.zip") as found:
        package = read_package(found.directory, languages)
        assert found.format is PackageFormat.PLAIN
        assert [case.input.read() for case in package.problem.cases] == [b"1\n", b"2\n", b"10\n"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "no directory and no archive"), (b"", "end is missing"), (b"name: Sum", "end is missing")],
)
def test_what_is_no_package(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "package.zip"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PackageError, match=sentence), opened(path):
        raise AssertionError


def test_a_directory_of_something_else_names_what_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("hello")
    with pytest.raises(PackageError, match=r"problem\.yaml.*problem\.xml.*init\.yml.*NAME\.in"), opened(tmp_path):
        raise AssertionError


def test_nothing_is_left_when_something_goes_wrong_inside(write: Callable[..., Path], tmp_path: Path) -> None:
    pack(write(), tmp_path / "a.zip")
    (tmp_path / "here").mkdir()
    with pytest.raises(KeyError), opened(tmp_path / "a.zip", within=tmp_path / "here"):
        raise KeyError
    assert os.listdir(tmp_path / "here") == []
