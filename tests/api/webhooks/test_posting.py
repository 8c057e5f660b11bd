"""One message to one receiver: whom it reaches, and what no receiver can do about it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Sequence
from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from api.settings import ServiceSettings
from api.webhooks import posting
from api.webhooks.addresses import AddressGuard
from api.webhooks.posting import Posted, Poster
from tests.api.webhooks.receiver import (
    NAME,
    Answer,
    Certificates,
    Handler,
    Receiver,
    listening,
    make_certificates,
    status,
)

LOOPBACK = [ip_network("127.0.0.0/8")]
HEADERS = {"Content-Type": "application/json", "X-Other": "1"}


class _Plain:
    """A server that speaks no TLS, for one connection; gives its port."""

    def __init__(self, answer: Callable[[socket.socket], None]) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> int:
        self._thread.start()
        return int(self._listener.getsockname()[1])

    def __exit__(self, *exception: object) -> None:
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection, contextlib.suppress(OSError):
            self._answer(connection)


class Names:
    """A resolver that answers differently each time; the last answer stays."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def poster(certificates: Certificates, names: Names | None = None, *, guarded: bool = False) -> Poster:
    """``guarded``: as in production, where loopback is out of bounds."""
    guard = AddressGuard(names or Names(["127.0.0.1"]), allowed=[] if guarded else LOOPBACK)
    return Poster(guard, ca_file=certificates.authority)


async def send(by: Poster, url: str, body: bytes = b"{}") -> Posted:
    return await by.post(url, headers=HEADERS, body=body)


async def test_what_is_sent_arrives_by_the_name_it_was_sent_to(receiver: Receiver, certificates: Certificates) -> None:
    names, body = Names(["127.0.0.1"]), "ünïcode".encode() * 100_000
    assert await send(poster(certificates, names), receiver.named_url, body) == Posted(204, None)
    (came,) = receiver.requests
    assert (came.path, came.body) == ("/hook?key=1", body)
    assert came.headers["host"] == f"{NAME}:{receiver.port}"
    assert (came.headers["content-type"], came.headers["x-other"]) == ("application/json", "1")
    assert names.asked == [(NAME, receiver.port)]


