from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from languages import ImageFile, Language, NpmPackage, Recipe, Wheel
from sandboxes import ImageError, SetupError
from sandboxes.images import BuildEvent, BuildOutcome, BuildReport, ImageStore, Site, Stage, build
from sandboxes.images.tree import measure

Make = Callable[..., Language]


class TreeDriver(Protocol):
    before: Callable[[Recipe, Site], None] | None
    lacking: str | None
    built: list[Recipe]
    name: str

    def check(self) -> None: ...

    def build(self, recipe: Recipe, site: Site) -> None: ...


class Prover:
    """Finds every language right but those named; remembers what it was asked."""

    def __init__(self, *wrong: str) -> None:
        self.wrong = wrong
        self.asked: list[tuple[str, Path]] = []

    def __call__(self, language: Language, rootfs: Path) -> None:
        self.asked.append((language.id, rootfs))
        assert (rootfs / "usr/bin/tool").is_file()
        if language.id in self.wrong:
            raise ImageError(f"{language.id}: the reference program printed nonsense")


def names(store: ImageStore) -> list[str]:
    return sorted(path.name for path in store.directory.iterdir() if not path.name.startswith(".lock-"))


def test_builds_proves_and_publishes(store: ImageStore, driver: TreeDriver, language: Make) -> None:
    prove = Prover()
    one = language("one", packages=("tool",))
    (report,) = build([one], store=store, driver=driver, prove=prove)
    assert (report.outcome, report.error, report.languages) == (BuildOutcome.BUILT, None, ("one",))
    assert report.image == store.image(one.image)
    assert report.image is not None
    facts = report.image.manifest
    assert (facts.languages, facts.builder, facts.suite) == (("one",), "tree", "trixie")
    assert facts.packages == {"tool": "1.2-3"}
    assert facts.tree == measure(report.image.rootfs).digest
    assert names(store) == [store.path(one.image).name]
    # proved before it had its name
    ((_, where),) = prove.asked
    assert where.parent.name.startswith(".building-")


def test_a_strict_umask_closes_nothing(store: ImageStore, driver: TreeDriver, language: Make) -> None:
    """Jails run under users of their own: they must reach the tree while it is proved and afterwards."""
    modes: list[int] = []

    def prove(language: Language, rootfs: Path) -> None:
        assert language.id == "one"
        modes.extend(
            path.stat().st_mode & 0o777 for path in (store.directory, rootfs.parent, rootfs, rootfs / "usr/lib")
        )

    os.umask(0o077)
    (report,) = build([language("one")], store=store, driver=driver, prove=prove)
    assert report.error is None
    assert set(modes) == {0o755}


def test_a_second_time_there_is_nothing_to_do(store: ImageStore, driver: TreeDriver, language: Make) -> None:
    prove = Prover()
    build([language("one")], store=store, driver=driver, prove=prove)
    driver.lacking = "a driver that is not needed is not asked"
    (report,) = build([language("one")], store=store, driver=driver, prove=prove)
    assert report.outcome is BuildOutcome.READY
    assert len(driver.built) == len(prove.asked) == 1


def test_languages_with_the_same_recipe_share_an_image(store: ImageStore, driver: TreeDriver, language: Make) -> None:
    prove = Prover()
    (report,) = build([language("b"), language("a")], store=store, driver=driver, prove=prove)
    assert report.languages == ("b", "a")
    assert report.image is not None
    assert report.image.manifest.languages == ("a", "b")
    assert len(driver.built) == 1
    assert [name for name, _ in prove.asked] == ["b", "a"]


def test_a_language_that_comes_later_is_proved_in_the_image(
    store: ImageStore, driver: TreeDriver, language: Make
) -> None:
    prove = Prover("wrong")
    build([language("one")], store=store, driver=driver, prove=prove)
    (report,) = build([language("one"), language("two")], store=store, driver=driver, prove=prove)
    assert report.outcome is BuildOutcome.PROVED
    assert store.rootfs(language("two").image, language="two").is_dir()
    (report,) = build([language("wrong")], store=store, driver=driver, prove=prove)
    assert report.outcome is BuildOutcome.FAILED
    (image,) = store.images()
    assert image.manifest.languages == ("one", "two")
    assert len(driver.built) == 1


