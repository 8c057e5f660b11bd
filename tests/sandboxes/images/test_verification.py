from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from languages import Language
from sandboxes import ImageError
from sandboxes.images import Driver, ImageStore, build, verify

Make = Callable[..., Language]


def fine(language: Language, rootfs: Path) -> None:
    """A proof that always succeeds, once there is something to run."""
    assert (rootfs / "usr/bin/tool").is_file(), language.id


def nonsense(language: Language, rootfs: Path) -> None:
    """A proof that always fails."""
    assert rootfs.is_dir()
    raise ImageError(f"{language.id}: the reference program printed nonsense")


def test_verify_finds_nothing_wrong_with_a_fresh_image(store: ImageStore, driver: Driver, language: Make) -> None:
    pair = [language("one"), language("two", packages=("a",))]
    build(pair, store=store, driver=driver, prove=fine)
    reports = verify(pair, store=store, prove=fine)
    assert [(report.languages, report.problems) for report in reports] == [(("one",), ()), (("two",), ())]


def test_verify_finds_changes_and_violations(store: ImageStore, driver: Driver, language: Make) -> None:
    one = language("one")
    build([one], store=store, driver=driver, prove=fine)
    tool = store.rootfs(one.image) / "usr/bin/tool"
    tool.write_text("#!/bin/no\n")
    (report,) = verify([one], store=store, prove=fine)
    assert len(report.problems) == 1
    assert "is not what was built" in report.problems[0]
    tool.chmod(0o4755)
    (report,) = verify([one], store=store, prove=nonsense)
    assert report.problems[0] == "/usr/bin/tool: has the set-user-id bit"
    assert report.problems[2] == "one: the reference program printed nonsense"


def test_verify_wants_every_language_proved(store: ImageStore, driver: Driver, language: Make) -> None:
    build([language("one")], store=store, driver=driver, prove=fine)
    (report,) = verify([language("one"), language("two")], store=store, prove=fine)
    assert report.problems == ("the image of two has not been proved to run it: run `syncode images build two`",)
    (report,) = verify([replace(language("one"), image=language("x", packages=("x",)).image)], store=store, prove=fine)
    assert report.problems == ("the image of one is not built: run `syncode images build one`",)
