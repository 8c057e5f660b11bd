"""Mails: to a mail server, or, without one, to a folder where they can be read."""

from __future__ import annotations

import asyncio
import os
import smtplib
import ssl
from contextlib import ExitStack
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import structlog
from email_validator import EmailNotValidError, validate_email

from api.clock import Clock
from api.database import new_id
from api.settings import ServiceSettings
from runner import SettingsError

_log = structlog.get_logger("api")

_TIMEOUT_S: Final = 15
_PORTS: Final = {"smtp": 587, "smtps": 465}
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Mail:
    """What to tell whom."""

    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed in. ``tls``: from the first byte; otherwise as soon as the server offers it."""

    host: str
    port: int
    tls: bool
    username: str | None = None
    password: str | None = None

    @classmethod
    def parse(cls, address: str) -> MailServer:
        """From ``smtp://user:password@host:port`` or ``smtps://…``.

        Raises :class:`runner.SettingsError`, which does not quote it.
        """
        try:
            parts = urlsplit(address)
            port = parts.port or _PORTS[parts.scheme]
        except (ValueError, KeyError):
            parts, port = urlsplit(""), 0
        if not parts.hostname:
            raise SettingsError("SYNCODE_MAIL_URL: must be smtp://user:password@host:port or smtps://…")
        username = unquote(parts.username) if parts.username else None
        password = unquote(parts.password) if parts.password else None
        return cls(parts.hostname, port, parts.scheme == "smtps", username, password)

    def deliver(self, message: EmailMessage) -> None:
        """Hand one in. Raises :class:`OSError` (of which all of ``smtplib``'s are) when the server will not have it.

        Neither password nor mail is given to a distant server that offers no encryption for the password.
        """
        context = ssl.create_default_context()
        with ExitStack() as owned:
            if self.tls:
                client: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=_TIMEOUT_S, context=context)
            else:
                client = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT_S)
            owned.enter_context(client)
            client.ehlo_or_helo_if_needed()
            encrypted = self.tls
            if not self.tls and client.has_extn("starttls"):
                client.starttls(context=context)
                client.ehlo()
                encrypted = True
            if self.username is not None:
                if not encrypted and self.host not in _LOOPBACK:
                    raise smtplib.SMTPNotSupportedError("the server offers no encryption for the password")
                client.login(self.username, self.password or "")
            client.send_message(message)


class Mailer:
    """Sends mails by what the settings say."""

    def __init__(self, settings: ServiceSettings, clock: Clock) -> None:
        address = settings.mail_url
        self._server = None if address is None else MailServer.parse(address.get_secret_value())
        self._outbox = settings.outbox
        self._sender = settings.mail_from
        self._clock = clock

    async def send(self, mail: Mail) -> bool:
        """Send one; ``False`` when that failed, which is in the log: nobody's answer depends on it."""
        try:
            message = self._compose(mail)
            if self._server is None:
                path = await asyncio.to_thread(self._put_out, message)
                _log.info("mail kept in the outbox, as there is no mail server", file=str(path))
            else:
                await asyncio.to_thread(self._server.deliver, message)
                _log.info("mail sent", subject=mail.subject)
        except (OSError, ValueError) as error:
            _log.error("mail could not be sent", subject=mail.subject, error=type(error).__name__, reason=str(error))
            return False
        return True

    def _compose(self, mail: Mail) -> EmailMessage:
        """Raises :class:`ValueError` for an address that would break out of its line."""
        recipient = _as_ascii(mail.to)
        message = EmailMessage(policy=WIRE if recipient.isascii() else WIRE.clone(utf8=True))
        message["From"] = self._sender
        message["To"] = recipient
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = make_msgid(domain=parseaddr(self._sender)[1].rpartition("@")[2] or "localhost")
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        return message

    def _put_out(self, message: EmailMessage) -> Path:
        """Whole or not at all, for the service's own account alone."""
        self._outbox.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._outbox / f"{self._clock.now():%Y%m%dT%H%M%S.%f}-{new_id()}.eml"
        unfinished = path.with_suffix(".part")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(message.as_bytes())
        unfinished.replace(path)
        return path


def _as_ascii(address: str) -> str:
    """The address as any mail server takes it, if it can be written so: by the ASCII form of its domain."""
    if address.isascii():
        return address
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return address
    return found.ascii_email or address
