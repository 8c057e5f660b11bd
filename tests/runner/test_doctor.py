from __future__ import annotations

import os
from pathlib import Path

import pytest

from runner import Settings, examine, safe
from runner.settings import SandboxKind
from sandboxes.fact import Severity
from tests.unprivileged import GID, UID, unprivileged


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


def test_the_sandbox_is_named_and_only_what_it_rests_on_is_looked_at(tmp_path: Path) -> None:
    jails = {fact.name: fact for fact in examine(Settings(home=tmp_path))}
    assert jails["sandbox"].value == "nsjail"
    assert "Docker engine" not in jails
    own = Settings(home=tmp_path, sandbox=SandboxKind.DOCKER, docker_host=f"unix://{tmp_path}/none")
    containers = {fact.name: fact for fact in examine(own)}
    assert containers["sandbox"].value == "docker"
    assert containers["Docker engine"].severity is Severity.FAIL
    assert not safe(tuple(containers.values()))
    assert {"nsjail", "namespaces", "/proc of a jail"} <= set(jails) - set(containers)


def test_a_home_that_cannot_be_is_no_safe_host(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    facts = examine(Settings(home=tmp_path / "file"))
    assert not safe(facts)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("allowed", [False, True])
def test_without_root_it_says_what_is_missing(settings: Settings, fresh_home: Path, allowed: bool) -> None:
    os.chown(fresh_home, UID, GID)
    own = settings.model_copy(update={"home": fresh_home, "allow_degraded_isolation": allowed})
    facts = {fact.name: fact for fact in unprivileged(lambda: examine(own))}
    failing = {name for name, fact in facts.items() if fact.severity is Severity.FAIL}
    assert failing == {"privilege", "control groups", "a jail"}
    assert not safe(tuple(facts.values()))
    lacking = "no memory limit, no process limit, no CPU accounting, no CPU share"
    assert facts["control groups"].value == f"none; {lacking}"
    jail = facts["a jail"].value
    if allowed:
        assert jail == f"runs with degraded isolation: no user id of its own, {lacking}"
    else:
        assert jail.startswith("runs need root")
