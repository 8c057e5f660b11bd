"""Starting a jail: nsjail as a subprocess, with init inside it ready and waiting to be released."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandboxes.errors import SetupError
from sandboxes.init import Failure, Hello, parse_record
from sandboxes.init.protocol import RECORD_BYTES
from sandboxes.nsjail.streams import Stream
from sandboxes.slots import User

_SETUP_S: Final = 15.0
_DEATH_S: Final = 5.0
_PIPE_BYTES: Final = 1 << 18
_LOG_BYTES: Final = 4096
_SEALS: Final = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
_CREDENTIALS: Final = struct.Struct("iii")
_DESCRIPTOR: Final = struct.Struct("i")


@dataclass(frozen=True, slots=True)
class Order:
    """What to start. ``profile`` and ``request`` are what nsjail and init read; ``owner`` is the program's user."""

    nsjail: Path
    profile: bytes
    request: bytes
    stdin: bytes
    stdout_bytes: int
    stderr_bytes: int
    owner: User


class Spawned:
    """A started jail. Every descriptor belongs to ``owned``, which outlives this."""

    def __init__(self, order: Order, owned: contextlib.ExitStack) -> None:
        """Start it. Raises :class:`SetupError`."""
        self._owned = owned
        self._init: int | None = None  # a pidfd: unlike a number it cannot come to mean another process
        self._log = os.memfd_create("log", os.MFD_CLOEXEC)
        owned.callback(os.close, self._log)
        with contextlib.ExitStack() as theirs:
            stdin = _sealed("stdin", order.stdin, theirs)
            request = _sealed("request", order.request, theirs)
            profile = _sealed("profile", order.profile, theirs)
            self.control, init_side = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            owned.enter_context(self.control)
            theirs.enter_context(init_side)
            self.control.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            self.control.settimeout(_SETUP_S)
            stdout, self.stdout = self._pipe(theirs, order.stdout_bytes, order.owner)
            stderr, self.stderr = self._pipe(theirs, order.stderr_bytes, order.owner)
            passed = (init_side.fileno(), request)
            try:
                self._process = subprocess.Popen(
                    _arguments(order.nsjail, profile=profile, log=self._log, passed=passed),
                    stdin=stdin,
                    stdout=stdout,
                    stderr=stderr,
                    pass_fds=(*passed, profile, self._log),
                    env={},
                    cwd="/",
                    process_group=0,  # a terminal's Ctrl-C is for the engine, which ends its runs itself
                )
            except OSError as error:
                raise SetupError(f"nsjail cannot be started: {error}") from error

    def await_hello(self) -> tuple[int, int]:
        """Wait until the jail is ready: the host's process id of init, and a descriptor of its ``/box``.

        Raises :class:`SetupError` with what nsjail or init had to say.
        """
        sender, box = 0, -1
        space = socket.CMSG_SPACE(_CREDENTIALS.size) + socket.CMSG_SPACE(_DESCRIPTOR.size)
        try:
            data, ancillary, _, _ = self.control.recvmsg(RECORD_BYTES, space, socket.MSG_CMSG_CLOEXEC)
        except TimeoutError:
            raise SetupError(f"the jail was not ready within {_SETUP_S:.0f} s{self._said()}") from None
        for _, kind, payload in ancillary:
            if kind == socket.SCM_RIGHTS:
                (box,) = _DESCRIPTOR.unpack(payload[: _DESCRIPTOR.size])
                self._owned.callback(os.close, box)
            elif kind == socket.SCM_CREDENTIALS:
                sender, _, _ = _CREDENTIALS.unpack(payload)
        if not data:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_DEATH_S)
            raise SetupError(f"the jail could not be set up{self._said()}")
        record = parse_record(data)
        if isinstance(record, Failure):
            raise SetupError(record.text)
        if not isinstance(record, Hello) or sender <= 0 or box < 0:
            raise SetupError("init did not say hello")
        self._init = os.pidfd_open(sender)
        self._owned.callback(os.close, self._init)
        return sender, box

    def release(self) -> None:
        """Let init go on. Raises :class:`SetupError` if it is gone."""
        self.control.setblocking(False)  # noqa: FBT003  the only argument there is
        try:
            self.control.send(b"!")
        except OSError as error:
            raise SetupError(f"init is gone before it was released: {error}") from error

    def end(self, *, reported: bool) -> None:
        """Wait until nsjail is gone. Unless init has ``reported``, and so is leaving by itself, kill it first.

        With init its pid namespace dies, whatever is in it. An init that never said hello leaves when we hang up, and
        nsjail, its parent, after it: killed first, nsjail would leave a dead init behind for the host to clear away.
        """
        if self._init is None:
            self.control.close()
        elif not reported:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._init, signal.SIGKILL)
        try:
            self._process.wait(_DEATH_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def drain(self) -> None:
        """Take what is still in the pipes. Everything that could write must be dead."""
        for stream in (self.stdout, self.stderr):
            stream.drain()

    def _pipe(self, theirs: contextlib.ExitStack, keep_bytes: int, owner: User) -> tuple[int, Stream]:
        ours, writer = os.pipe2(os.O_CLOEXEC)
        self._owned.callback(os.close, ours)
        theirs.callback(os.close, writer)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        # programs that open /dev/stdout again need to own it
        os.fchown(writer, owner.uid, owner.gid)
        return writer, Stream(ours, keep_bytes=keep_bytes)

    def _said(self) -> str:
        text = os.pread(self._log, _LOG_BYTES, 0).decode(errors="replace").strip()
        return f": {text}" if text else ""


def _arguments(nsjail: Path, *, profile: int, log: int, passed: Sequence[int]) -> list[str]:
    arguments = [str(nsjail), "--quiet", "--log_fd", str(log), "--experimental_mnt", "new"]
    arguments += ["--config", f"/proc/self/fd/{profile}"]
    for descriptor in passed:
        arguments += ["--pass_fd", str(descriptor)]
    return [*arguments, "--", "/.init", *map(str, passed)]


def _sealed(name: str, content: bytes, owner: contextlib.ExitStack) -> int:
    """A descriptor for reading of a memory file that nobody can change any more, at its beginning."""
    writable = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with os.fdopen(os.dup(writable), "wb") as file:
            file.write(content)
        fcntl.fcntl(writable, fcntl.F_ADD_SEALS, _SEALS)
        os.fchmod(writable, 0o444)
        readable = os.open(f"/proc/self/fd/{writable}", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(writable)
    owner.callback(os.close, readable)
    return readable
