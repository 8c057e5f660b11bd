"""Talking to a SynCode service over HTTP as somebody: tokens that run out, answers that have to wait, failures."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit

import httpx
from httpx_sse import ServerSentEvent, SSEError, connect_sse
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.commands.exits import RemoteError
from runner import RequestError

Json = dict[str, Any]
Files = Mapping[str, tuple[str, BinaryIO, str]]
"""By their fields: name, content and media type."""

_TIMEOUT: Final = httpx.Timeout(60.0, write=600.0)
_MOST_TRIES: Final = 6
_LONGEST_PAUSE_S: Final = 60.0
_SHORT_S: Final = 5.0
_BUSY: Final = frozenset({429, 502, 503, 504})
# What the service cannot do now is no fault of the request's, whatever the status.
_OURS: Final = ("EXECUTION_", "INTERNAL_", "RATE_")


class TokenSettings(BaseSettings):
    """The token of somebody on a service (``SYNCODE_TOKEN``), which never stands on a command line."""

    model_config = SettingsConfigDict(env_prefix="SYNCODE_", frozen=True, env_ignore_empty=True)

    token: str | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """Where a service is, and who somebody is there.

    ``token``  an access token, or a refresh token, which is good for longer and is exchanged for access tokens
    ``file``   where the token came from: a refresh token changes whenever it is used, and the new one is kept there
    """

    url: str
    token: str
    file: Path | None = None

    @classmethod
    def of(cls, url: str, *, file: Path | None, token: str | None = None) -> Server:
        """A service, for whoever has the token in the file or, without one, ``token``.

        Raises :class:`RequestError` for what is no address of a service, and without a token.
        """
        try:
            parts = urlsplit(url)
            hosted = bool(parts.hostname) and parts.scheme in {"http", "https"} and not parts.query
        except ValueError:
            hosted = False
        if not hosted:
            raise RequestError(f"--server: {url!r} is no http or https address")
        if file is not None:
            try:
                token = file.read_text("utf-8").strip()
            except (OSError, ValueError) as error:
                raise RequestError(f"--token-file: {file} cannot be read: {error}") from error
        if not token:
            raise RequestError("--server needs a token, in SYNCODE_TOKEN or in a file that --token-file names")
        if not token.isascii() or not token.isprintable() or " " in token:
            raise RequestError("the token is none: it has characters that no token has")
        return cls(url.rstrip("/"), token, file)


class Session:
    """Requests to a service under ``/api/v1``. A context manager."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client = httpx.Client(base_url=f"{server.url}/api/v1", timeout=_TIMEOUT)
        self._refresh: str | None = server.token if _kind(server.token) == "refresh" else None
        if self._refresh is None:
            self._use(server.token)

    def request(self, method: str, path: str, *, json: Json | None = None, files: Files | None = None) -> Json:
        """The answer's object, empty where it has none. What is busy is asked again after the pause it asks for.

        Raises :class:`RequestError` when the service refuses what was asked, :class:`RemoteError` when it failed.
        """
        response = self._send(method, path, json, files)
        if response.status_code == httpx.codes.NO_CONTENT:
            return {}
        return self._object(response, path)

    def events(self, path: str) -> Iterator[tuple[str, Json]]:
        """Kind and data of each event of a stream, from its beginning to its ``result``, over several connections.

        Raises as :meth:`request` does.
        """
        last, failures = "", 0
        while True:
            self._ensure_token()
            began = time.monotonic()
            failure, pause_s = RemoteError(f"{self._server.url} closes {path} at once"), 1.0
            try:
                for event in self._connected(path, last):
                    last, failures = event.id or last, 0
                    yield event.event, _data(event, path)
                    if event.event == "result":
                        return
            except (httpx.TransportError, SSEError) as error:
                failure, pause_s = RemoteError(f"{self._server.url} cannot be reached: {_words(error)}"), 2.0**failures
            except _ExpiredError as expired:
                failure, pause_s = RemoteError(str(expired)), 0.0
                self._renew(path)
            except _BusyError as busy:
                failure, pause_s = busy.error, busy.pause_s
            if time.monotonic() - began < _SHORT_S:  # after a while the service ends every connection
                failures += 1
            if failures >= _MOST_TRIES:
                raise failure
            time.sleep(min(pause_s, _LONGEST_PAUSE_S))

    def _connected(self, path: str, last: str) -> Iterator[ServerSentEvent]:
        """The events of one connection, from the one after ``last``."""
        headers = {"Last-Event-ID": last} if last else {}
        with connect_sse(self._client, "GET", path, headers=headers) as source:
            if source.response.status_code != httpx.codes.OK:
                source.response.read()
                self._check(source.response, path)
            # the line by which the service shows that it is still there is no event, though it is read as one
            yield from (event for event in source.iter_sse() if event.data)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _send(self, method: str, path: str, json: Json | None, files: Files | None) -> httpx.Response:
        self._ensure_token()
        for left in range(_MOST_TRIES, 0, -1):
            try:
                response = self._client.request(method, path, json=json, files=files)
                self._check(response, path)
            except httpx.TransportError as error:
                raise RemoteError(f"{self._server.url} cannot be reached: {_words(error)}") from error
            except _ExpiredError:
                self._renew(path)
            except _BusyError as busy:
                if left == 1:
                    raise busy.error from busy
                time.sleep(busy.pause_s)
            else:
                return response
        raise RemoteError(f"{self._server.url} takes no token for {path}")

    def _check(self, response: httpx.Response, path: str) -> None:
        """Raise what the status says."""
        status = response.status_code
        if response.is_success:
            return
        code, message = _problem(response)
        if status == httpx.codes.UNAUTHORIZED:
            raise _ExpiredError(message)
        said = f"{self._server.url}: {message} ({code or status}, {path})"
        if status in _BUSY:
            raise _BusyError(RemoteError(said), _pause_s(response))
        if status < httpx.codes.INTERNAL_SERVER_ERROR and code and not code.startswith(_OURS):
            raise RequestError(said)
        raise RemoteError(said)

    def _ensure_token(self) -> None:
        if "Authorization" not in self._client.headers:
            self._renew("/auth/refresh")

    def _renew(self, path: str) -> None:
        """Another access token: for the refresh token, or the one that somebody else has put into the file."""
        if self._refresh is None:
            token = self._reread()
            if token is None:
                raise RequestError(f"{self._server.url} does not take the token any more, or never did ({path})")
            self._use(token)
            return
        try:
            response = self._client.post("/auth/refresh", json={"refreshToken": self._refresh})
        except httpx.TransportError as error:
            raise RemoteError(f"{self._server.url} cannot be reached: {_words(error)}") from error
        if not response.is_success:
            raise RequestError(f"{self._server.url} does not take the refresh token: {_problem(response)[1]}")
        answer = self._object(response, "/auth/refresh")
        try:
            token, self._refresh = str(answer["accessToken"]), str(answer["refreshToken"])
        except KeyError as error:
            raise RemoteError(f"{self._server.url} gives no tokens in exchange for the refresh token") from error
        self._use(token)
        if self._server.file is not None:
            _keep(self._server.file, self._refresh)

    def _object(self, response: httpx.Response, path: str) -> Json:
        with contextlib.suppress(ValueError):
            answer: object = response.json()
            if isinstance(answer, dict):
                return answer
        raise RemoteError(f"{self._server.url} is no SynCode service: it answers {path} with something else")

    def _reread(self) -> str | None:
        if self._server.file is None:
            return None
        with contextlib.suppress(OSError, ValueError):
            token = self._server.file.read_text("utf-8").strip()
            if self._client.headers.get("Authorization") != f"Bearer {token}":
                return token
        return None

    def _use(self, token: str) -> None:
        self._client.headers["Authorization"] = f"Bearer {token}"


