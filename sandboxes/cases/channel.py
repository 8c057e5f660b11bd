"""What the engine and init hand each other: messages with descriptors, and memory files that nobody can change."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from typing import Final

from sandboxes.errors import SetupError
from sandboxes.init import Failure, Hello, parse_record
from sandboxes.init.protocol import RECORD_BYTES

_SETUP_S: Final = 15.0
_SEALS: Final = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
_CREDENTIALS: Final = struct.Struct("iii")
_DESCRIPTOR: Final = struct.Struct("i")


def channel() -> tuple[socket.socket, socket.socket]:
    """A SEQPACKET pair, ours and init's. Ours tells who sends, and gives up after a while."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    ours.settimeout(_SETUP_S)
    return ours, theirs


def await_hello(control: socket.socket) -> tuple[int, int]:
    """The host's process id of who says hello, and the descriptor that came with it (-1: none).

    Raises :class:`SetupError`.
    """
    sender, descriptor = 0, -1
    space = socket.CMSG_SPACE(_CREDENTIALS.size) + socket.CMSG_SPACE(_DESCRIPTOR.size)
    try:
        data, ancillary, _, _ = control.recvmsg(RECORD_BYTES, space, socket.MSG_CMSG_CLOEXEC)
    except TimeoutError:
        raise SetupError(f"the jail was not ready within {_SETUP_S:.0f} s") from None
    except ConnectionResetError:
        data, ancillary = b"", []
    for _, kind, payload in ancillary:
        if kind == socket.SCM_RIGHTS:
            (descriptor,) = _DESCRIPTOR.unpack(payload[: _DESCRIPTOR.size])
        elif kind == socket.SCM_CREDENTIALS:
            sender, _, _ = _CREDENTIALS.unpack(payload)
    record = parse_record(data) if data else None
    if isinstance(record, Hello) and sender > 0:
        return sender, descriptor
    if descriptor >= 0:
        os.close(descriptor)
    if isinstance(record, Failure):
        raise SetupError(record.text)
    raise SetupError("the jail could not be set up" if record is None else "init did not say hello")


def sealed(name: str, content: bytes) -> int:
    """A descriptor for reading of a memory file that nobody can change any more, at its beginning."""
    writable, readable = memory_file(name)
    try:
        fill(writable, content)
    finally:
        os.close(writable)
    return readable


def memory_file(name: str) -> tuple[int, int]:
    """An empty memory file: a descriptor for the engine to :func:`fill` it, and one to hand out, for reading only."""
    writable = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.fchmod(writable, 0o444)
        readable = os.open(f"/proc/self/fd/{writable}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        os.close(writable)
        raise
    return writable, readable


def fill(writable: int, content: bytes) -> None:
    """Write the content of a memory file, once: nobody can change it any more."""
    left = memoryview(content)
    while left:
        left = left[os.write(writable, left) :]
    fcntl.fcntl(writable, fcntl.F_ADD_SEALS, _SEALS)
