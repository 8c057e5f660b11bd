"""A container: started on one image in a slot of its own, and the case that is ready in it."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import socket
import struct
import threading
import time
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sandboxes.boxfiles import MOST_FILES, Harvest
from sandboxes.cases.case import Case, Host
from sandboxes.cases.channel import await_hello
from sandboxes.cgroups import Layout, layout_of
from sandboxes.docker import profile
from sandboxes.docker.artefact import AppDirectory
from sandboxes.docker.case import ContainerCase
from sandboxes.docker.daemon import Daemon
from sandboxes.docker.group import ContainerGroup
from sandboxes.docker.harvest import unpack
from sandboxes.docker.images import Images
from sandboxes.docker.scratch import resize
from sandboxes.errors import SetupError
from sandboxes.images.seal import ETC_STUB
from sandboxes.init import CaseOrder, Ready, RequestKind, parse_record
from sandboxes.init.protocol import RECORD_BYTES
from sandboxes.limits import Command, Limits, Standby
from sandboxes.observers import Stage
from sandboxes.slots import Slot, Slots

_CONNECT_S: Final = 15.0
_DEATH_S: Final = 5.0
_REMOVED_S: Final = 30.0
_NAP_S: Final = 0.01
_HEADERS_BYTES: Final = 4096  # of one file in an archive, with its padding
_PEER: Final = struct.Struct("iII")


@dataclass(frozen=True, slots=True)
class DockerHost:
    """What all containers of one sandbox share.

    ``shared``     what cases share, whatever makes them
    ``directory``  where each slot's sockets and ``/app`` are
    ``parent``     the control group in which the Docker engine makes those of containers; ``None``: its choice
    ``runtime``    what it runs containers with; ``None``: its default
    """

    daemon: Daemon
    images: Images
    shared: Host
    directory: Path
    seccomp: str
    masked: tuple[str, ...]
    parent: str | None
    runtime: str | None


class Container:
    """A place for the runs of one submission, one at a time. Whoever has it closes it, when nothing runs in it.

    One whose process 1 has gone, killed for want of memory, is replaced when it is needed again.
    """

    def __init__(self, host: DockerHost, slots: Slots, rootfs: Path) -> None:
        """Start it and wait until its process 1 is ready. Raises :class:`sandboxes.errors.SandboxError`."""
        self.host = host
        self._slots = slots
        self._rootfs = rootfs
        self.slot: Slot = slots.take()
        self._lock = threading.Lock()  # of the two cases; nothing that takes time is done under it
        self._ready: Case | None = None
        self._used: Case | None = None
        self._id: str | None = None
        self.guest = False  # it has a kernel of its own, into which nobody sees from outside
        self._keeper: socket.socket | None = None
        self._owned = contextlib.ExitStack()
        try:
            self._start(profile.DEFAULT)
        except BaseException:
            self.close()
            raise

    @property
    def groups(self) -> tuple[Layout, ContainerGroup]:
        """Its control groups, and where they lie."""
        return self._layout, self._group

    # ---- what a session and a pool ask of it

    def make_ready(self, standby: Standby) -> None:
        """Have a case ready, for ``standby``, unless there is one: they share the groups that measure them.

        Without its preload where that does not get ready. Raises :class:`SetupError`.
        """
        if self._ready is not None:
            return
        self._clear_away()
        try:
            case = self._make(standby)
        except SetupError:
            if standby.preload is None:
                raise
            case = self._make(Standby(standby.limits, piped=standby.piped))
        with self._lock:
            self._ready = case

    def make_ready_meanwhile(self, standby: Standby, executor: Executor) -> None:
        """Nothing: another case could not be told from the one that runs."""
        del standby, executor

    def take_ready(self, command: Command, limits: Limits) -> Case | None:
        """The case that was made ahead, if it serves the command."""
        with self._lock:
            case = self._ready
            if case is None or self._used is not None or not case.standby.serves(command, limits):
                return None
            self._ready = None
            if case.alive():
                return case
            self._used = case
            return None

    def take(self, command: Command, limits: Limits) -> tuple[Case, bool]:
        """A case for the command, and whether it had been made ahead. Raises :class:`SetupError`."""
        if case := self.take_ready(command, limits):
            return case, True
        self._clear_away()
        return self._make(Standby(limits, piped=command.piped)), False

    def give_back(self, case: Case) -> None:
        """``case`` is spent."""
        with self._lock:
            self._used = case

    def memory_bytes(self) -> int:
        """What it uses while it waits."""
        with contextlib.suppress(OSError):
            return self._group.memory_bytes() or 0
        return 0

    def alive(self) -> bool:
        """Whether it still waits as it should."""
        return self._keeper_alive() and (self._ready is None or self._ready.alive())

    def close(self) -> None:
        """End it with everything in it, and give its slot back. Raises :class:`SetupError`."""
        with contextlib.ExitStack() as owned:
            owned.callback(self._tell_destroyed, time.monotonic())
            owned.callback(self._slots.give_back, self.slot)
            owned.callback(self._destroy)

    # ---- what a case asks of it

    def order(self, order: CaseOrder, *, control: int, stdin: int, stdout: int, stderr: int) -> None:
        """Have a case made; see :class:`sandboxes.cases.case.Maker`."""
        self._group.relax()
        self.host.daemon.execute(self._name, (profile.INIT, "guest" if self.guest else "case", profile.CONTROL))
        with self._accept() as connection:
            socket.send_fds(connection, [order.encode()], [control, stdin, stdout, stderr])

    def size_scratch(self, limits: Limits) -> None:
        """Let scratch hold what ``limits`` say. Raises :class:`SetupError`."""
        if self.guest:  # it was made to hold that
            return
        resize(Path(f"/proc/{self._keeper_pid}/root"), size_bytes=limits.scratch_bytes, inodes=limits.scratch_inodes)

    def show(self, artefact: Path | None) -> None:
        """Have programs see ``artefact`` at ``/app``, or nothing. Raises :class:`SetupError`."""
        self._app.show(artefact)

    def harvest(self, directory: str, *, most_bytes: int) -> Harvest:
        """The files of a directory in ``/box``, packed by a program of the image's. Raises :class:`SetupError`."""
        self._group.relax()
        user = self.slot.program
        script = 'cd /box && [ -d "$0" ] || exit 0; exec tar --create --format=pax --ignore-failed-read -- "$0"'
        argv = ("sh", "-c", script, directory)
        room = most_bytes + MOST_FILES * _HEADERS_BYTES
        archive = self.host.daemon.read(self._name, argv, user=f"{user.uid}:{user.gid}", most_bytes=room)
        if archive is None:  # whose files it cannot be told, but together they are too large
            return Harvest(files={}, refused=(f"{directory}: is larger than what may be taken out",))
        return unpack(archive, directory, most_bytes=most_bytes)

    def end_all(self, init: int) -> None:
        """Kill everything in it but its process 1, and wait until all of it is gone.

        ``init``: a descriptor that hangs up with the case's init, or -1: there is none yet.

        Where that is not answered the whole container goes. Raises :class:`SetupError` when that does not help.
        """
        self._group.note()
        try:
            self._order_end()
            if init >= 0:
                _await_hang_up(init)
                self._order_end()  # what it had to wait for is process 1's to wait for now
        except (OSError, SetupError):
            self._remove()

    # ---- inside

    @property
    def _name(self) -> str:
        if self._id is None:
            raise SetupError("the container is gone")
        return self._id

    def _start(self, scratch: Limits) -> None:
        host, slot = self.host, self.slot
        place = host.directory / slot.name
        if place.exists():  # of an engine that was killed
            shutil.rmtree(place)
        with contextlib.ExitStack() as undo:
            undo.push(self._owned)
            self._owned.callback(shutil.rmtree, place, ignore_errors=True)
            self._app = AppDirectory(place / "app")
            self._listener = self._listen(place / "sockets")
            shown = profile.Shown(host.shared.init, place / "sockets", self._app.path, _write_etc(place / "etc", slot))
            config = profile.container(
                host.images.name(self._rootfs),
                shown,
                slot,
                seccomp=host.seccomp,
                masked=host.masked,
                parent=host.parent,
                runtime=host.runtime,
                scratch=scratch,
            )
            self._scratch = scratch
            self._id = self._start_anew(config)
            self._owned.callback(self._remove)
            self._keeper = self._owned.enter_context(self._accept())
            self._keeper_pid, _ = await_hello(self._keeper)
            self.guest = not os.path.samefile(f"/proc/{self._keeper_pid}/exe", host.shared.init)
            self._layout, name = layout_of(self._keeper_pid)
            if self._id not in name:
                raise SetupError(f"process {self._keeper_pid} is in control group {name}, not in a container's")
            self._group = ContainerGroup(self._layout, name, kernel=self.guest)
            self._owned.callback(self._group.remove)
            undo.pop_all()

    def _start_anew(self, config: dict[str, object]) -> str:
        """Start it; once more with the image taken in again, where somebody has removed it from the engine."""
        try:
            return self.host.daemon.start(config)
        except SetupError:
            self.host.images.forget(self._rootfs)
            return self.host.daemon.start({**config, "Image": self.host.images.name(self._rootfs)})

    def _listen(self, directory: Path) -> socket.socket:
        directory.mkdir(mode=0o700, parents=True)
        listener = self._owned.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        handle = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:  # a home's path may be longer than an address
            listener.bind(f"/proc/self/fd/{handle}/{Path(profile.CONTROL).name}")
        finally:
            os.close(handle)
        listener.listen()
        listener.settimeout(_CONNECT_S)
        return listener

    def _accept(self) -> socket.socket:
        """The next of our processes in the container that calls. Raises :class:`SetupError`."""
        try:
            connection, _ = self._listener.accept()
        except TimeoutError:
            raise SetupError(f"the container did not call within {_CONNECT_S:.0f} s") from None
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        connection.settimeout(_CONNECT_S)
        _, uid, _ = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
        if uid != 0:  # only root can enter the directory
            connection.close()
            raise SetupError(f"user {uid} has called in the name of a container")
        return connection

    def _make(self, standby: Standby) -> Case:
        if not self._keeper_alive() or (self.guest and not _same_scratch(self._scratch, standby.limits)):
            self._destroy()
            self._owned = contextlib.ExitStack()
            self._start(standby.limits)
        shared = replace(self.host.shared, layout=self._layout)
        return ContainerCase(shared, self, self.slot, self._group, standby=standby)

    def _clear_away(self) -> None:
        """Close what is spent, and what was ready and is not wanted."""
        with self._lock:
            cases = [case for case in (self._used, self._ready) if case is not None]
            self._used = self._ready = None
        began = time.monotonic()
        for case in cases:
            case.close()
        if cases:
            self._tell_destroyed(began)

    def _keeper_alive(self) -> bool:
        if self._keeper is None:
            return False
        poll = select.poll()
        poll.register(self._keeper, select.POLLIN)
        return not poll.poll(0)

    def _order_end(self) -> None:
        if self._keeper is None:
            raise SetupError("the container is gone")
        self._keeper.settimeout(_DEATH_S)
        self._keeper.send(RequestKind.END.encode())
        data = self._keeper.recv(RECORD_BYTES)
        if not data or not isinstance(parse_record(data), Ready):
            raise SetupError("the container's process 1 is gone")

    def _remove(self) -> None:
        """Have the Docker engine kill and remove it, and see that it is gone. Raises :class:`SetupError`."""
        gone, self._id = self._id, None
        if self._keeper is not None:
            self._keeper.close()  # it leaves at once
            self._keeper = None
        if gone is None:
            return
        deadline = time.monotonic() + _REMOVED_S
        while True:
            self.host.daemon.remove(gone)
            if not self.host.daemon.is_there(gone):
                return
            if time.monotonic() > deadline:
                raise SetupError(f"the container {gone[:12]} cannot be removed")
            time.sleep(_NAP_S)

    def _destroy(self) -> None:
        with contextlib.ExitStack() as owned:
            owned.push(self._owned)
            owned.callback(self._remove)
            cases = [case for case in (self._ready, self._used) if case is not None]
            self._ready = self._used = None
            for case in cases:
                owned.callback(case.close)

    def _tell_destroyed(self, began: float) -> None:
        self.host.shared.observers.spent(Stage.DESTROY, time.monotonic() - began)


def _same_scratch(one: Limits, other: Limits) -> bool:
    return (one.scratch_bytes, one.scratch_inodes) == (other.scratch_bytes, other.scratch_inodes)


def _await_hang_up(init: int) -> None:
    poll = select.poll()
    poll.register(init, 0)
    if not poll.poll(_DEATH_S * 1000):
        raise SetupError("a case's init does not die")


def _write_etc(directory: Path, slot: Slot) -> dict[str, Path]:
    """The files that the Docker engine would make from the host's, and those that name the slot's user as ``box``."""
    user = slot.program
    texts = {
        "passwd": ETC_STUB["passwd"].replace(":1000:1000:", f":{user.uid}:{user.gid}:"),
        "group": ETC_STUB["group"].replace(":1000:", f":{user.gid}:"),
        "hostname": ETC_STUB["hostname"],
        "hosts": ETC_STUB["hosts"],
        "resolv.conf": "",
    }
    directory.mkdir(parents=True)
    for name, text in texts.items():
        (directory / name).write_text(text)
        (directory / name).chmod(0o644)
    return {name: directory / name for name in texts}
