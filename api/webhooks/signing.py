"""Secrets of webhooks, and what is signed with them (API.md 11.8)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Final

from api.keys import Secrets
from api.settings import ServiceSettings

PREFIX: Final = "whsec_"
_PURPOSE: Final = b"secrets of webhooks\0"
_SALT_BYTES: Final = 24


def new_salt() -> str:
    """What a new secret is made from."""
    return secrets.token_urlsafe(_SALT_BYTES)


class Signer:
    """Makes each webhook's secret from its salt and a key of the service: no database holds what signs."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of(cls, settings: ServiceSettings, own: Secrets) -> Signer:
        """With the key that the settings name; without one, with a key made from the internal secret."""
        named = settings.webhook_secret
        return cls((own.internal if named is None else named.get_secret_value()).encode())

    def secret(self, salt: str) -> str:
        """The secret made from ``salt``: 256 bits as text, always the same."""
        digest = hmac.digest(self._key, _PURPOSE + salt.encode(), hashlib.sha256)
        return PREFIX + urlsafe_b64encode(digest).decode().rstrip("=")


def signature(secrets_: Sequence[str], body: bytes, *, at_s: int) -> str:
    """The header's text: the moment (unix seconds) and, for each secret, what it makes of moment and body."""
    signed = b"%d.%s" % (at_s, body)
    made = (hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets_)
    return ",".join((f"t={at_s}", *(f"v1={text}" for text in made)))
