"""A case: one process 1 in namespaces and control groups of its own, waiting to carry out one command."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from sandboxes.boxfiles import Harvest, collect
from sandboxes.cases.channel import await_hello, channel, fill, memory_file, sealed
from sandboxes.cases.mounts import clone_tree
from sandboxes.cases.streams import Stream
from sandboxes.cgroups import Cgroup, Layout
from sandboxes.errors import SetupError
from sandboxes.init import CaseOrder, Failure, Ready, Request, RequestKind, parse_record
from sandboxes.init.protocol import RECORD_BYTES
from sandboxes.limits import Command, Limits, Standby
from sandboxes.observers import Observers
from sandboxes.outcome import Isolation
from sandboxes.slots import Slot, User

ENVIRONMENT: Final[Mapping[str, str]] = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/box",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
}
_PIPE_BYTES: Final = 1 << 18
# Mostly milliseconds; what was mapped is taken down piece by piece, which takes seconds for each GiB of small pieces.
_DEATH_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Host:
    """What every case of this host shares. ``filter`` is the seccomp program (classic BPF), ``init`` the program."""

    init: Path
    filter: bytes
    layout: Layout
    isolation: Isolation
    observers: Observers


class Maker(Protocol):
    """Has cases made: the agent of a jail, or a container."""

    def order(self, order: CaseOrder, *, control: int, stdin: int, stdout: int, stderr: int) -> None:
        """Have a case made; the descriptors are its. Raises :class:`SetupError`."""
        ...


class Case:
    """Made ready for ``standby`` in the jail of ``agent``; carries out one command (``execution.py``), then is gone.

    ``pid`` is the host's number of its process 1, ``box`` a descriptor of its ``/box``, ``group`` its control groups.
    Whoever has it closes it.
    """

    def __init__(
        self,
        host: Host,
        agent: Maker,
        slot: Slot,
        group: Cgroup,
        *,
        standby: Standby,
        program: User,
    ) -> None:
        """Make it in ``group``, which remains the caller's, and wait until it is ready.

        ``program``: whom it takes the program for, inside. Raises :class:`SetupError`.
        """
        self.host = host
        self.group = group
        self.standby = standby
        self._grouped = slot.caller is None
        self._program = program
        self.pidfd = self.box = -1
        self._stdin = -1
        self._owned = contextlib.ExitStack()
        with contextlib.ExitStack() as undo:
            undo.push(self._owned)
            self._order(agent, slot)
            undo.callback(self.kill)
            self.pid, self.box = await_hello(self.control)
            if self.box >= 0:
                self._owned.callback(os.close, self.box)
            self.pidfd = os.pidfd_open(self.pid)
            self._owned.callback(os.close, self.pidfd)
            self.group.limit(memory_bytes=standby.limits.memory_bytes, processes=standby.limits.processes + 1)
            self.group.attach(self.pid)
            if standby.preload is not None:
                self._preload(standby.preload)
            undo.pop_all()

    def _order(self, agent: Maker, slot: Slot) -> None:
        limits = self.standby.limits
        with contextlib.ExitStack() as theirs:
            self.control, init_side = channel()
            self._owned.enter_context(self.control)
            theirs.enter_context(init_side)
            self._stdin, stdin = self._input(slot.program) if self.standby.piped else memory_file("stdin")
            self._owned.callback(self._close_stdin)
            theirs.callback(os.close, stdin)
            stdout, self.stdout = self._pipe(theirs, slot.program)
            stderr, self.stderr = self._pipe(theirs, slot.program)
            uid, gid = self._program.uid, self._program.gid
            order = CaseOrder(uid, gid, limits.scratch_bytes, limits.scratch_inodes)
            agent.order(order, control=init_side.fileno(), stdin=stdin, stdout=stdout, stderr=stderr)

    def _pipe(self, theirs: contextlib.ExitStack, owner: User) -> tuple[int, Stream]:
        ours, writer = os.pipe2(os.O_CLOEXEC)
        self._owned.callback(os.close, ours)
        theirs.callback(os.close, writer)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        # programs that open /dev/stdout again need to own it
        os.fchown(writer, owner.uid, owner.gid)
        return writer, Stream(ours)

    @staticmethod
    def _input(owner: User) -> tuple[int, int]:
        """A pipe to the program: our end and its."""
        reader, writer = os.pipe2(os.O_CLOEXEC)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        os.fchown(reader, owner.uid, owner.gid)
        return writer, reader

    def _preload(self, argv: tuple[str, ...]) -> None:
        """Have it started, and wait until it waits in its turn. Raises :class:`SetupError`."""
        command = Command(steps=(argv,), environment=self.standby.environment)
        self._send(RequestKind.PRELOAD, self._request(command, self.standby.limits, preloaded=False))
        try:
            data = self.control.recv(RECORD_BYTES)
        except OSError as error:
            raise SetupError(f"what was to be preloaded is not ready: {error}") from error
        record = parse_record(data) if data else None
        if not isinstance(record, Ready):
            raise SetupError(record.text if isinstance(record, Failure) else "what was to be preloaded is gone")

    def alive(self) -> bool:
        """Whether it still waits as it should. Its last word, if it has failed, is not read here."""
        poll = select.poll()
        poll.register(self.pidfd, select.POLLIN)
        poll.register(self.control, select.POLLIN)
        return not poll.poll(0)

    def give_input(self, content: bytes) -> None:
        """What the program will read; once."""
        fill(self._stdin, content)
        self._close_stdin()

    def take_input(self) -> int:
        """Our end of the pipe that the program reads, now the caller's; once."""
        descriptor, self._stdin = self._stdin, -1
        return descriptor

    def show(self, artefact: Path) -> int:
        """Have the program see ``artefact`` at ``/app``.

        Returns a mount to send with the command, or -1 where none has to be. Raises :class:`SetupError`.
        """
        return clone_tree(artefact)

    def harvest(self, directory: str, *, most_bytes: int) -> Harvest:
        """The files of a directory in its ``/box``, once everything in it is dead. Raises :class:`SetupError`."""
        return collect(self.box, directory, most_bytes=most_bytes)

    def send(self, command: Command, limits: Limits, *, artefact: int) -> None:
        """Have the command carried out; ``artefact``: a mount for ``/app``, or -1. Raises :class:`SetupError`."""
        self.control.setblocking(False)  # noqa: FBT003  the only argument there is
        preloaded = self.standby.preload is not None
        more = [] if artefact < 0 else [artefact]
        self._send(RequestKind.RUN, self._request(command, limits, preloaded=preloaded), *more)

    def _request(self, command: Command, limits: Limits, *, preloaded: bool) -> bytes:
        return Request(
            command=command,
            limits=limits,
            environment=[f"{name}={value}" for name, value in {**ENVIRONMENT, **command.environment}.items()],
            filter=self.host.filter,
            uid=self._program.uid,
            gid=self._program.gid,
            preloaded=preloaded,
            grouped=self._grouped,
        ).encode()

    def _send(self, kind: RequestKind, request: bytes, *more: int) -> None:
        file = sealed("request", request)
        try:
            socket.send_fds(self.control, [kind.encode()], [file, *more])
        except OSError as error:
            raise SetupError(f"process 1 of a case is gone: {error}") from error
        finally:
            os.close(file)

    def kill(self) -> None:
        """Kill everything in it, and wait until all of it is gone. Raises :class:`SetupError` if it is not.

        With init its pid namespace dies, whatever is in it. Before it has said hello it leaves when we hang up.
        """
        if self.pidfd < 0:
            self.group.kill()
            self.control.close()
            return
        poll = select.poll()
        poll.register(self.pidfd, select.POLLIN)
        if not poll.poll(0):  # one that has reported has left, or is about to
            self.group.kill()
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
            if not poll.poll(_DEATH_S * 1000):
                raise SetupError(f"process 1 of a case does not die within {_DEATH_S:.0f} s")

    def close(self) -> None:
        """End it, wait until everything in it is gone, and give everything but its control groups back.

        Raises :class:`SetupError` as :meth:`kill` does.
        """
        with self._owned:
            self.kill()

    def _close_stdin(self) -> None:
        if self._stdin >= 0:
            os.close(self._stdin)
            self._stdin = -1
