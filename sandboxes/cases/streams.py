"""Reading what a program writes: counted while it is read, kept up to a cap."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from typing import Final

from sandboxes.relay import Relay

_CHUNK_BYTES: Final = 1 << 16


class Stream:
    """The engine's end of one of the program's output pipes. Non-blocking.

    ``keep_bytes``: how much is kept; ``tap`` is told of what is kept as it is read; ``relay`` gets all of it.
    """

    def __init__(self, descriptor: int, *, keep_bytes: int = 0) -> None:
        self.descriptor = descriptor
        self.keep_bytes = keep_bytes
        self.tap: Callable[[bytes], None] | None = None
        self.relay: Relay | None = None
        self.written_bytes = 0
        self._kept = bytearray()
        os.set_blocking(descriptor, False)

    def read(self) -> bool:
        """Take one chunk; ``False`` at the end of the stream. What is beyond the cap is counted and dropped."""
        try:
            chunk = os.read(self.descriptor, _CHUNK_BYTES)
        except BlockingIOError:
            return True
        self.written_bytes += len(chunk)
        if self.relay is not None and chunk:
            self.relay.put(chunk)
        room = self.keep_bytes - len(self._kept)
        if room > 0 and chunk:
            self._kept += chunk[:room]
            if self.tap is not None:
                self.tap(chunk[:room])
        return bool(chunk)

    def hang_up(self) -> None:
        """Have whoever reads it find the end of it."""
        if self.relay is not None:
            self.relay.end()

    def drain(self) -> None:
        """Take what is in the pipe already. For when every writer is dead.

        At most what the pipe can hold, by the kernel's word: a program may have made its pipe larger than we did.
        """
        most_bytes = fcntl.fcntl(self.descriptor, fcntl.F_GETPIPE_SZ)
        before = self.written_bytes
        while self.written_bytes - before < most_bytes:
            counted = self.written_bytes
            if not self.read() or self.written_bytes == counted:
                break

    @property
    def kept(self) -> bytes:
        """What was kept so far."""
        return bytes(self._kept)
