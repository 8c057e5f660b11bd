"""One run from start to end: spawn the jail, release it, watch it, kill it, and read what became of it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandboxes.boxfiles import Harvest, collect
from sandboxes.cgroups import Cgroup, Layout, sweep
from sandboxes.decision import Record, decide
from sandboxes.errors import SetupError
from sandboxes.init import Failure, Hello, Request, Status, parse_record
from sandboxes.init.protocol import RECORD_BYTES
from sandboxes.limits import Command, Limits
from sandboxes.nsjail.profile import PROGRAM_ID, Jail, render
from sandboxes.nsjail.streams import Stream
from sandboxes.outcome import Ending, Isolation, Outcome, Usage
from sandboxes.sandbox import Cancellation
from sandboxes.slots import Slot

ENVIRONMENT: Final[Mapping[str, str]] = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/box",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
}

_SETUP_S: Final = 15.0
_DEATH_S: Final = 5.0
_PIPE_BYTES: Final = 1 << 18
_SEALS: Final = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
_CREDENTIALS: Final = struct.Struct("iii")


@dataclass(frozen=True, slots=True)
class Host:
    """What every run of this host shares."""

    nsjail: Path
    template: str
    filter: bytes
    layout: Layout
    isolation: Isolation


class Run:
    """A run in ``slot``. Use once: :meth:`execute`."""

    def __init__(self, host: Host, jail: Jail, command: Command, limits: Limits, slot: Slot) -> None:
        self._host = host
        self._jail = jail
        self._command = command
        self._limits = limits
        self._slot = slot
        self._status: Status | None = None
        self._killed_for: Ending | None = None
        self._init: int | None = None  # a pidfd: unlike a number it cannot come to mean another process
        self._box: int | None = None
        self._owned = contextlib.ExitStack()

    def execute(self, cancellation: Cancellation | None) -> Outcome:
        """Run to the end; returns when nothing of the run is left on the host. Raises :class:`SetupError`."""
        with self._owned:
            sweep(self._host.layout, self._slot.name)  # nothing, unless an earlier run could not be cleared away
            group = Cgroup(self._host.layout, self._slot.name)
            group.create(memory_bytes=self._limits.memory_bytes, processes=self._limits.processes + 1)  # and init
            self._owned.enter_context(group)
            control, stdout, stderr, process, log = self._spawn()
            try:
                init = self._await_hello(control, process, log)
                started = self._release(control, group, init)
                self._watch(control, stdout, stderr, group, started, cancellation)
            finally:
                self._end(group, process)
            for stream in (stdout, stderr):
                stream.drain(most_bytes=_PIPE_BYTES)
            return self._outcome(group, stdout, stderr, started)

    # -- start ---------------------------------------------------------------------------------------------------

    def _spawn(self) -> tuple[socket.socket, Stream, Stream, subprocess.Popen[bytes], int]:
        request = Request(
            command=self._command,
            limits=self._limits,
            environment=[f"{name}={value}" for name, value in {**ENVIRONMENT, **self._command.environment}.items()],
            filter=self._host.filter,
            uid=PROGRAM_ID,
            gid=PROGRAM_ID,
        )
        with contextlib.ExitStack() as theirs:
            profile = render(self._host.template, self._jail, self._limits, self._slot)
            stdin = self._sealed("stdin", self._command.stdin, theirs)
            asked = self._sealed("request", request.encode(), theirs)
            policy = self._sealed("profile", profile.encode(), theirs)
            log = os.memfd_create("log", os.MFD_CLOEXEC)
            self._owned.callback(os.close, log)
            ours, init_side = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._owned.enter_context(ours)
            theirs.enter_context(init_side)
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            ours.settimeout(_SETUP_S)
            stdout_end, stdout = self._pipe(theirs, self._limits.stdout_bytes)
            stderr_end, stderr = self._pipe(theirs, self._limits.stderr_bytes)
            passed = (init_side.fileno(), asked)
            arguments = [str(self._host.nsjail), "--quiet", "--log_fd", str(log), "--experimental_mnt", "new"]
            arguments += ["--config", f"/proc/self/fd/{policy}"]
            for descriptor in passed:
                arguments += ["--pass_fd", str(descriptor)]
            arguments += ["--", "/.init", *map(str, passed)]
            try:
                process = subprocess.Popen(
                    arguments,
                    stdin=stdin,
                    stdout=stdout_end,
                    stderr=stderr_end,
                    pass_fds=(*passed, policy, log),
                    env={},
                    cwd="/",
                )
            except OSError as error:
                raise SetupError(f"nsjail cannot be started: {error}") from error
        return ours, stdout, stderr, process, log

    def _pipe(self, theirs: contextlib.ExitStack, keep_bytes: int) -> tuple[int, Stream]:
        ours, writer = os.pipe2(os.O_CLOEXEC)
        self._owned.callback(os.close, ours)
        theirs.callback(os.close, writer)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        # programs that open /dev/stdout again need to own it
        os.fchown(writer, self._slot.program_uid, self._slot.program_uid)
        return writer, Stream(ours, keep_bytes=keep_bytes)

    @staticmethod
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

    def _await_hello(self, control: socket.socket, process: subprocess.Popen[bytes], log: int) -> int:
        """Wait until the jail is ready; the host's process id of init. Raises :class:`SetupError`."""
        sender: int | None = None
        space = socket.CMSG_SPACE(_CREDENTIALS.size) + socket.CMSG_SPACE(4)
        try:
            data, ancillary, _, _ = control.recvmsg(RECORD_BYTES, space, socket.MSG_CMSG_CLOEXEC)
        except TimeoutError:
            raise SetupError(f"the jail was not ready within {_SETUP_S:.0f} s{self._log_text(log)}") from None
        for _, kind, payload in ancillary:
            if kind == socket.SCM_RIGHTS:
                self._box = struct.unpack("i", payload[:4])[0]
                self._owned.callback(os.close, self._box)
            elif kind == socket.SCM_CREDENTIALS:
                sender = _CREDENTIALS.unpack(payload)[0]
        if not data:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_DEATH_S)
            raise SetupError(f"the jail could not be set up{self._log_text(log)}")
        record = parse_record(data)
        if isinstance(record, Failure):
            raise SetupError(record.text)
        if not isinstance(record, Hello) or not sender or self._box is None:
            raise SetupError("init did not say hello")
        self._init = os.pidfd_open(sender)
        self._owned.callback(os.close, self._init)
        return sender

    @staticmethod
    def _log_text(log: int) -> str:
        text = os.pread(log, 4096, 0).decode(errors="replace").strip()
        return f": {text}" if text else ""

    @staticmethod
    def _release(control: socket.socket, group: Cgroup, init: int) -> float:
        """Move init into the run's group and let it go; the moment of release (monotonic, s)."""
        group.attach(init)
        control.setblocking(False)
        started = time.monotonic()
        try:
            control.send(b"!")
        except OSError as error:
            raise SetupError(f"init is gone before it was released: {error}") from error
        return started

    # -- watch ---------------------------------------------------------------------------------------------------

    def _watch(
        self,
        control: socket.socket,
        stdout: Stream,
        stderr: Stream,
        group: Cgroup,
        started: float,
        cancellation: Cancellation | None,
    ) -> None:
        """Until init has reported or hung up, or a limit is passed. Every wait ends by an event or a deadline."""
        clock = _Clock(self._limits, started)
        streams = {stream.descriptor: stream for stream in (stdout, stderr)}
        with select.epoll() as epoll:
            epoll.register(control, select.EPOLLIN)
            for descriptor in streams:
                epoll.register(descriptor, select.EPOLLIN)
            watched = group.watch_oom()
            if watched:
                epoll.register(*watched)
            if cancellation:
                epoll.register(cancellation.fd, select.EPOLLIN)
            while self._killed_for is None:
                for descriptor, _ in epoll.poll(clock.wait_s(group)):
                    if stream := streams.get(descriptor):
                        if not stream.read():
                            epoll.unregister(descriptor)
                        if stdout.written_bytes + stderr.written_bytes > self._limits.output_bytes:
                            self._killed_for = Ending.OUTPUT_LIMIT
                    elif cancellation and descriptor == cancellation.fd:
                        self._killed_for = Ending.CANCELLED
                    elif descriptor == control.fileno():
                        self._hear(control)
                        return
                    elif group.oom_kills():
                        self._killed_for = Ending.MEMORY_LIMIT
                self._killed_for = self._killed_for or clock.passed(group)

    def _hear(self, control: socket.socket) -> None:
        """Take init's last word. A hang-up without one is no status; the decision knows what that means."""
        with contextlib.suppress(ConnectionResetError):
            if data := control.recv(RECORD_BYTES):
                record = parse_record(data)
                if isinstance(record, Failure):
                    raise SetupError(record.text)
                if isinstance(record, Status):
                    self._status = record

    # -- end -----------------------------------------------------------------------------------------------------

    def _end(self, group: Cgroup, process: subprocess.Popen[bytes]) -> None:
        """Kill everything and wait for it: the group at a stroke, init (and with it the namespace), then nsjail."""
        group.kill()
        if self._init is None:
            process.kill()
        elif not self._status:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._init, signal.SIGKILL)
        try:
            process.wait(_DEATH_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _outcome(self, group: Cgroup, stdout: Stream, stderr: Stream, started: float) -> Outcome:
        status = self._status
        wall_ms = (time.monotonic() - started) * 1000
        cpu_ms = group.cpu_ms()
        if status:
            wall_ms = (status.ended_ns - status.started_ns) / 1e6
            if cpu_ms is None:
                cpu_ms = (status.user_us + status.system_us) / 1000
        record = Record(
            exit_code=status.exit_code if status else None,
            signal=status.signal if status else None,
            killed_for=self._killed_for,
            wall_ms=wall_ms,
            cpu_ms=cpu_ms,
            cpu_fact=self._host.layout.cpu_fact,
            memory_bytes=group.memory_peak_bytes(),
            oom_kills=group.oom_kills(),
            oom_fact=group.oom_fact,
            output_bytes=stdout.written_bytes + stderr.written_bytes,
            refused_processes=group.refused_processes(),
        )
        decision = decide(record, self._limits)
        harvest = Harvest(files={}, refused=())
        wanted = self._command.collect
        if wanted and self._box is not None and decision.ending is Ending.EXITED and decision.exit_code == 0:
            harvest = collect(self._box, wanted, most_bytes=self._command.collect_bytes)
        return Outcome(
            ending=decision.ending,
            exit_code=decision.exit_code,
            signal=decision.signal,
            step=status.step if status else 0,
            limit=decision.limit,
            evidence=decision.evidence,
            usage=Usage(
                wall_ms=wall_ms,
                cpu_ms=cpu_ms,
                memory_bytes=record.memory_bytes,
                oom_kills=record.oom_kills,
                stdout_bytes=stdout.written_bytes,
                stderr_bytes=stderr.written_bytes,
            ),
            stdout=stdout.kept,
            stderr=stderr.kept,
            isolation=self._host.isolation,
            collected=harvest.files,
            refused=harvest.refused,
        )


class _Clock:
    """When to look next, and which time limit is passed.

    CPU time cannot reach its limit before ``left / processors`` of wall time has gone by, so that is when we look
    again: a few looks a second for a program far from its limit, one a millisecond close to it, none without need.
    """

    _CLOSEST_S: Final = 0.001

    def __init__(self, limits: Limits, started: float) -> None:
        self._limits = limits
        self._processors = os.cpu_count() or 1
        self._wall_ends = started + limits.wall_ms / 1000

    def wait_s(self, group: Cgroup) -> float:
        """How long nothing can happen that only a look at the clocks would show."""
        wall_left = self._wall_ends - time.monotonic()
        used_ms = group.cpu_ms()
        cpu_left = wall_left if used_ms is None else (self._limits.cpu_ms - used_ms) / 1000 / self._processors
        return max(min(wall_left, cpu_left), self._CLOSEST_S)

    def passed(self, group: Cgroup) -> Ending | None:
        """The time limit that is passed by now."""
        used_ms = group.cpu_ms()
        if used_ms is not None and used_ms >= self._limits.cpu_ms:
            return Ending.CPU_LIMIT
        if time.monotonic() >= self._wall_ends:
            return Ending.WALL_LIMIT
        return None
