"""A jail's agent: nsjail as a subprocess, with init inside it waiting for orders."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import Final

from sandboxes.cases.channel import await_hello, channel, sealed
from sandboxes.errors import SetupError
from sandboxes.init import CaseOrder

_DEATH_S: Final = 5.0
_LOG_BYTES: Final = 4096


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


def _arguments(nsjail: Path, *, profile: int, log: int, control: int) -> list[str]:
    arguments = [str(nsjail), "--quiet", "--log_fd", str(log), "--experimental_mnt", "new"]
    arguments += ["--config", f"/proc/self/fd/{profile}", "--pass_fd", str(control)]
    return [*arguments, "--", "/.init", str(control)]
