"""What a program writes, as text for people who watch: in chunks, never more than ten a second, none late for long."""

from __future__ import annotations

import base64
import codecs
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from runner.record import Encoding
from sandboxes import OutputStream

INTERVAL_S: Final = 0.125  # eight a second, so that with the two at the end there are never more than ten

Tell = Callable[[dict[str, Any]], None]


class LiveOutput:
    """To be called like :data:`sandboxes.OnOutput`; ``tell`` gets records ``{stream, chunk, offset}``.

    ``offset`` counts the bytes of the stream before the chunk. A context manager: leaving it tells the rest.
    """

    def __init__(self, tell: Tell, encoding: Encoding) -> None:
        self._tell = tell
        # In the order in which it is their turn to be told of.
        self._streams = {stream: _Text(encoding) for stream in OutputStream}
        self._lock = threading.Lock()
        self._told_at = 0.0
        self._timer: threading.Timer | None = None

    def __call__(self, stream: OutputStream, chunk: bytes) -> None:
        """Tell it, now or within the interval."""
        with self._lock:
            self._streams[stream].add(chunk)
            if self._timer is None:
                self._tell_some()

    def restart(self) -> None:
        """The program begins anew."""
        with self._lock:
            for text in self._streams.values():
                text.clear()

    def _tell_late(self) -> None:
        with self._lock:
            if self._timer is not None:  # else it is over
                self._timer = None
                self._tell_some()

    def _tell_some(self) -> None:
        """Tell of one stream, if it is time to; see to it that the rest is told of later."""
        wait_s = self._told_at + INTERVAL_S - time.monotonic()
        if wait_s <= 0 and self._tell_one():
            wait_s = INTERVAL_S
        if any(text.waits for text in self._streams.values()):
            self._timer = threading.Timer(max(0.0, wait_s), self._tell_late)
            self._timer.daemon = True
            self._timer.start()

    def _tell_one(self) -> bool:
        for stream, text in tuple(self._streams.items()):
            if record := text.take():
                self._streams[stream] = self._streams.pop(stream)  # whoever had their turn stands last
                self._told_at = time.monotonic()
                self._tell({"stream": stream.value, **record})
                return True
        return False

    def __enter__(self) -> LiveOutput:
        return self

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            timer, self._timer = self._timer, None
            for text in self._streams.values():
                text.end()
            while self._tell_one():
                pass
        if timer is not None:
            timer.cancel()


class _Text:
    """One stream's bytes that were not told yet. Characters are never torn apart."""

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self.clear()

    @property
    def waits(self) -> bool:
        return bool(self._bytes)

    def clear(self) -> None:
        self._bytes = bytearray()
        self._offset = 0
        self._ended = False
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def add(self, chunk: bytes) -> None:
        self._bytes += chunk

    def end(self) -> None:
        self._ended = True

    def take(self) -> dict[str, Any] | None:
        """What there is to tell, once."""
        content, self._bytes = bytes(self._bytes), bytearray()
        if self._encoding is Encoding.BASE64:
            chunk = base64.b64encode(content).decode()
            size = len(content)
        else:
            torn = len(self._decoder.getstate()[0])
            chunk = self._decoder.decode(content, self._ended)
            size = torn + len(content) - len(self._decoder.getstate()[0])
        if not chunk:
            return None
        record = {"chunk": chunk, "offset": self._offset}
        self._offset += size
        return record
