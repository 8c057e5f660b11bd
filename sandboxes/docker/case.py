"""A case in a container: a process that the Docker engine has started there, waiting to carry out one command."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from typing_extensions import override

from sandboxes.boxfiles import Harvest
from sandboxes.cases.case import Case, Host, Maker
from sandboxes.docker.group import ContainerGroup
from sandboxes.limits import Command, Limits, Standby
from sandboxes.slots import Slot


class Around(Maker, Protocol):
    """The container around a case. Its methods raise :class:`sandboxes.errors.SetupError`."""

    def size_scratch(self, limits: Limits) -> None:
        """Let scratch hold what ``limits`` say."""
        ...

    def show(self, artefact: Path | None) -> None:
        """Have programs see ``artefact`` at ``/app``, or nothing."""
        ...

    def end_all(self, init: int) -> None:
        """Kill everything but process 1; ``init``: a descriptor that hangs up with the case's, or -1."""
        ...

    def harvest(self, directory: str, *, most_bytes: int) -> Harvest:
        """The files of a directory in ``/box``, where they cannot be seen from outside."""
        ...


class ContainerCase(Case):
    """See :class:`Case`; the container's scratch, groups and ``/app`` are its own while it lives."""

    def __init__(self, host: Host, around: Around, slot: Slot, group: ContainerGroup, *, standby: Standby) -> None:
        """Raises :class:`sandboxes.errors.SetupError`."""
        self._around = around
        super().__init__(host, around, slot, group, standby=standby, program=slot.program)
        try:
            around.size_scratch(standby.limits)
        except BaseException:
            self.close()
            raise

    @override
    def show(self, artefact: Path) -> int:
        return -1

    @override
    def send(self, command: Command, limits: Limits, *, artefact: int) -> None:
        self._around.show(Path(command.artefact) if command.artefact else None)
        super().send(command, limits, artefact=artefact)

    @override
    def kill(self) -> None:
        """Kill everything in it, and wait until all of it is gone.

        Raises :class:`sandboxes.errors.SetupError` when something of it may be alive.
        """
        self._around.end_all(-1 if self.pidfd < 0 else self.control.fileno())

    @override
    def harvest(self, directory: str, *, most_bytes: int) -> Harvest:
        if self.box < 0:
            return self._around.harvest(directory, most_bytes=most_bytes)
        return super().harvest(directory, most_bytes=most_bytes)
