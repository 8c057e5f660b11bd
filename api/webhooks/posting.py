"""Sending one message to one address that was looked at."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import httpx

from api.webhooks.addresses import AddressError, AddressGuard, Target

TIMEOUT_S: Final = 10.0
"""From the look-up of the host to the status of its answer."""

_CONNECT_S: Final = 4.0
_MOST_ADDRESSES: Final = 4
_MOST_ANSWER_BYTES: Final = 64 * 1024
_MOST_ERROR_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of it. ``status``: of the answer, ``None`` if there was none; ``error``: ``None`` if it arrived."""

    status: int | None
    error: str | None


class Poster:
    """Posts over HTTPS, to no address but one the guard has just allowed, and believes no answer but its status.

    ``ca_file``: certificates of authorities to trust beside the usual ones.
    """

    def __init__(self, guard: AddressGuard, *, ca_file: Path | None = None) -> None:
        self._guard = guard
        self._tls = _tls_with(ca_file)

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Posted:
        """Send ``body`` once."""
        try:
            status = await self._status(url, headers, body)
        except (AddressError, TimeoutError, httpx.HTTPError) as error:
            return Posted(None, _why_not_sent(error)[:_MOST_ERROR_CHARACTERS])
        if httpx.codes.is_success(status):
            return Posted(status, None)
        hint = ", and redirects are not followed" if httpx.codes.is_redirect(status) else ""
        return Posted(status, f"The answer had status {status}{hint}")

    async def _status(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        async with contextlib.AsyncExitStack() as opened:
            async with asyncio.timeout(TIMEOUT_S):
                target = await self._guard.check(url)
                answer = await self._send(target, headers, body, opened)
            await _read_a_little(answer)
        return answer.status_code

    async def _send(
        self, target: Target, headers: Mapping[str, str], body: bytes, opened: contextlib.AsyncExitStack
    ) -> httpx.Response:
        """The answer, but for its body, from the first of the addresses that can be connected to."""
        *others, last = target.addresses[:_MOST_ADDRESSES]
        for address in others:
            with contextlib.suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._send_to(_request(address, target.url, headers, body), opened)
        return await self._send_to(_request(last, target.url, headers, body), opened)

    async def _send_to(self, request: httpx.Request, opened: contextlib.AsyncExitStack) -> httpx.Response:
        """Each message has a client of its own: no connection, and no cookie, is ever used for another's."""
        client = httpx.AsyncClient(verify=self._tls, trust_env=False, follow_redirects=False)
        await opened.enter_async_context(client)
        answer = await client.send(request, stream=True)
        opened.push_async_callback(answer.aclose)
        return answer


def _request(address: str, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> httpx.Request:
    """Goes to ``address`` itself; its ``Host``, and the name that the certificate must have, are those of the URL."""
    return httpx.Request(
        "POST",
        url.copy_with(host=address),
        headers={"Host": url.netloc.decode("ascii"), **headers},
        content=body,
        extensions={
            "sni_hostname": url.raw_host.decode("ascii").rstrip("."),
            "timeout": httpx.Timeout(TIMEOUT_S, connect=_CONNECT_S).as_dict(),
        },
    )


async def _read_a_little(answer: httpx.Response) -> None:
    """So that who answers briefly can end in peace. Whatever becomes of it, the status has arrived."""
    read = 0
    try:
        async with asyncio.timeout(1.0):
            async for chunk in answer.aiter_raw():
                read += len(chunk)
                if read > _MOST_ANSWER_BYTES:
                    return
    except (TimeoutError, httpx.HTTPError):
        return


@cache
def _tls_with(ca_file: Path | None) -> ssl.SSLContext:
    """Made once for all who ask: reading the usual authorities takes 50 ms."""
    context = httpx.create_ssl_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def _why_not_sent(error: Exception) -> str:
    match error:
        case AddressError():
            return f"The URL {error}"
        case TimeoutError() | httpx.TimeoutException():
            return f"No answer within {TIMEOUT_S:.0f} s"
        case httpx.ConnectError():
            return _why_not_connected(error)
        case httpx.RemoteProtocolError():
            return "The answer is no HTTP"
        case _:
            return "The connection broke"


def _why_not_connected(error: Exception) -> str:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"The certificate cannot be verified: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "No encrypted connection could be made"
    return "The host could not be connected to"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
