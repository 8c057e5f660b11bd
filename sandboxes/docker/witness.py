"""What a container of this host really is: seen from outside, once, on a program that runs in one."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from typing import Final

from sandboxes.cases.witness import NAMESPACES, Observation, begin, build_witness, look, observe
from sandboxes.cgroups import Layout
from sandboxes.docker.container import Container, DockerHost
from sandboxes.errors import IsolationError, SetupError
from sandboxes.limits import Command
from sandboxes.outcome import Isolation
from sandboxes.slots import Slot, Slots

# The Docker engine gives every container these; what is in them is root's, or harmless devices.
_DOCKERS_OWN: Final = frozenset({"/dev", "/dev/pts", "/dev/mqueue", "/proc"})
WRITABLE: Final = frozenset({"/box", "/tmp", "/dev/shm"}) | _DOCKERS_OWN  # noqa: S108  a container's
# A container's ids are the host's: without a user namespace nothing else misses it.
REQUIRED_NAMESPACES: Final = tuple(name for name in NAMESPACES if name != "user")


def isolation_of(seen: Observation, layout: Layout, slot: Slot) -> Isolation:
    """What is claimed in every result, and what is missing, by what was seen of a program in ``slot``. Pure."""
    own = seen.ids == {slot.program_uid}
    connected = "network" not in seen.namespaces or not seen.interfaces <= {"lo"}
    groups = {
        "memory limit": layout.memory,
        "process limit": layout.processes,
        "CPU accounting": layout.cpu,
        "CPU share": layout.share,
    }
    # what hides a file of /proc is a device, which may be written to; what is below /sys is hidden itself
    writable = {place for place in seen.writable - WRITABLE if not place.startswith(("/proc/", "/sys/"))}
    needed = {
        **{f"{name} namespace": name in seen.namespaces for name in REQUIRED_NAMESPACES},
        "empty network": not connected,
        "user id of its own": own,
        "dropped capabilities": seen.capabilities == 0,
        "no_new_privs": seen.no_new_privs,
        "system call filter": seen.filters > 0,
        "read-only image": not writable,
        **{name: place is not None and place.directory in seen.groups for name, place in groups.items()},
    }
    return Isolation(
        backend="docker",
        cgroup=layout.kind,
        memory_accounting=layout.memory_accounting,
        seccomp=seen.filters > 0,
        namespaces=seen.namespaces,
        separate_uid=own,
        network=connected,
        warm=False,
        missing=tuple(name for name, there in needed.items() if not there),
    )


def isolation_of_guest(seen: Observation, layout: Layout) -> Isolation:
    """The same for a container with a kernel of its own, by what was seen of that kernel's process on the host. Pure.

    Programs are its processes, not the host's: their ids, capabilities and mounts are its affair, and reach nothing.
    """
    connected = "network" not in seen.namespaces or not seen.interfaces <= {"lo"}
    groups = {
        "memory limit": layout.memory,
        "process limit": layout.processes,
        "CPU accounting": layout.cpu,
        "CPU share": layout.share,
    }
    needed = {
        **{f"{name} namespace": name in seen.namespaces for name in ("user", "mount", "network")},
        "empty network": not connected,
        "no_new_privs": seen.no_new_privs,
        "system call filter": seen.filters > 0,
        "read-only image": not seen.writable,
        **{name: place is not None and place.directory in seen.groups for name, place in groups.items()},
    }
    return Isolation(
        backend="docker",
        cgroup=layout.kind,
        memory_accounting=layout.memory_accounting,
        seccomp=seen.filters > 0,
        namespaces=seen.namespaces,
        separate_uid=False,
        network=connected,
        warm=False,
        missing=tuple(name for name, there in needed.items() if not there),
    )


def _hint(runtime: str | None) -> str:
    """What most often is wrong with a runtime, for whoever has chosen one."""
    if runtime is None:
        return ""
    return f" (with the runtime {runtime}; gVisor's needs the arguments --network=none and --host-uds=open)"


def observed(host: DockerHost, slots: Slots, *, allow_degraded: bool) -> DockerHost:
    """``host`` with the isolation that a program in a container was seen to have, and the layout of its groups.

    Raises :class:`IsolationError` naming what is missing, unless ``allow_degraded``, and always when no container can
    be had.
    """
    witness = build_witness(host.shared.init.parent)
    bare = host.directory / "bare"
    for name in ("usr", "etc"):
        (bare / name).mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=host.directory) as artefact:
            shutil.copy2(witness, artefact)
            container = Container(host, slots, bare)
            try:
                layout, _ = container.groups
                command = Command(steps=((f"/app/{witness.name}",),), artefact=artefact)
                if container.guest:
                    case = begin(container, command)
                    isolation = isolation_of_guest(look(case.pid, case), layout)
                else:
                    isolation = isolation_of(observe(container, command), layout, container.slot)
            finally:
                container.close()
    except (SetupError, OSError) as error:
        raise IsolationError(f"no container can be had on this host: {error}{_hint(host.runtime)}") from error
    if isolation.missing and not allow_degraded:
        raise IsolationError(
            f"containers of this host were seen to have no {', no '.join(isolation.missing)} (cgroups: "
            f"{isolation.cgroup}); 'syncode doctor' says more, or allow degraded isolation in the settings"
        )
    return replace(host, shared=replace(host.shared, layout=layout, isolation=isolation))