@pytest.mark.parametrize("wrong", [("one",), ("two",), ("one", "two")])
def test_an_image_whose_languages_fail_is_never_published(
    store: ImageStore, driver: TreeDriver, language: Make, wrong: tuple[str, ...]
) -> None:
    (report,) = build([language("one"), language("two")], store=store, driver=driver, prove=Prover(*wrong))
    assert report.outcome is BuildOutcome.FAILED
    assert report.error == f"{wrong[0]}: the reference program printed nonsense"
    assert report.image is None
    assert names(store) == []


def test_a_failure_of_the_sandbox_is_no_proof(store: ImageStore, driver: TreeDriver, language: Make) -> None:
    def prove(language: Language, rootfs: Path) -> None:
        raise SetupError(f"no jail for {language.id} in {rootfs.name}")

    (report,) = build([language("one")], store=store, driver=driver, prove=prove)
    assert (report.outcome, report.error) == (BuildOutcome.FAILED, "no jail for one in rootfs")
    assert names(store) == []


def test_one_failure_does_not_stop_the_others(store: ImageStore, driver: TreeDriver, language: Make) -> None:
    def fail(recipe: Recipe, site: Site) -> None:
        if "bad" in recipe.packages:
            site.tools.run(["sh", "-c", "echo no such package; exit 100"], purpose="install")

    driver.before = fail
    bad, good = language("bad", packages=("bad",)), language("good")
    reports = build([bad, good], store=store, driver=driver, prove=Prover(), jobs=1)
    assert [report.outcome for report in reports] == [BuildOutcome.FAILED, BuildOutcome.BUILT]
    assert reports[0].error is not None
    assert "no such package" in reports[0].error
    assert reports[0].log == store.log_path(bad.image)
    assert "no such package" in reports[0].log.read_text()
    assert names(store) == [store.path(good.image).name]


def test_a_driver_that_cannot_work_here(store: ImageStore, driver: TreeDriver, language: Make) -> None:
    driver.lacking = "install something"
    (report,) = build([language("one")], store=store, driver=driver, prove=Prover())
    assert (report.outcome, report.error) == (BuildOutcome.FAILED, "install something")
    assert driver.built == []


def test_a_full_disk_is_a_failure_of_that_image(store: ImageStore, driver: TreeDriver, language: Make) -> None:
    def fill(recipe: Recipe, site: Site) -> None:
        del recipe, site
        with open("/dev/full", "w") as full:
            full.write("x")

    driver.before = fill
    (report,) = build([language("one")], store=store, driver=driver, prove=Prover())
    assert report.outcome is BuildOutcome.FAILED
    assert report.error is not None
    assert "No space left on device" in report.error