class _ExpiredError(Exception):
    """The service does not take the access token."""


class _BusyError(Exception):
    """The service may take it later."""

    def __init__(self, error: RemoteError, pause_s: float) -> None:
        super().__init__(str(error))
        self.error = error
        self.pause_s = pause_s


def _problem(response: httpx.Response) -> tuple[str | None, str]:
    """Code and message of an error."""
    with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
        body = response.json()
        details = body.get("details") or {}
        more = "; ".join(f"{name}: {value}" for name, value in details.items() if isinstance(value, str | list))
        return str(body["code"]), f"{body['message']}: {more}" if more else str(body["message"])
    return None, f"it answered {response.status_code} {response.reason_phrase}"


def _pause_s(response: httpx.Response) -> float:
    with contextlib.suppress(KeyError, ValueError):
        return min(max(float(response.headers["Retry-After"]), 0.1), _LONGEST_PAUSE_S)
    return 1.0


def _data(event: ServerSentEvent, path: str) -> Json:
    try:
        data: Json = event.json()
    except ValueError as error:
        raise RemoteError(f"an event of {path} is no JSON") from error
    return data


def _kind(token: str) -> str | None:
    """What a token says it is, without asking whether that is true."""
    with contextlib.suppress(ValueError, IndexError, AttributeError, binascii.Error):
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(claims.get("tokenType"))
    return None


def _keep(file: Path, token: str) -> None:
    """Put a token into its file, whole or not at all, for its owner's eyes only."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            out.write(f"{token}\n")
        beside.replace(file)
    except OSError as error:
        raise RequestError(f"--token-file: {file} cannot be written: {error.strerror}") from error


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
