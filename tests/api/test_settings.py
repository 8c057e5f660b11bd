"""Settings and secrets of the service."""

from __future__ import annotations

import json
import os
import stat
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import SecretStr

from api.app import create_app
from api.keys import Secrets, load_secrets
from api.settings import Environment, ServiceSettings, load_service_settings
from runner import SettingsError

NAMES: Final = (
    "access_token_secret",
    "refresh_token_secret",
    "collab_token_secret",
    "internal_secret",
    "upload_secret",
)
GIVEN: Final[dict[str, Any]] = {name: SecretStr(f"{name}-{'x' * 32}") for name in NAMES}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Sets variables; none of ours are set before."""
    for name in list(os.environ):
        if name.startswith("SYNCODE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SYNCODE_HOME", str(tmp_path / "home"))

    def put(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(f"SYNCODE_{name.upper()}", value)

    return put


def test_settings_come_from_the_environment(environment: Callable[..., None], tmp_path: Path) -> None:
    environment(port="9000", cors_origins="https://a.example, https://b.example", requests_per_minute="7", mail_url="")
    settings = load_service_settings()
    assert (settings.port, settings.requests_per_minute) == (9000, 7)
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert settings.mail_url is None
    assert settings.database == f"sqlite:///{tmp_path / 'home' / 'syncode.db'}"
    assert settings.origin == "http://127.0.0.1:9000"


def test_links_lead_to_where_browsers_reach_the_service(environment: Callable[..., None]) -> None:
    environment(public_url="https://syncode.example:8443/", host="::1")
    assert load_service_settings().origin == "https://syncode.example:8443"
    environment(public_url="")
    assert load_service_settings().origin == "http://[::1]:8000"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "65536"),
        ("port", "many"),
        ("environment", "staging"),
        ("requests_per_minute", "0"),
        ("body_mib", "-1"),
        ("commit", "not a commit"),
        ("public_url", "syncode.example"),
        ("public_url", "ftp://syncode.example"),
        ("public_url", "https://syncode.example/judge"),
        ("public_url", "https://"),
        ("public_url", "https://[::1"),
        ("webhook_allowed_networks", "10.0.0.0/8,example.com"),
        ("webhook_allowed_networks", "10.0.0.1/8"),
        ("webhook_ca_file", "/nowhere.pem"),
        ("webhook_secret", "too short"),
        ("cors_origins", "*"),
        ("cors_origins", "null"),
        ("cors_origins", "https://a.example,https://*.b.example"),
        ("cors_origins", "https://a.example/app"),
        ("cors_origins", "a.example"),
        ("public_url", "https://a.example/app"),
        ("public_url", "a.example"),
        ("trusted_proxies", "*"),
        ("trusted_proxies", "127.0.0.1,proxy.example"),
        ("trusted_proxies", "10.0.0.1/8"),
    ],
)
def test_values_that_make_no_sense_name_their_variable(environment: Callable[..., None], name: str, value: str) -> None:
    environment(**{name: value})
    with pytest.raises(SettingsError, match=f"SYNCODE_{name.upper()}: "):
        load_service_settings()


def test_origins_and_proxies_are_kept_as_they_are_compared(environment: Callable[..., None]) -> None:
    environment(
        cors_origins="https://A.example/,http://localhost:5173,capacitor://localhost",
        public_url="https://Syncode.example/",
        trusted_proxies="127.0.0.1, ::1,10.0.0.0/8",
    )
    settings = load_service_settings()
    assert settings.cors_origins == ("https://a.example", "http://localhost:5173", "capacitor://localhost")
    assert settings.origin == "https://syncode.example"
    assert settings.trusted_proxies == ("127.0.0.1/32", "::1/128", "10.0.0.0/8")


@pytest.mark.parametrize("name", NAMES)
def test_no_error_quotes_a_secret(environment: Callable[..., None], name: str) -> None:
    environment(**{name: "hush-hush"})
    with pytest.raises(SettingsError, match=f"SYNCODE_{name.upper()}") as caught:
        load_service_settings()
    assert "hush" not in "".join(traceback.format_exception(caught.value))


def test_settings_do_not_show_secrets(environment: Callable[..., None]) -> None:
    environment(access_token_secret="hush-" * 10, admin_password="hush-hush", mail_url="smtp://me:hush@localhost")
    settings = load_service_settings()
    assert "hush" not in f"{settings!r} {settings} {settings.model_dump_json()}"
    assert "hush" not in repr(load_secrets(settings))
    environment(database_url="postgresql://me:hush@localhost/db", storage_url="s3://bucket?secret=hush")
    assert "hush" not in repr(load_service_settings())


def test_secrets_are_made_once_for_their_owner_alone(tmp_path: Path) -> None:
    settings = ServiceSettings(home=tmp_path / "home")
    made = load_secrets(settings)
    path = tmp_path / "home" / "secrets.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_secrets(settings) == made
    values = [getattr(made, name) for name in Secrets.__slots__]
    assert len(set(values)) == 5
    assert min(map(len, values)) >= 32
    assert list(path.parent.iterdir()) == [path]


def test_a_wide_umask_makes_no_difference(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        load_secrets(ServiceSettings(home=tmp_path))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    settings = ServiceSettings(home=tmp_path)
    found: list[Secrets] = []
    threads = [threading.Thread(target=lambda: found.append(load_secrets(settings))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({each.access_token for each in found}) == 1


def test_given_secrets_go_before_kept_ones(tmp_path: Path) -> None:
    settings = ServiceSettings(home=tmp_path, internal_secret=GIVEN["internal_secret"])
    assert load_secrets(settings).internal == GIVEN["internal_secret"].get_secret_value()
    assert load_secrets(ServiceSettings(home=tmp_path)).internal != GIVEN["internal_secret"].get_secret_value()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"access_token": "x"}', "null"])
def test_a_file_that_was_spoiled_is_not_believed(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets.json").write_text(content)
    with pytest.raises(SettingsError, match=r"secrets\.json"):
        load_secrets(ServiceSettings(home=tmp_path))


def test_kept_secrets_may_not_be_short(tmp_path: Path) -> None:
    kept = {name: f"short-{number}" for number, name in enumerate(Secrets.__slots__)}
    (tmp_path / "secrets.json").write_text(json.dumps(kept))
    with pytest.raises(SettingsError, match=r"secrets\.json") as caught:
        load_secrets(ServiceSettings(home=tmp_path))
    assert "short-" not in str(caught.value)


@pytest.mark.parametrize("missing", NAMES)
def test_production_refuses_to_start_without_its_secrets(tmp_path: Path, missing: str) -> None:
    given = {name: secret for name, secret in GIVEN.items() if name != missing}
    settings = ServiceSettings(home=tmp_path, environment=Environment.PRODUCTION, **given)
    with pytest.raises(SettingsError, match=f"SYNCODE_{missing.upper()}") as caught:
        load_secrets(settings)
    assert not any(secret.get_secret_value() in str(caught.value) for secret in given.values())
    assert list(tmp_path.iterdir()) == []


async def test_the_service_does_not_start_then(tmp_path: Path) -> None:
    app = create_app(ServiceSettings(home=tmp_path, environment=Environment.PRODUCTION))
    with pytest.raises(SettingsError, match="in production"):
        async with app.router.lifespan_context(app):
            pytest.fail("it started")


def test_production_starts_with_all_of_them(tmp_path: Path) -> None:
    secrets = load_secrets(ServiceSettings(home=tmp_path, environment=Environment.PRODUCTION, **GIVEN))
    assert secrets.upload == GIVEN["upload_secret"].get_secret_value()


def test_secrets_must_differ(tmp_path: Path) -> None:
    twice = {**GIVEN, "refresh_token_secret": GIVEN["access_token_secret"]}
    for environment in Environment:
        with pytest.raises(SettingsError, match="different") as caught:
            load_secrets(ServiceSettings(home=tmp_path, environment=environment, **twice))
        assert GIVEN["access_token_secret"].get_secret_value() not in str(caught.value)


def test_some_slots_are_left_for_everything_else() -> None:
    assert ServiceSettings(slots=1).reserved == 0
    assert ServiceSettings(slots=4).reserved == 1
    assert ServiceSettings(slots=4, reserved_slots=9).reserved == 3
