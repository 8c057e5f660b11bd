"""The Docker backend: reaches the engine, checks that its containers isolate, and opens sessions."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from typing_extensions import override

from sandboxes import cgroups, seccomp
from sandboxes.cases.backend import PooledBackend
from sandboxes.cases.case import Host
from sandboxes.cases.permits import Permits
from sandboxes.cases.session import WarmJail
from sandboxes.docker import profile
from sandboxes.docker.container import Container, DockerHost
from sandboxes.docker.daemon import Daemon, EngineFacts
from sandboxes.docker.images import Images
from sandboxes.docker.witness import observed
from sandboxes.errors import ImageError, IsolationError, SetupError
from sandboxes.init import build_init
from sandboxes.observers import Observers
from sandboxes.outcome import Isolation
from sandboxes.slots import RUNTIME, Slots


class DockerSandbox(PooledBackend):
    """Runs commands in containers of a Docker engine of this host, ``slots`` at once. Made by :meth:`open`.

    A submission has a container of its own, and one more for every run of it that goes on beside another.
    """

    def __init__(self, host: DockerHost, slots: Slots, permits: Permits) -> None:
        super().__init__(slots, permits)
        self._host = host

    @classmethod
    def open(
        cls,
        home: Path,
        *,
        slots: int,
        allow_degraded: bool = False,
        address: str | None = None,
        runtime: str | None = None,
    ) -> DockerSandbox:
        """Reach the engine at ``address``, clear away what was left, and see what its containers are.

        ``address``: ``unix://…``; ``None``: where engines are by default. ``runtime``: one that the engine knows, such
        as ``runsc``; ``None``: its default. Raises :class:`IsolationError` when anything required is missing.
        """
        if os.geteuid() != 0:
            raise IsolationError(
                f"containers are limited and measured through their control groups, which takes root; this process is "
                f"user {os.geteuid()}"
            )
        with contextlib.ExitStack() as undo:
            daemon = undo.enter_context(contextlib.closing(Daemon.connect(address)))
            try:
                facts = daemon.facts()
                check(facts, runtime)
            except SetupError as error:
                raise IsolationError(str(error)) from error
            taken = Slots(RUNTIME / "slots", slots)
            undo.callback(taken.close)
            directory = home.absolute() / "run/docker"
            directory.mkdir(parents=True, exist_ok=True)
            host = DockerHost(
                daemon=daemon,
                images=Images(daemon, home=home.absolute(), directory=directory / "images"),
                shared=_shared(home),
                directory=directory,
                seccomp=profile.seccomp_profile(*seccomp.tables()),
                masked=profile.masked_paths(),
                parent=_parent(facts),
                runtime=runtime,
            )
            _sweep(daemon, taken)
            host = observed(host, taken, allow_degraded=allow_degraded)
            with contextlib.suppress(ImageError, SetupError):  # what is left there takes room and does no other harm
                host.images.prune()
            processors = tuple(sorted(os.sched_getaffinity(0)))
            pinned = slots <= len(processors) and host.shared.layout.pin
            undo.pop_all()
        return cls(host, taken, Permits(slots, processors if pinned else ()))

    @property
    def isolation(self) -> Isolation:
        """What every run of this host gets, as seen when the sandbox was opened."""
        return self._host.shared.isolation

    @property
    @override
    def observers(self) -> Observers:
        """Who is told what containers cost beside the programs in them, and when they fail."""
        return self._host.shared.observers

    @override
    def _start(self, rootfs: Path) -> WarmJail:
        return Container(self._host, self._slots, rootfs)

    @override
    def close(self) -> None:
        """See :meth:`sandboxes.cases.backend.PooledBackend.close`."""
        with contextlib.closing(self._host.daemon):
            super().close()


def check(facts: EngineFacts, runtime: str | None) -> None:
    """Raise :class:`IsolationError` where no container of such an engine could be what runs need."""
    if "rootless" in facts.security:
        raise IsolationError("a rootless Docker engine cannot be used: it has no user ids of its own to give to runs")
    if "seccomp" not in facts.security:
        raise IsolationError("the Docker engine has no seccomp")
    if runtime is not None and runtime not in facts.runtimes:
        raise IsolationError(
            f"the Docker engine has no runtime {runtime} (it has {', '.join(facts.runtimes)}): add it to its "
            "daemon.json, or change SYNCODE_DOCKER_RUNTIME"
        )


def _parent(facts: EngineFacts) -> str | None:
    """Our own group, in which runs have as great a share of the processors as in jails.

    Where systemd makes the groups it is one of its slices that has the share, and all containers are in the same.
    """
    if facts.cgroup_driver != "cgroupfs":
        return None
    cgroups.detect()
    return f"/{cgroups.OURS}"


def _shared(home: Path) -> Host:
    layout = cgroups.Layout(memory=None, processes=None, cpu=None, share=None, pin=None, kill=None)
    nothing = Isolation(  # nothing is claimed that was not seen
        backend="docker",
        cgroup=layout.kind,
        memory_accounting=layout.memory_accounting,
        seccomp=False,
        namespaces=(),
        separate_uid=False,
        network=True,
        warm=False,
    )
    return Host(
        init=build_init(home.absolute() / "init"),
        filter=seccomp.program(),
        layout=layout,
        isolation=nothing,
        observers=Observers(),
    )


def _sweep(daemon: Daemon, slots: Slots) -> None:
    """Remove what dead engines left in slots that only we can be using now."""
    layout = cgroups.detect()
    try:
        for slot in slots.abandoned():
            cgroups.sweep(layout, slot.name)  # of jails: slots are the host's, whatever they are used for
            for container in daemon.containers(label=f"{profile.SLOT_LABEL}={slot.number}"):
                daemon.remove(container)
    except SetupError as error:
        raise IsolationError(str(error)) from error