async def test_nobody_is_looked_up_a_second_time(
    receiver: Receiver, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[object] = []
    real = socket.getaddrinfo

    def note(host: str, *rest: object, **keywords: object) -> object:
        looked_up.append(host)
        return real(host, *rest, **keywords)  # type: ignore[arg-type] # whatever it is given

    monkeypatch.setattr(socket, "getaddrinfo", note)
    names = Names(["127.0.0.1"], ["127.0.0.99"])
    assert (await send(poster(certificates, names), receiver.named_url)).error is None
    assert len(names.asked) == 1
    assert NAME not in looked_up


async def test_a_name_that_comes_to_mean_something_inside_leads_nowhere(
    receiver: Receiver, certificates: Certificates
) -> None:
    names = Names(["93.184.215.14"], ["127.0.0.1"])
    guard = AddressGuard(names)
    await guard.check(receiver.named_url)  # as when the webhook was made
    posted = await send(Poster(guard, ca_file=certificates.authority), receiver.named_url)
    assert posted == Posted(None, "The URL names a host that is not on the public internet")
    assert receiver.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433"])
async def test_nothing_inside_is_even_connected_to(host: str, certificates: Certificates) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        url = f"https://{host}:{listener.getsockname()[1]}/"
        posted = await send(poster(certificates, guarded=True), url)
        assert posted.error is not None
        with pytest.raises(BlockingIOError):
            listener.accept()


async def test_if_one_address_cannot_be_connected_to_the_next_is(
    receiver: Receiver, certificates: Certificates
) -> None:
    names = Names(["127.0.0.77", "127.0.0.1"])
    assert (await send(poster(certificates, names), receiver.named_url)).error is None
    assert len(receiver.requests) == 1


async def test_a_port_where_nobody_listens(certificates: Certificates) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    posted = await send(poster(certificates), f"https://127.0.0.1:{port}/")
    assert posted == Posted(None, "The host could not be connected to")


async def test_a_certificate_of_an_unknown_authority_is_not_believed(
    receiver: Receiver, certificates: Certificates, tmp_path: Path
) -> None:
    posted = await send(poster(make_certificates(tmp_path)), receiver.url)
    assert posted.status is None
    assert posted.error is not None
    assert posted.error.startswith("The certificate cannot be verified")
    stranger = Poster(AddressGuard(Names(["127.0.0.1"]), allowed=LOOPBACK))
    assert (await send(stranger, receiver.url)).error == posted.error
    assert receiver.requests == []
    assert (await send(poster(certificates), receiver.url)).error is None


async def test_a_certificate_of_another_name_is_not_believed(receiver: Receiver, certificates: Certificates) -> None:
    posted = await send(poster(certificates), f"https://other.test:{receiver.port}/")
    assert posted.error is not None
    assert posted.error.startswith("The certificate cannot be verified")
    assert receiver.requests == []


async def test_a_server_without_encryption_gets_nothing(certificates: Certificates) -> None:
    def answer(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with _Plain(answer) as port:
        posted = await send(poster(certificates), f"https://127.0.0.1:{port}/")
    assert posted == Posted(None, "No encrypted connection could be made")


@pytest.mark.parametrize("code", [200, 201, 202, 204, 226, 299])
async def test_any_2xx_is_success(code: int, receiver: Receiver, certificates: Certificates) -> None:
    receiver.answer = status(code)
    assert await send(poster(certificates), receiver.url) == Posted(code, None)


@pytest.mark.parametrize("code", [300, 304, 400, 404, 410, 429, 500, 503, 599])
async def test_anything_else_is_failure(code: int, receiver: Receiver, certificates: Certificates) -> None:
    receiver.answer = status(code)
    posted = await send(poster(certificates), receiver.url)
    assert posted.status == code
    assert str(code) in (posted.error or "")


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(code: int, receiver: Receiver, certificates: Certificates) -> None:
    with listening(certificates) as elsewhere:
        receiver.answer = status(code, Location=elsewhere.url)
        posted = await send(poster(certificates), receiver.url)
        assert posted == Posted(code, f"The answer had status {code}, and redirects are not followed")
        assert elsewhere.requests == []


async def test_cookies_of_one_answer_are_not_in_the_next_request(
    receiver: Receiver, certificates: Certificates
) -> None:
    receiver.answer = status(200, **{"Set-Cookie": "track=me; Path=/"})
    sender = poster(certificates)
    for _ in range(2):
        assert (await send(sender, receiver.url)).error is None
    assert [came.headers.get("cookie") for came in receiver.requests] == [None, None]


def silent(handler: Handler) -> None:
    """Says nothing until whoever asked is gone."""
    handler.connection.settimeout(20)
    assert handler.rfile.read(1) == b""


def drip(handler: Handler) -> None:
    """A header that never ends, a little at a time."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.01)


def never_quite(handler: Handler) -> None:
    """Interim answers without end."""
    while True:
        handler.wfile.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        handler.wfile.flush()
        time.sleep(0.01)


@pytest.mark.parametrize("answer", [silent, drip, never_quite])
async def test_nobody_is_waited_for_longer_than_that(
    answer: Answer, receiver: Receiver, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "TIMEOUT_S", 0.4)
    receiver.answer = answer
    posted = await send(poster(certificates), receiver.url)
    assert posted.status is None
    assert (posted.error or "").startswith("No answer within")


async def test_of_a_huge_answer_only_the_status_counts(receiver: Receiver, certificates: Certificates) -> None:
    sent = 0

    def flood(handler: Handler) -> None:
        nonlocal sent
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            sent += handler.connection.send(bytes(1 << 16))

    receiver.answer = flood
    assert await send(poster(certificates), receiver.url) == Posted(200, None)
    assert sent < 64 << 20  # what buffers on the way hold


async def test_an_answer_whose_body_breaks_off_has_arrived(receiver: Receiver, certificates: Certificates) -> None:
    def break_off(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")

    receiver.answer = break_off
    assert await send(poster(certificates), receiver.url) == Posted(200, None)


def endless_header(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        handler.wfile.write(b"x" * (1 << 16))


def garbage(handler: Handler) -> None:
    handler.wfile.write(bytes(range(256)) * 10)


def nothing(handler: Handler) -> None:
    handler.close_connection = True


@pytest.mark.parametrize("answer", [endless_header, garbage, nothing])
async def test_what_is_no_http_is_said_to_be_none(
    answer: Answer, receiver: Receiver, certificates: Certificates
) -> None:
    receiver.answer = answer
    assert await send(poster(certificates), receiver.url) == Posted(None, "The answer is no HTTP")


def test_a_file_without_certificates_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing\n")
    for path in (empty, tmp_path / "missing.pem", tmp_path):
        with pytest.raises(ValidationError, match="holds no certificates that can be read"):
            ServiceSettings(webhook_ca_file=path)