def test_what_the_audit_finds_is_not_published(
    store: ImageStore, driver: TreeDriver, language: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sealing leaves nothing to find, so here it does nothing."""
    monkeypatch.setattr("sandboxes.images.builder.seal", lambda rootfs: rootfs)
    prove = Prover()
    (report,) = build([language("one")], store=store, driver=driver, prove=prove)
    assert report.outcome is BuildOutcome.FAILED
    assert report.error is not None
    assert report.error.startswith("the built image is not safe: /home: has no place in an image; ")
    assert names(store) == []
    assert prove.asked == []


def test_an_error_of_our_own_is_raised_and_leaves_nothing(
    store: ImageStore, driver: TreeDriver, language: Make
) -> None:
    def stumble(recipe: Recipe, site: Site) -> None:
        raise KeyError(recipe.suite, site.architecture)

    driver.before = stumble
    with pytest.raises(KeyError):
        build([language("one")], store=store, driver=driver, prove=Prover())
    assert names(store) == []


def test_an_error_of_our_own_ends_the_tools_of_the_others(
    store: ImageStore, driver: TreeDriver, language: Make
) -> None:
    running = threading.Event()

    def before(recipe: Recipe, site: Site) -> None:
        if recipe.packages:
            site.tools.run(["sh", "-c", "echo on; exec sleep 600"], purpose="wait", on_line=lambda _: running.set())
        else:
            assert running.wait(30)
            raise KeyError(recipe.suite)

    driver.before = before
    with pytest.raises(KeyError):
        build([language("one"), language("two", packages=("a",))], store=store, driver=driver, prove=Prover(), jobs=2)
    assert names(store) == []


def test_events_tell_the_whole_story(store: ImageStore, driver: TreeDriver, language: Make) -> None:
    events: list[BuildEvent] = []
    (report,) = build([language("one")], store=store, driver=driver, prove=Prover(), on_progress=events.append)
    assert {event.digest for event in events} == {report.digest}
    assert [event.stage for event in events] == [
        *(Stage.INSTALLING, Stage.SEALING, Stage.PROVING, Stage.PUBLISHING, Stage.READY),
    ]
    fractions = [event.fraction for event in events if event.fraction is not None]
    assert len(fractions) == len(events)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_events_of_a_failure_end_with_it(store: ImageStore, driver: TreeDriver, language: Make) -> None:
    events: list[BuildEvent] = []
    build([language("one")], store=store, driver=driver, prove=Prover("one"), on_progress=events.append)
    assert events[-1].stage is Stage.FAILED
    assert events[-1].message == "one: the reference program printed nonsense"


def test_images_are_built_side_by_side_and_events_come_one_at_a_time(
    store: ImageStore, driver: TreeDriver, language: Make
) -> None:
    both = threading.Barrier(2, timeout=30)
    driver.before = lambda _, __: (both.wait(), None)[1]
    inside = threading.Lock()

    def on_progress(_: BuildEvent) -> None:
        assert inside.acquire(blocking=False)
        time.sleep(0.001)
        inside.release()

    pair = [language("one"), language("two", packages=("a",))]
    reports = build(pair, store=store, driver=driver, prove=Prover(), jobs=2, on_progress=on_progress)
    assert [report.error for report in reports] == [None, None]


def test_two_builders_of_the_same_image_end_well(store: ImageStore, driver: TreeDriver, language: Make) -> None:
    """One builds; the other waits, says so, and finds it ready."""
    begun, waiting = threading.Event(), threading.Event()
    reports: list[BuildReport] = []
    stages: list[Stage] = []

    def wait_for_second(recipe: Recipe, site: Site) -> None:
        del recipe, site
        begun.set()
        assert waiting.wait(30)

    def first() -> None:
        reports.extend(build([language("one")], store=store, driver=driver, prove=Prover()))

    def see(event: BuildEvent) -> None:
        stages.append(event.stage)
        if event.stage is Stage.WAITING:
            assert event.fraction is None
            waiting.set()

    driver.before = wait_for_second
    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(30)
    reports.extend(build([language("one")], store=store, driver=driver, prove=Prover(), on_progress=see))
    thread.join()
    assert sorted(report.outcome for report in reports) == [BuildOutcome.BUILT, BuildOutcome.READY]
    assert stages == [Stage.WAITING, Stage.READY]
    assert len(driver.built) == 1


def test_a_directory_without_manifest_is_no_image(store: ImageStore, driver: TreeDriver, language: Make) -> None:
    one = language("one")
    (store.path(one.image) / "rootfs/usr").mkdir(parents=True)
    assert store.image(one.image) is None
    (report,) = build([one], store=store, driver=driver, prove=Prover())
    assert report.outcome is BuildOutcome.BUILT
    assert (store.rootfs(one.image) / "usr/bin/tool").is_file()


def test_a_damaged_manifest_is_reported(store: ImageStore, driver: TreeDriver, language: Make) -> None:
    build([language("one")], store=store, driver=driver, prove=Prover())
    (store.path(language("one").image) / "manifest.json").write_text("{")
    (report,) = build([language("one")], store=store, driver=driver, prove=Prover())
    assert report.outcome is BuildOutcome.FAILED
    assert report.error is not None
    assert "is damaged" in report.error


def test_the_manifest_names_what_other_registries_gave(store: ImageStore, driver: TreeDriver, language: Make) -> None:
    one = language(
        "one",
        wheels=(Wheel("node", "24.0", {"x86_64": "00"}, {}),),
        npm=(
            NpmPackage("@a/x64", "1.0", "sha512-", "/usr/lib/a", "x86_64"),
            NpmPackage("@a/arm64", "1.0", "sha512-", "/usr/lib/a", "aarch64"),
        ),
        files=(ImageFile("/usr/lib/own", b"", executable=False),),
    )
    (report,) = build([one], store=store, driver=driver, prove=Prover())
    assert report.image is not None
    assert report.image.manifest.packages == {"tool": "1.2-3", "wheel:node": "24.0", "npm:@a/x64": "1.0"}
