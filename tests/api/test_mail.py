"""Mails: handed to a real server, or kept in the outbox."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import shutil
import ssl
import stat
import subprocess
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
import structlog
from structlog.testing import LogCapture

from api.clock import SystemClock
from api.mail import Mail, Mailer, MailServer
from api.settings import ServiceSettings
from runner import SettingsError
from tests.conftest import unavailable

MAIL = Mail("ann@example.com", "Set a new password", "Hello Änn,\n\n.\n    the token\n")


class PostOffice:
    """A mail server of the few commands that a client needs. ``refuse``: the command it says no to."""

    def __init__(self, *, accounts: bool = False, refuse: str = "", upgrade: ssl.SSLContext | None = None) -> None:
        self.accounts = accounts
        self.upgrade = upgrade
        self.upgraded = False
        self.refuse = refuse
        self.recipients: list[str] = []
        self.messages: list[Message] = []
        self.logins: list[str] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):  # a client that does not believe us hangs up
            await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 post office\r\n")
        while line := await reader.readline():
            command, _, rest = line.decode().strip().partition(" ")
            if command.upper() == self.refuse:
                writer.write(b"550 no\r\n")
                continue
            match command.upper():
                case "EHLO":
                    extra = b"250-AUTH PLAIN\r\n" if self.accounts else b""
                    extra += b"250-STARTTLS\r\n" if self.upgrade and not self.upgraded else b""
                    writer.write(b"250-post office\r\n" + extra + b"250 8BITMIME\r\n")
                case "STARTTLS":
                    assert self.upgrade is not None
                    writer.write(b"220 go on\r\n")
                    await writer.start_tls(self.upgrade)
                    self.upgraded = True
                case "AUTH":
                    self.logins.append(base64.b64decode(rest.rpartition(" ")[2]).decode())
                    writer.write(b"235 welcome\r\n")
                case "RCPT":
                    self.recipients.append(rest)
                    writer.write(b"250 ok\r\n")
                case "DATA":
                    writer.write(b"354 go on\r\n")
                    content = await reader.readuntil(b"\r\n.\r\n")
                    self.messages.append(message_from_bytes(content[:-3].replace(b"\r\n..", b"\r\n.")))
                    writer.write(b"250 ok\r\n")
                case "QUIT":
                    writer.write(b"221 bye\r\n")
                    return
                case _:
                    writer.write(b"250 ok\r\n")


@contextlib.asynccontextmanager
async def opened(office: PostOffice, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[PostOffice]:
    server = await asyncio.start_server(office.serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        office.port = server.sockets[0].getsockname()[1]
        yield office


def mailer(tmp_path: Path, mail_url: str | None = None) -> Mailer:
    given = {"home": tmp_path, "mail_url": mail_url, "mail_from": "SynCode <syncode@example.org>"}
    return Mailer(ServiceSettings.model_validate(given), SystemClock())


def text_of(message: Message) -> str:
    content = message.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode().replace("\r\n", "\n")


async def test_a_server_gets_it(tmp_path: Path) -> None:
    async with opened(PostOffice()) as office:
        assert await mailer(tmp_path, f"smtp://127.0.0.1:{office.port}").send(MAIL)
    assert office.recipients == ["TO:<ann@example.com>"]
    [message] = office.messages
    assert (message["To"], message["From"]) == ("ann@example.com", "SynCode <syncode@example.org>")
    assert (message["Subject"], message["Auto-Submitted"]) == (MAIL.subject, "auto-generated")
    assert message["Message-ID"].endswith("@example.org>")
    assert message["Date"]
    assert text_of(message) == MAIL.text
    assert office.logins == []
    assert not (tmp_path / "outbox").exists()


async def test_a_domain_of_other_letters_is_written_as_every_server_takes_it(tmp_path: Path) -> None:
    async with opened(PostOffice()) as office:
        assert await mailer(tmp_path, f"smtp://127.0.0.1:{office.port}").send(Mail("ann@exämple.com", "Hello", "Hello"))
    assert office.recipients == ["TO:<ann@xn--exmple-cua.com>"]
    assert office.messages[0]["To"] == "ann@xn--exmple-cua.com"


async def test_a_name_of_other_letters_is_kept_as_it_is(tmp_path: Path) -> None:
    assert await mailer(tmp_path).send(Mail("änn@example.com", "Hello", "Hello"))
    [path] = (tmp_path / "outbox").iterdir()
    assert "To: änn@example.com\r\n".encode() in path.read_bytes()


async def test_an_account_signs_in_first(tmp_path: Path) -> None:
    async with opened(PostOffice(accounts=True)) as office:
        assert await mailer(tmp_path, f"smtp://post%40man:pass%2Fword@127.0.0.1:{office.port}").send(MAIL)
    assert office.logins == ["\0post@man\0pass/word"]
    assert len(office.messages) == 1


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT", "DATA"])
async def test_a_server_that_refuses_is_no_exception(tmp_path: Path, command: str) -> None:
    async with opened(PostOffice(refuse=command)) as office:
        sent = await mailer(tmp_path, f"smtp://127.0.0.1:{office.port}").send(MAIL)
    assert sent is (command == "EHLO")  # there is an older greeting
    assert len(office.messages) == (command == "EHLO")


async def test_a_server_without_accounts_gets_no_password(tmp_path: Path) -> None:
    async with opened(PostOffice()) as office:
        assert not await mailer(tmp_path, f"smtp://ann:secret@127.0.0.1:{office.port}").send(MAIL)
    assert office.messages == []


async def test_a_server_that_is_not_there_is_no_exception(tmp_path: Path) -> None:
    async with opened(PostOffice()) as office:
        port = office.port
    assert not await mailer(tmp_path, f"smtp://127.0.0.1:{port}").send(MAIL)
    assert not await mailer(tmp_path, f"smtps://127.0.0.1:{port}").send(MAIL)


async def test_without_a_server_it_is_kept_for_the_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = LogCapture()
    monkeypatch.setattr("api.mail._log", structlog.wrap_logger(None, processors=[log]))
    assert await mailer(tmp_path).send(MAIL)
    assert await mailer(tmp_path).send(MAIL)
    outbox = tmp_path / "outbox"
    files = sorted(outbox.iterdir())
    assert [path.suffix for path in files] == [".eml", ".eml"]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    assert stat.S_IMODE(outbox.stat().st_mode) == 0o700
    assert text_of(message_from_bytes(files[0].read_bytes())) == MAIL.text
    assert [entry["file"] for entry in log.entries] == [str(path) for path in files]
    assert "the token" not in str(log.entries)


async def test_an_outbox_that_cannot_be_written_is_no_exception(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("in the way")
    assert not await mailer(tmp_path).send(MAIL)


async def test_an_address_cannot_add_headers(tmp_path: Path) -> None:
    assert not await mailer(tmp_path).send(Mail("ann@example.com\r\nBcc: eve@example.com", "Hello", "Hello"))
    assert not (tmp_path / "outbox").exists()


@pytest.mark.parametrize(
    "address", ["", "mail.example.com", "http://mail.example.com", "smtp://", "smtp://user:secret@:25", "smtp://h:x"]
)
def test_addresses_that_name_no_server_are_refused_at_the_start(address: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        MailServer.parse(address)
    assert "secret" not in str(refusal.value)


def test_ports_are_those_of_the_protocol() -> None:
    assert MailServer.parse("smtp://mail.example.com") == MailServer("mail.example.com", 587, tls=False)
    assert MailServer.parse("smtps://u:p@mail.example.com") == MailServer("mail.example.com", 465, True, "u", "p")


class TestEncryption:
    """With a certificate of our own, which the client is told to trust."""

    @pytest.fixture
    def server_side(self, tmp_path: Path) -> ssl.SSLContext:
        if shutil.which("openssl") is None:
            unavailable("openssl is not installed")
        key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
        made_as = (
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
        )
        names = ("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        command = ["openssl", "req", "-x509", *made_as, *names, "-keyout", str(key), "-out", str(certificate)]
        subprocess.run(command, check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context

    @pytest.fixture
    def trusted(self, server_side: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        return server_side

    async def test_from_the_first_byte(self, tmp_path: Path, trusted: ssl.SSLContext) -> None:
        async with opened(PostOffice(accounts=True), tls=trusted) as office:
            assert await mailer(tmp_path, f"smtps://ann:secret@localhost:{office.port}").send(MAIL)
        assert office.logins == ["\0ann\0secret"]
        assert len(office.messages) == 1

    async def test_as_soon_as_it_is_offered(self, tmp_path: Path, trusted: ssl.SSLContext) -> None:
        async with opened(PostOffice(accounts=True, upgrade=trusted)) as office:
            assert await mailer(tmp_path, f"smtp://ann:secret@localhost:{office.port}").send(MAIL)
        assert office.upgraded
        assert len(office.messages) == 1

    async def test_nobody_else_is_believed(self, tmp_path: Path, server_side: ssl.SSLContext) -> None:
        async with opened(PostOffice(), tls=server_side) as office:
            assert not await mailer(tmp_path, f"smtps://localhost:{office.port}").send(MAIL)
        async with opened(PostOffice(upgrade=server_side)) as office:
            assert not await mailer(tmp_path, f"smtp://localhost:{office.port}").send(MAIL)
        assert office.messages == []
