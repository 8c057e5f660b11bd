"""Which packages changed in a git repository, in repositories made for it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from api.commands.changes import changed_since
from runner import RequestError

Git = Callable[..., str]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return tmp_path / "repo"


@pytest.fixture
def git(repo: Path) -> Git:
    """Run git in the repository, as somebody without settings."""
    environment = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        **{f"GIT_{who}_{what}": "ann@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }

    def run(*arguments: str, at: Path | None = None) -> str:
        command = ["git", "-c", "init.defaultBranch=main", *arguments]
        done = subprocess.run(command, cwd=at or repo, env=environment, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    return run


@pytest.fixture
def packages(repo: Path, git: Git) -> tuple[Path, ...]:
    """Three packages in a first commit."""
    names = ("one", "two", "three")
    for name in names:
        (repo / f"problems/{name}/data").mkdir(parents=True)
        (repo / f"problems/{name}/problem.yaml").write_text(f"name: {name}\n")
        (repo / f"problems/{name}/data/1.in").write_text(f"{name}\n" * 5)
    git("init", "--quiet")
    commit(git)
    return tuple(repo / "problems" / name for name in names)


def commit(git: Git, message: str = "more") -> str:
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "--message", message)
    return git("rev-parse", "HEAD")


def names(places: tuple[Path, ...]) -> list[str]:
    return [place.name for place in places]


def test_nothing_changed(packages: tuple[Path, ...]) -> None:
    assert changed_since("HEAD", packages) == ()


@pytest.mark.parametrize("how", ["changed", "staged", "committed", "new", "deleted", "file mode"])
def test_every_way_to_change_counts(repo: Path, git: Git, packages: tuple[Path, ...], how: str) -> None:
    file = repo / "problems/two/data/1.in"
    match how:
        case "new":
            (repo / "problems/two/data/ü \n2.in").write_text("2\n")
        case "deleted":
            file.unlink()
        case "file mode":
            file.chmod(0o755)
        case _:
            file.write_text("other\n")
    if how == "staged":
        git("add", "--all")
    since = "HEAD"
    if how == "committed":
        commit(git)
        since = "HEAD~1"
    (repo / "elsewhere.txt").write_text("no package\n")
    assert names(changed_since(since, packages)) == ["two"]


def test_what_was_moved_changed_both(git: Git, packages: tuple[Path, ...]) -> None:
    git("mv", "problems/one/data/1.in", "problems/three/data/2.in")
    git("config", "diff.renames", "copies")
    assert names(changed_since("HEAD", packages)) == ["one", "three"]


def test_what_git_is_told_to_ignore_does_not_count(repo: Path, packages: tuple[Path, ...]) -> None:
    (repo / ".gitignore").write_text("*.class\n")
    (repo / "problems/one/Main.class").write_text("x")
    assert changed_since("HEAD", packages) == ()


def test_where_it_is_run_does_not_matter(
    repo: Path, git: Git, packages: tuple[Path, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo / "problems/two/data/1.in").write_text("other\n")
    git("config", "diff.relative", "true")
    monkeypatch.setenv("GIT_DIR", str(repo / "nowhere"))
    for here in (repo / "problems/one/data", repo.parent):
        monkeypatch.chdir(here)
        relative = tuple(Path(os.path.relpath(place)) for place in packages)
        assert changed_since("HEAD", relative) == (relative[1],)
    monkeypatch.chdir(repo / "problems/two")
    assert changed_since("HEAD", (Path(),)) == (Path(),)


def test_an_archive_is_a_package_too(repo: Path, git: Git, packages: tuple[Path, ...]) -> None:
    archives = tuple(repo / name for name in ("a.zip", "b.zip"))
    for archive in archives:
        archive.write_bytes(b"PK")
    commit(git)
    archives[1].write_bytes(b"PK2")
    assert changed_since("HEAD", (*packages, *archives)) == (archives[1],)


def test_what_others_did_since_the_branches_parted_does_not_count(
    repo: Path, git: Git, packages: tuple[Path, ...]
) -> None:
    git("checkout", "--quiet", "-b", "mine")
    (repo / "problems/one/data/1.in").write_text("mine\n")
    commit(git)
    git("checkout", "--quiet", "main")
    (repo / "problems/two/data/1.in").write_text("theirs\n")
    commit(git)
    git("checkout", "--quiet", "mine")
    assert names(changed_since("main", packages)) == ["one"]
    git("checkout", "--quiet", "--orphan", "strange")
    (repo / "problems/three/data/1.in").write_text("strange\n")
    commit(git)
    assert names(changed_since("main", packages)) == ["one", "two", "three"]


def test_packages_may_be_in_repositories_of_their_own(repo: Path, git: Git, packages: tuple[Path, ...]) -> None:
    inner = repo / "problems/inner"
    (inner / "data").mkdir(parents=True)
    (inner / "problem.yaml").write_text("name: inner\n")
    git("init", "--quiet", at=inner)
    git("add", "--all", at=inner)
    git("commit", "--quiet", "--message", "inner", at=inner)
    assert changed_since("HEAD", (*packages, inner)) == ()
    (inner / "problem.yaml").write_text("name: other\n")
    assert names(changed_since("HEAD", (*packages, inner))) == ["inner"]


def test_before_the_first_commit_there_was_nothing(packages: tuple[Path, ...], tmp_path: Path) -> None:
    assert changed_since("0" * 40, (*packages, tmp_path)) == (*packages, tmp_path)


def test_outside_of_a_repository_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "lonely").mkdir()
    with pytest.raises(RequestError, match=r"lonely is in no git repository that can be used: not a git repository"):
        changed_since("HEAD", (tmp_path / "lonely",))


@pytest.mark.parametrize("revision", ["nowhere", "", "--all", "HEAD:problems", "HEAD~7"])
def test_what_is_no_revision_is_named(repo: Path, packages: tuple[Path, ...], revision: str) -> None:
    with pytest.raises(RequestError, match=rf"{revision!r} is no revision of the repository {repo}"):
        changed_since(revision, packages)


@pytest.mark.usefixtures("packages")
def test_a_clone_without_history_is_told_as_the_reason(repo: Path, git: Git, tmp_path: Path) -> None:
    commit(git)
    git("clone", "--quiet", "--depth", "1", f"file://{repo}", str(tmp_path / "shallow"))
    with pytest.raises(RequestError, match="cloned without its history"):
        changed_since("HEAD~1", (tmp_path / "shallow/problems/one",))


def test_without_git_it_says_so(packages: tuple[Path, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RequestError, match="git cannot be run"):
        changed_since("HEAD", packages)
