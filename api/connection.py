"""A connection of the server: uvicorn's, with an end to what nobody makes anything of, and one shape for refusals."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Final

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.database import new_id
from api.errors import ApiError, PayloadTooLargeError, ValidationFailedError
from api.failures import render

MOST_HEAD_BYTES: Final = 64 * 1024
"""What a request may have beside its body, at once: a head, trailers, the size of a chunk."""

_HEADERS: Final = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Connection": "close"}


class Connection(HttpToolsProtocol):
    """Speaks HTTP/1.1 with one client.

    The parser keeps what it has not understood to the end, however much that is, and waits for more, however long that
    takes: here both end. A head that is not there after ``HEAD_S`` is waited for no longer.
    """

    HEAD_S = 30.0

    _unused_bytes = 0
    _deadline: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """See :class:`asyncio.Protocol`."""
        super().connection_made(transport)
        self._expect_head()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """See :class:`asyncio.Protocol`."""
        self._expect_nothing()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        """See :class:`asyncio.Protocol`."""
        self._unused_bytes += len(data)
        began = self.cycle is not None
        if not began or self.cycle.response_complete:  # it was idle: this must be the next request
            self._expect_head()
        super().data_received(data)
        if self._unused_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self._refuse(PayloadTooLargeError("The head of the request is too large"))

    @override
    def on_headers_complete(self) -> None:
        """Its head is there."""
        self._unused_bytes = 0
        self._expect_nothing()
        super().on_headers_complete()

    @override
    def on_body(self, body: bytes) -> None:
        """Some of its body is."""
        self._unused_bytes = 0
        super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        """All of it is."""
        self._unused_bytes = 0
        super().on_message_complete()

    @override
    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        del msg  # it says the same
        self._refuse(ValidationFailedError("The request is no HTTP"))

    def _refuse(self, error: ApiError) -> None:
        """Say so, and hang up."""
        response = render(error)
        headers = {**response.headers, **_HEADERS, "X-Request-Id": new_id()}
        lines = [f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.transport.write("\r\n".join([*lines, "", ""]).encode() + bytes(response.body))
        self.transport.close()

    def _expect_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.HEAD_S, self.transport.close)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
