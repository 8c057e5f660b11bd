"""What a container is, as ``POST /containers/create`` takes it: pure, from values to values."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandboxes.limits import Limits
from sandboxes.seccomp import Architecture, Policy
from sandboxes.slots import Slot

SLOT_LABEL: Final = "org.syncode.slot"
INIT: Final = "/.init"
SOCKETS: Final = "/.syncode"
CONTROL: Final = f"{SOCKETS}/control"
SCRATCH: Final = ("/box", "/tmp", "/dev/shm")  # noqa: S108  a container's

# What init needs, and only for itself: a program has none of them (init drops all, its bounding set included).
#   SETUID, SETGID  become the program's user, and act as it on files
#   SETPCAP         empty the bounding set
#   KILL            end what the program left, which is another user's
# It makes no mounts, namespaces or devices, owns no file of the program's, and needs nothing for those.
CAPABILITIES: Final = ("KILL", "SETGID", "SETPCAP", "SETUID")
# The filter of the whole container is coarse: init gives programs the exact one, and this call is how.
INIT_CALLS: Final = ("seccomp",)

# Of /proc stays what is of processes, and what runtimes look for at their start: they stop where it is there but empty.
PROC_SHOWN: Final = frozenset({"cpuinfo", "meminfo", "stat"})
# Docker makes these for what we do not run: terminals, which come from a pool of the host, and queues.
HIDDEN: Final = ("/sys", "/dev/pts", "/dev/mqueue")
# Docker opens the first two wide, and leaves the last one as the host has it.
SYSCTLS: Final = {
    "net.ipv4.ping_group_range": "1 0",
    "net.ipv4.ip_unprivileged_port_start": "1024",
    "kernel.domainname": "(none)",
}
DEFAULT: Final = Limits()
# While nothing runs in a container the engine starts processes in it with a program of its own, which needs so much.
IDLE_MEMORY_BYTES: Final = 512 << 20
IDLE_PROCESSES: Final = 128
# x32 is among them only to be refused as the program's own filter refuses it, and not by killing who asks.
_ARCHITECTURES: Final = {"x86_64": ("SCMP_ARCH_X86_64", "SCMP_ARCH_X32"), "arm64": ("SCMP_ARCH_AARCH64",)}


@dataclass(frozen=True, slots=True)
class Shown:
    """Paths of the host that a container is shown, all for reading only.

    ``init``     the program
    ``sockets``  a directory that only root may enter, with init's way to the engine
    ``app``      what programs see at ``/app``
    ``etc``      files that take the place of those of the same name in ``/etc``
    """

    init: Path
    sockets: Path
    app: Path
    etc: Mapping[str, Path]


def container(
    image: str,
    shown: Shown,
    slot: Slot,
    *,
    seccomp: str,
    masked: tuple[str, ...],
    parent: str | None,
    runtime: str | None,
    scratch: Limits = DEFAULT,
) -> dict[str, Any]:
    """A container in ``slot``, with init as its process 1; see the comments for what it may and may not.

    ``parent``: the control group in which its own is made; ``None``: the engine's choice. ``runtime`` likewise.
    ``scratch``: whose scratch it begins with.
    """
    user = slot.program
    return {
        "Image": image,
        "Entrypoint": [INIT, "keep", CONTROL],
        "User": "0:0",
        "WorkingDir": "/",
        "Hostname": "box",
        "NetworkDisabled": True,
        "Labels": {SLOT_LABEL: str(slot.number)},
        "HostConfig": {
            "AutoRemove": True,
            "NetworkMode": "none",
            "IpcMode": "none",  # namespace of its own, and no /dev/shm but ours
            "CgroupnsMode": "private",
            # the ids are the slot's, on the host too: no two containers share a user, or its quotas
            "UsernsMode": "host",
            "ReadonlyRootfs": True,
            "CapDrop": ["ALL"],
            "CapAdd": list(CAPABILITIES),
            "SecurityOpt": ["no-new-privileges:true", f"seccomp={seccomp}"],
            "MaskedPaths": list(masked),
            "Sysctls": SYSCTLS,
            "ReadonlyPaths": [],
            "LogConfig": {"Type": "none"},  # a log on the host's disk is one more thing to fill
            "Memory": IDLE_MEMORY_BYTES,
            "MemorySwap": IDLE_MEMORY_BYTES,
            "PidsLimit": IDLE_PROCESSES,
            "OomScoreAdj": 0,
            "Tmpfs": {place: _tmpfs(place, user.uid, user.gid, scratch) for place in SCRATCH},
            "Mounts": [
                _bind(shown.init, INIT),
                _bind(shown.sockets, SOCKETS),
                _bind(shown.app, "/app"),
                *(_bind(path, f"/etc/{name}") for name, path in shown.etc.items()),
            ],
            **({"CgroupParent": parent} if parent else {}),
            **({"Runtime": runtime} if runtime else {}),
        },
    }


def _tmpfs(place: str, uid: int, gid: int, scratch: Limits) -> str:
    execute = "noexec" if place == "/dev/shm" else "exec"  # noqa: S108  as in every jail
    size = f"size={scratch.scratch_bytes},nr_inodes={scratch.scratch_inodes}"
    return f"rw,nosuid,nodev,{execute},{size},mode=0700,uid={uid},gid={gid}"


def _bind(source: Path, target: str) -> dict[str, Any]:
    return {
        "Type": "bind",
        "Source": str(source),
        "Target": target,
        "ReadOnly": True,
        "BindOptions": {"Propagation": "rprivate"},
    }


def masked_paths(proc: Path = Path("/proc")) -> tuple[str, ...]:
    """What containers do not see: of ``/proc`` everything that is not of processes, and :data:`HIDDEN`."""
    names = (entry.name for entry in os.scandir(proc) if not entry.is_symlink() and not entry.name.isdigit())
    return (*(f"/proc/{name}" for name in sorted(names) if name not in PROC_SHOWN), *HIDDEN)


def seccomp_profile(policy: Policy, architectures: tuple[Architecture, ...]) -> str:
    """The policy's calls as Docker takes them: whatever no program may call, nothing in the container may.

    Arguments are not looked at: what may be called with some is allowed, and the filter that init gives the program
    says with which.
    """
    allowed = {call for call, answer in policy.answers.items() if answer.error is None} | set(policy.rules)
    refused: dict[int, list[str]] = {}
    for call, answer in policy.answers.items():
        if answer.error and call not in INIT_CALLS:
            refused.setdefault(answer.error, []).append(call)
    return json.dumps(
        {
            "defaultAction": "SCMP_ACT_ERRNO",
            "defaultErrnoRet": policy.default.error,
            "archMap": [
                {"architecture": native, "subArchitectures": others}
                for native, *others in (_ARCHITECTURES[each.name] for each in architectures)
            ],
            "syscalls": [
                {"names": sorted(allowed | set(INIT_CALLS)), "action": "SCMP_ACT_ALLOW"},
                *(
                    {"names": sorted(calls), "action": "SCMP_ACT_ERRNO", "errnoRet": error}
                    for error, calls in sorted(refused.items())
                ),
            ],
        }
    )
