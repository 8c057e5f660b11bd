from __future__ import annotations

from pathlib import Path

import pytest

from runner import Settings, examine, safe
from sandboxes.fact import Severity


@pytest.mark.usefixtures("engine")
def test_this_host_is_examined_with_a_jail_of_its_own(settings: Settings) -> None:
    facts = {fact.name: fact for fact in examine(settings)}
    assert safe(tuple(facts.values()))
    assert facts["init"].severity is Severity.OK
    assert facts["a jail"].severity in {Severity.OK, Severity.WARN}
    assert {f"image of {name}" for name in ("c", "python", "rust")} <= set(facts)


def test_images_that_are_missing_are_a_warning_and_say_what_to_do(tmp_path: Path) -> None:
    facts = {fact.name: fact for fact in examine(Settings(home=tmp_path))}
    image = facts["image of python"]
    assert (image.severity, image.remedy) == (Severity.WARN, "syncode images build python")
    assert facts["a jail"].severity is Severity.WARN


def test_a_home_that_cannot_be_is_no_safe_host(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    facts = examine(Settings(home=tmp_path / "file"))
    assert not safe(facts)
