"""A jail's agent: nsjail as a subprocess, with init inside it waiting for orders."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import struct
import subprocess
from pathlib import Path
from typing import Final

from sandboxes.errors import SetupError
from sandboxes.init import CaseOrder, Failure, Hello, parse_record
from sandboxes.init.protocol import RECORD_BYTES

_SETUP_S: Final = 15.0
_DEATH_S: Final = 5.0
_LOG_BYTES: Final = 4096
_SEALS: Final = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
_CREDENTIALS: Final = struct.Struct("iii")
_DESCRIPTOR: Final = struct.Struct("i")


class Agent:
    """A started jail whose agent makes cases. Ends with :meth:`close`, and with the engine however that dies."""

    def __init__(self, nsjail: Path, profile: bytes) -> None:
        """Start it; ``profile`` is what nsjail reads. Raises :class:`SetupError`."""
        self._owned = contextlib.ExitStack()
        self.pidfd = -1  # unlike a number it cannot come to mean another process
        with contextlib.ExitStack() as undo, contextlib.ExitStack() as theirs:
            undo.push(self._owned)
            self._log = os.memfd_create("log", os.MFD_CLOEXEC)
            self._owned.callback(os.close, self._log)
            policy = sealed("profile", profile)
            theirs.callback(os.close, policy)
            self._control, init_side = channel()
            self._owned.enter_context(self._control)
            theirs.enter_context(init_side)
            try:
                self._process = subprocess.Popen(
                    _arguments(nsjail, profile=policy, log=self._log, control=init_side.fileno()),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(init_side.fileno(), policy, self._log),
                    env={},
                    cwd="/",
                    process_group=0,  # a terminal's Ctrl-C is for the engine, which ends its jails itself
                )
            except OSError as error:
                raise SetupError(f"nsjail cannot be started: {error}") from error
            undo.pop_all()

    def await_hello(self) -> None:
        """Wait until the jail is ready. Raises :class:`SetupError` with what nsjail or init had to say."""
        try:
            pid, _ = await_hello(self._control)
        except SetupError as error:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_DEATH_S)
            said = os.pread(self._log, _LOG_BYTES, 0).decode(errors="replace").strip()
            raise SetupError(f"{error}: {said}" if said else str(error)) from error
        self.pidfd = os.pidfd_open(pid)
        self._owned.callback(os.close, self.pidfd)

    def order(self, order: CaseOrder, *, control: int, stdin: int, stdout: int, stderr: int) -> None:
        """Have a case made; the descriptors are its. Raises :class:`SetupError` if the agent is gone."""
        try:
            socket.send_fds(self._control, [order.encode()], [control, stdin, stdout, stderr])
        except OSError as error:
            raise SetupError(f"the jail is gone: {error}") from error

    def close(self) -> None:
        """End the jail with everything in it, and wait until it is gone. Calling it again changes nothing.

        An agent that is hung up on leaves, its pid namespace dies, and nsjail, its parent, after it: killed first,
        nsjail would leave a dead init behind for the host to clear away.
        """
        self._control.close()
        try:
            self._process.wait(_DEATH_S)
        except subprocess.TimeoutExpired:
            if self.pidfd >= 0:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
            self._process.kill()
            self._process.wait()
        self._owned.close()


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


def _arguments(nsjail: Path, *, profile: int, log: int, control: int) -> list[str]:
    arguments = [str(nsjail), "--quiet", "--log_fd", str(log), "--experimental_mnt", "new"]
    arguments += ["--config", f"/proc/self/fd/{profile}", "--pass_fd", str(control)]
    return [*arguments, "--", "/.init", str(control)]
