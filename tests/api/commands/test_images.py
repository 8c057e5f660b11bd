"""``syncode images`` on the images that are there, and how a build is shown."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from api.commands.images import BuildProgress
from languages import Language
from sandboxes.images import BuildEvent, Stage

Command = Callable[..., Any]


@pytest.fixture
def python(image: Callable[[str], Path]) -> Path:
    return image("python")


def test_the_list_names_every_language(cli: Command, languages: Mapping[str, Language]) -> None:
    answer = cli("images", "list")
    named = [line.split()[0] for line in answer.text.splitlines()[2:] if line.strip()]
    assert (answer.code, named) == (0, list(languages))


def test_a_missing_image_is_listed_as_missing(cli: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SYNCODE_HOME", str(tmp_path))
    states = [line.split()[1] for line in cli("images", "list").text.splitlines()[2:] if line.strip()]
    assert set(states) == {"missing"}


@pytest.mark.usefixtures("engine", "python")
def test_building_what_is_there_does_nothing_and_says_so(cli: Command) -> None:
    answer = cli("images", "build", "python")
    assert (answer.code, answer.stdout, answer.remark) == (0, b"", "images of 1 languages are ready\n")


@pytest.mark.usefixtures("engine", "python")
def test_verifying_runs_the_reference_program_again(cli: Command) -> None:
    answer = cli("images", "verify", "python")
    assert answer.code == 0, answer.text
    assert re.search(r"python +as built", answer.text)


@pytest.mark.usefixtures("engine")
def test_a_damaged_image_is_found(
    cli: Command, fresh_home: Path, python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (fresh_home / "images").unlink()
    shutil.copytree(python.parent, fresh_home / "images" / python.parent.name, symlinks=True)
    (fresh_home / "images" / python.parent.name / "rootfs" / "etc" / "planted").write_text("not ours")
    monkeypatch.setenv("SYNCODE_HOME", str(fresh_home))
    answer = cli("images", "verify", "python")
    assert answer.code == 1
    assert "not what was built" in answer.text


def test_pruning_keeps_what_languages_ask_for(
    cli: Command, python: Path, fresh_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (fresh_home / "images").unlink()
    kept, old = (fresh_home / "images" / name for name in (python.parent.name, "0" * len(python.parent.name)))
    for directory in (kept, old):
        (directory / "rootfs").mkdir(parents=True)
        shutil.copy(python.parent / "manifest.json", directory)
    monkeypatch.setenv("SYNCODE_HOME", str(fresh_home))
    answer = cli("images", "prune")
    assert (answer.code, kept.exists(), old.exists()) == (0, True, False)
    assert answer.text.startswith("removed 1 images, 0 unfinished builds")


def event(stage: Stage, message: str = "", names: tuple[str, ...] = ("c", "cpp")) -> BuildEvent:
    return BuildEvent("d" * 64, names, stage, 0.5, message)


def test_without_a_screen_a_build_is_a_line_per_stage(capsys: pytest.CaptureFixture[str]) -> None:
    with BuildProgress() as progress:
        for stage in (Stage.FETCHING, Stage.INSTALLING, Stage.INSTALLING, Stage.PROVING, Stage.READY):
            progress.show(event(stage))
    assert capsys.readouterr().err.splitlines() == ["c, cpp: fetching", "c, cpp: installing", "c, cpp: proving"]


def test_an_image_that_was_there_is_not_worth_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with BuildProgress() as progress:
        progress.show(event(Stage.READY))
    assert capsys.readouterr().err == ""
