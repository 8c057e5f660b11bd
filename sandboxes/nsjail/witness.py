"""What a jail of this host really is: seen from outside, once, on a program that runs in one."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path
from typing import Final

from sandboxes.cases.witness import NAMESPACES, Observation, build_witness, observe
from sandboxes.cgroups import Layout
from sandboxes.errors import IsolationError, SetupError
from sandboxes.limits import Command
from sandboxes.nsjail.jail import Jail, JailHost
from sandboxes.outcome import Isolation
from sandboxes.slots import Slot, Slots

WRITABLE: Final = frozenset({"/box", "/tmp", "/dev/shm", "/dev/null", "/dev/zero", "/dev/full"})  # noqa: S108 - a jail's


def isolation_of(seen: Observation, layout: Layout, slot: Slot) -> Isolation:
    """What is claimed in every result, and what is missing, by what was seen of a program in ``slot``. Pure."""
    own = slot.caller is None and seen.ids == {slot.program_uid}
    connected = "network" not in seen.namespaces or not seen.interfaces <= {"lo"}
    groups = {
        "memory limit": layout.memory,
        "process limit": layout.processes,
        "CPU accounting": layout.cpu,
        "CPU share": layout.share,
    }
    needed = {
        **{f"{name} namespace": name in seen.namespaces for name in NAMESPACES},
        "empty network": not connected,
        "user id of its own": own,
        "dropped capabilities": seen.capabilities == 0,
        "no_new_privs": seen.no_new_privs,
        "system call filter": seen.filters > 0,
        "read-only image": seen.writable <= WRITABLE,
        **{name: place is not None and place.directory in seen.groups for name, place in groups.items()},
    }
    return Isolation(
        backend="nsjail",
        cgroup=layout.kind,
        memory_accounting=layout.memory_accounting,
        seccomp=seen.filters > 0,
        namespaces=seen.namespaces,
        separate_uid=own,
        network=connected,
        warm=False,
        missing=tuple(name for name, there in needed.items() if not there),
    )


def observed(host: JailHost, slots: Slots, *, runtime: Path, allow_degraded: bool) -> JailHost:
    """``host`` with the isolation that a program in a jail was seen to have.

    ``runtime``: directory in which an empty image may be laid out; the witness is built beside init. Raises
    :class:`IsolationError` naming what is missing, unless ``allow_degraded``, and always when no jail can be had.
    """
    witness = build_witness(host.init.parent)
    bare = runtime / "bare"
    for name in ("usr", "etc"):
        (bare / name).mkdir(parents=True, exist_ok=True)
    command = Command(steps=((f"/app/{witness.name}",),))
    try:
        jail = Jail(host, slots, bare, shown=witness.parent)
        try:
            seen = observe(jail, command)
        finally:
            jail.close()
    except (SetupError, OSError) as error:
        closed = next((str(above) for above in witness.parents if not above.stat().st_mode & stat.S_IXOTH), None)
        if slots.caller is None and closed is not None:  # callers can search what is theirs
            raise IsolationError(
                f"users of jails cannot search {closed}: choose another home, or chmod o+x it"
            ) from error
        raise IsolationError(f"no jail can be had on this host: {error}") from error
    isolation = isolation_of(seen, host.layout, jail.slot)
    if isolation.missing and not allow_degraded:
        raise IsolationError(
            f"jails of this host were seen to have no {', no '.join(isolation.missing)} (cgroups: "
            f"{isolation.cgroup}); 'syncode doctor' says more, or allow degraded isolation in the settings"
        )
    return replace(host, isolation=isolation)
