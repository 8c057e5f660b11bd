"""Which packages a command line means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from api.commands.selection import open_packages, select
from judge.packages.archive import pack
from languages import Language
from runner import RequestError

Write = Callable[..., Path]


@pytest.fixture
def tree(tmp_path: Path, write: Write) -> Path:
    """Packages at several depths, and what is none."""
    for place in ("b/problem.yaml", "a/deep/er/problem.yaml", "polygon/problem.xml", "dmoj/init.yml"):
        write(f"all/{place}", "name: x\n")
    write("all/b/attachments/nested/problem.yaml", "name: inside of a package\n")
    write("all/.git/modules/problem.yaml", "name: hidden\n")
    write("all/README.md", "no package\n")
    (tmp_path / "all/again").symlink_to(tmp_path / "all", target_is_directory=True)
    return tmp_path / "all"


def test_all_packages_below_a_directory_are_meant(tree: Path) -> None:
    found = [place.relative_to(tree).as_posix() for place in select([tree])]
    assert found == ["a/deep/er", "b", "dmoj", "polygon"]


def test_what_is_named_stays_as_it_is_named(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    assert select([Path("b"), Path("a")]) == (Path("b"), Path("a/deep/er"))


def test_a_link_that_is_named_is_followed(tree: Path) -> None:
    assert len(select([tree / "again"])) == 4


def test_the_same_package_twice_is_a_mistake(tree: Path) -> None:
    with pytest.raises(RequestError, match="b is named more than once"):
        select([tree, tree / "b"])


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("nowhere", "nowhere is not there"), ("empty", "empty: there is no problem.yaml .* in it or below it")],
)
def test_where_there_is_none_it_says_so(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "empty/below").mkdir(parents=True)
    with pytest.raises(RequestError, match=sentence):
        select([tmp_path / name])


def test_an_archive_is_opened_as_long_as_it_is_needed(
    package: Path, tmp_path: Path, languages: Mapping[str, Language]
) -> None:
    archive = tmp_path / "renamed.zip"
    pack(package, archive, top="double")
    with ExitStack() as owned:
        one, two = open_packages(owned, [archive, package], languages)
        assert (one.place, one.native, one.package.id, len(one.package.submissions)) == (archive, False, "double", 2)
        assert (two.place, two.native, two.package.path) == (package, True, package)
        assert one.package.path.is_dir()
    assert not one.package.path.exists()


def test_tests_alone_are_a_package_where_somebody_says_so(
    write: Write, tmp_path: Path, languages: Mapping[str, Language]
) -> None:
    for name in ("1.in", "1.out"):
        write(f"plain/{name}", "1\n")
    assert select([tmp_path / "plain"]) == (tmp_path / "plain",)
    with ExitStack() as owned:
        (found,) = open_packages(owned, [tmp_path / "plain"], languages)
        assert (found.native, len(found.package.problem.cases), found.package.submissions) == (False, 1, ())


def test_what_is_no_package_is_named(write: Write, languages: Mapping[str, Language]) -> None:
    archive = write("broken.zip", b"PK\x03\x04 and then nothing")
    with ExitStack() as owned, pytest.raises(RequestError, match=r"broken\.zip"):
        open_packages(owned, [archive], languages)
