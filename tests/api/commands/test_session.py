"""Talking to a service that is busy, closes connections, or takes no token any more: a peer that plays its part."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from api.commands.exits import RemoteError
from api.commands.session import Server, Session
from runner import RequestError


def token(kind: str, number: int = 0) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"tokenType": kind, "n": number}).encode()).decode().rstrip("=")
    return f"e30.{claims}.signature"


@dataclass
class Asked:
    """A request as it came."""

    method: str
    path: str
    token: str
    last_event: str | None
    body: bytes


@dataclass
class Peer:
    """Answers each request by the next of ``answers``: status, headers, and a body or lines of a stream."""

    answers: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def peer() -> Iterator[Peer]:
    state = Peer()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            given = self.headers.get("Authorization", "").removeprefix("Bearer ")
            last = self.headers.get("Last-Event-ID")
            state.asked.append(Asked(self.command, self.path, given, last, self.rfile.read(length)))
            status, headers, body = state.answers.pop(0)
            content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            kind = "text/event-stream" if isinstance(body, str) else "application/json"
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - the library's names

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that would have been made."""
    made: list[float] = []
    monkeypatch.setattr("api.commands.session.time.sleep", made.append)
    return made


@pytest.fixture
def session(peer: Peer) -> Iterator[Session]:
    with Session(Server(peer.url, token("access"))) as opened:
        yield opened


def problem(code: str, message: str = "no", **details: Any) -> dict[str, Any]:
    return {"statusCode": 0, "code": code, "message": message, "timestamp": "", "details": details}


class TestRequests:
    def test_an_answer_is_its_object(self, peer: Peer, session: Session) -> None:
        peer.answers += [(200, {}, {"a": 1}), (204, {}, "")]
        assert session.request("POST", "/x", json={"b": 2}) == {"a": 1}
        assert session.request("DELETE", "/x") == {}
        assert [(each.method, each.path, each.token) for each in peer.asked] == [
            ("POST", "/api/v1/x", token("access")),
            ("DELETE", "/api/v1/x", token("access")),
        ]
        assert json.loads(peer.asked[0].body) == {"b": 2}

    def test_what_is_busy_is_asked_again_after_the_pause_it_asks_for(
        self, peer: Peer, session: Session, pauses: list[float]
    ) -> None:
        peer.answers += [
            (429, {"Retry-After": "7"}, problem("RATE_LIMIT_EXCEEDED")),
            (503, {}, problem("EXECUTION_SERVICE_UNAVAILABLE")),
            (200, {}, {}),
        ]
        assert session.request("GET", "/x") == {}
        assert pauses == [7.0, 1.0]

    def test_not_for_ever(self, peer: Peer, session: Session, pauses: list[float]) -> None:
        peer.answers += [(429, {"Retry-After": "9999"}, problem("RATE_LIMIT_EXCEEDED", "too many"))] * 6
        with pytest.raises(RemoteError, match=r"too many \(RATE_LIMIT_EXCEEDED, /x\)"):
            session.request("GET", "/x")
        assert pauses == [60.0] * 5

    @pytest.mark.parametrize(
        ("status", "body", "error", "sentence"),
        [
            (
                400,
                problem("PROBLEM_PACKAGE_INVALID", "bad", errors=["data: is missing"]),
                RequestError,
                "data: is missing",
            ),
            (403, problem("FORBIDDEN", "not yours"), RequestError, r"not yours \(FORBIDDEN"),
            (400, problem("EXECUTION_LANGUAGE_UNAVAILABLE", "no Java"), RemoteError, "no Java"),
            (500, problem("INTERNAL_ERROR", "oh"), RemoteError, "oh"),
            (404, "<html>", RemoteError, r"it answered 404 Not Found \(404"),
            (500, ["no", "object"], RemoteError, "it answered 500"),
            (200, "<html>", RemoteError, "is no SynCode service"),
            (200, ["no", "object"], RemoteError, "is no SynCode service"),
        ],
    )
    def test_a_refusal_is_told_from_a_failure(
        self, peer: Peer, session: Session, *, status: int, body: Any, error: type[Exception], sentence: str
    ) -> None:
        peer.answers += [(status, {}, body)]
        with pytest.raises(error, match=sentence):
            session.request("GET", "/x")

    def test_where_nobody_listens_it_says_so(self) -> None:
        with socket.socket() as held:  # bound, and nobody listens
            held.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{held.getsockname()[1]}"
            with Session(Server(url, token("access"))) as session, pytest.raises(RemoteError, match=f"{url} cannot be"):
                session.request("GET", "/x")


