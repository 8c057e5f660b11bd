from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from runner import Settings, SettingsError, load_settings
from runner.settings import SandboxKind


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SYNCODE_")]:
        monkeypatch.delenv(name)


def test_defaults_are_safe_and_fit_the_host() -> None:
    settings = load_settings()
    root = os.geteuid() == 0
    assert settings.home == (Path("/var/lib/syncode") if root else Path.home() / ".local/share/syncode")
    assert settings.slots == len(os.sched_getaffinity(0))
    assert settings.compile_cache_mb == 1024
    assert (settings.sandbox, settings.docker_host, settings.docker_runtime) == (SandboxKind.NSJAIL, None, None)
    assert (settings.allow_degraded_isolation, settings.image_mirror, settings.debug) == (False, None, None)


def test_every_setting_has_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "HOME": "/srv/judge",
        "SLOTS": "7",
        "ALLOW_DEGRADED_ISOLATION": "true",
        "SANDBOX": "docker",
        "DOCKER_HOST": "unix:///run/other.sock",
        "DOCKER_RUNTIME": "runsc",
        "COMPILE_CACHE_MB": "0",
        "IMAGE_MIRROR": "http://mirror.example/debian",
        "DEBUG": "/var/log/syncode.log",
    }.items():
        monkeypatch.setenv(f"SYNCODE_{name}", value)
    assert load_settings() == Settings(
        home=Path("/srv/judge"),
        slots=7,
        allow_degraded_isolation=True,
        sandbox=SandboxKind.DOCKER,
        docker_host="unix:///run/other.sock",
        docker_runtime="runsc",
        compile_cache_mb=0,
        image_mirror="http://mirror.example/debian",
        debug=Path("/var/log/syncode.log"),
    )


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNCODE_SLOTS", "")
    monkeypatch.setenv("SYNCODE_DEBUG", "")
    assert (load_settings().slots >= 1, load_settings().debug) == (True, None)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SLOTS", "0"),
        ("SLOTS", "257"),
        ("SLOTS", "many"),
        ("COMPILE_CACHE_MB", "-1"),
        ("ALLOW_DEGRADED_ISOLATION", "perhaps"),
        ("SANDBOX", "podman"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(f"SYNCODE_{variable}", value)
    with pytest.raises(SettingsError, match=rf"^SYNCODE_{variable}: .*{value}"):
        load_settings()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        load_settings().slots = 3
