"""Secrets of the service: from the settings, or made at the first start and kept in the home."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final

from api.settings import SHORTEST_SECRET, ServiceSettings
from runner import SettingsError

_FILE: Final = "secrets.json"
_BYTES: Final = 48


@dataclass(frozen=True, slots=True)
class Secrets:
    """What tokens and links are signed with; all different."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    collab_token: str = field(repr=False)
    internal: str = field(repr=False)
    upload: str = field(repr=False)


_SETTINGS: Final = {
    "access_token": "access_token_secret",
    "refresh_token": "refresh_token_secret",
    "collab_token": "collab_token_secret",
    "internal": "internal_secret",
    "upload": "upload_secret",
}


def load_secrets(settings: ServiceSettings) -> Secrets:
    """Those of the settings; in development, those that are missing come from a file of the home.

    Raises :class:`runner.SettingsError` in production when one is missing, and anywhere when two are the same.
    """
    given = {name: getattr(settings, variable) for name, variable in _SETTINGS.items()}
    values = {name: secret.get_secret_value() for name, secret in given.items() if secret is not None}
    missing = [f"SYNCODE_{_SETTINGS[each.name].upper()}" for each in fields(Secrets) if each.name not in values]
    if missing and settings.production:
        raise SettingsError(f"in production these must be set (32 characters or more each): {', '.join(missing)}")
    if missing:
        values = {**_kept(settings.home / _FILE), **values}
    if len(set(values.values())) < len(values):
        raise SettingsError("the secrets in the settings must all be different")
    return Secrets(**values)


def _kept(path: Path) -> dict[str, str]:
    """What the file holds; it is made, for its owner alone, if it is not there."""
    try:
        content = json.loads(path.read_text())
        kept = {each.name: str(content[each.name]) for each in fields(Secrets)}
    except FileNotFoundError:
        made = {each.name: secrets.token_urlsafe(_BYTES) for each in fields(Secrets)}
        path.parent.mkdir(parents=True, exist_ok=True)
        own = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
        with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(made, file)
        try:
            os.link(own, path)  # whoever is first; the others take theirs
        except FileExistsError:
            return _kept(path)
        finally:
            own.unlink()
        return made
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"{path} cannot be read ({error}): set the secrets, or remove it") from error
    if min(map(len, kept.values())) < SHORTEST_SECRET:
        raise SettingsError(f"{path} holds secrets that are too short: set the secrets, or remove it")
    return kept