class TestTokens:
    def test_one_that_ran_out_is_an_answer(self, peer: Peer, session: Session) -> None:
        peer.answers += [(401, {}, problem("AUTH_TOKEN_EXPIRED"))]
        with pytest.raises(RequestError, match="does not take the token"):
            session.request("GET", "/x")

    def test_one_that_somebody_put_into_the_file_meanwhile_is_taken(self, peer: Peer, tmp_path: Path) -> None:
        file = tmp_path / "token"
        file.write_text(token("access", 1))
        with Session(Server.of(peer.url, token=None, file=file)) as session:
            file.write_text(f"{token('access', 2)}\n")
            peer.answers += [(401, {}, problem("AUTH_TOKEN_EXPIRED")), (200, {}, {})]
            session.request("GET", "/x")
            peer.answers += [(401, {}, problem("AUTH_TOKEN_EXPIRED"))]
            with pytest.raises(RequestError, match="does not take the token"):
                session.request("GET", "/x")
        assert [each.token for each in peer.asked] == [token("access", 1), token("access", 2), token("access", 2)]

    def test_a_refresh_token_is_exchanged_and_the_new_one_kept(self, peer: Peer, tmp_path: Path) -> None:
        file = tmp_path / "token"
        file.write_text(token("refresh", 1))
        for number in (2, 3):
            peer.answers += [
                (200, {}, {"accessToken": token("access", number), "refreshToken": token("refresh", number)}),
                (401 if number == 2 else 200, {}, problem("AUTH_TOKEN_EXPIRED")),
            ]
        with Session(Server.of(peer.url, token=None, file=file)) as session:
            session.request("GET", "/x")
        given = [json.loads(each.body)["refreshToken"] for each in peer.asked if each.path == "/api/v1/auth/refresh"]
        assert given == [token("refresh", 1), token("refresh", 2)]
        assert peer.asked[-1].token == token("access", 3)
        assert (file.read_text(), file.stat().st_mode & 0o777) == (f"{token('refresh', 3)}\n", 0o600)
        assert list(tmp_path.iterdir()) == [file]

    def test_a_refresh_token_that_is_not_taken_is_an_answer(self, peer: Peer) -> None:
        peer.answers += [(401, {}, problem("AUTH_TOKEN_REVOKED", "used before"))]
        sentence = "does not take the refresh token: used before"
        with Session(Server(peer.url, token("refresh"))) as session, pytest.raises(RequestError, match=sentence):
            session.request("GET", "/x")

    @pytest.mark.parametrize(
        ("url", "given", "sentence"),
        [
            ("ftp://host", "t", "no http or https address"),
            ("host", "t", "no http or https address"),
            ("http://[", "t", "no http or https address"),
            ("http://host", None, "needs a token"),
            ("http://host", "", "needs a token"),
            ("http://host", "a b", "characters that no token has"),
            ("http://host", "a\r\nX: y", "characters that no token has"),
        ],
    )
    def test_what_is_no_address_and_no_token_is_found_at_once(self, url: str, given: str | None, sentence: str) -> None:
        with pytest.raises(RequestError, match=sentence):
            Server.of(url, token=given, file=None)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(RequestError, match="cannot be read"):
            Server.of("http://host", token=None, file=tmp_path / "gone")


class TestEvents:
    def test_a_stream_goes_on_where_it_was_cut(self, peer: Peer, session: Session, pauses: list[float]) -> None:
        peer.answers += [
            (
                200,
                {},
                'id: 1\nevent: status\ndata: {"n": 1}\n\n: still there\n\nid: 2\nevent: solution\ndata: {"n": 2}\n\n',
            ),
            (503, {"Retry-After": "3"}, problem("EXECUTION_SERVICE_UNAVAILABLE")),
            (200, {}, ': still there\n\nid: 3\nevent: result\ndata: {"n": 3}\n\n'),
        ]
        events = list(session.events("/x/events"))
        assert events == [("status", {"n": 1}), ("solution", {"n": 2}), ("result", {"n": 3})]
        assert [each.last_event for each in peer.asked] == [None, "2", "2"]
        assert pauses == [1.0, 3.0]

    def test_an_answer_that_is_cut_short_is_asked_for_again(
        self, peer: Peer, session: Session, pauses: list[float]
    ) -> None:
        peer.answers += [
            (200, {"Content-Length": "500"}, "id: 1\nevent: progress\ndata: {}\n\nid: 2\nevent: res"),
            (200, {}, "id: 2\nevent: result\ndata: {}\n\n"),
        ]
        assert [kind for kind, _ in session.events("/x")] == ["progress", "result"]
        assert len(pauses) == 1

    def test_one_that_never_says_anything_is_given_up(self, peer: Peer, session: Session, pauses: list[float]) -> None:
        peer.answers += [(200, {}, "")] * 6
        with pytest.raises(RemoteError, match="closes /x at once"):
            list(session.events("/x"))
        assert len(pauses) == 5

    def test_what_is_refused_is_not_asked_again(self, peer: Peer, session: Session) -> None:
        peer.answers += [(404, {}, problem("PROBLEM_NOT_FOUND", "gone"))]
        with pytest.raises(RequestError, match="gone"):
            list(session.events("/x"))

    @pytest.mark.parametrize("body", [{"no": "stream"}, "id: 1\nevent: status\ndata: {oh\n\n"])
    def test_what_is_no_stream_of_events_is_a_failure(
        self, peer: Peer, session: Session, pauses: list[float], body: Any
    ) -> None:
        peer.answers += [(200, {}, body)] * 6
        with pytest.raises(RemoteError):
            list(session.events("/x"))
        assert len(pauses) <= 5


def test_a_token_is_exchanged_in_the_middle_of_a_stream(peer: Peer, pauses: list[float]) -> None:
    def exchange(number: int) -> tuple[int, dict[str, str], Any]:
        return 200, {}, {"accessToken": token("access", number), "refreshToken": token("refresh", number)}

    peer.answers += [
        exchange(2),
        (200, {}, "id: 1\nevent: status\ndata: {}\n\n"),
        (401, {}, problem("AUTH_TOKEN_EXPIRED")),
    ]
    peer.answers += [exchange(3), (200, {}, "id: 2\nevent: result\ndata: {}\n\n")]
    with Session(Server(peer.url, token("refresh", 1))) as session:
        assert [kind for kind, _ in session.events("/x")] == ["status", "result"]
    assert pauses == [1.0, 0.0]
