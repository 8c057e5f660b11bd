"""What an engine and its runs hold on this host at one moment: read before and after, it shows what runs leave."""

from __future__ import annotations

import contextlib
import gc
import os
import re
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sandboxes import cgroups
from sandboxes.nsjail import NsjailSandbox
from sandboxes.slots import Slot

OWN: Final = (
    "processes of the slots' users",
    "children of the engine",
    "control groups of the slots",
    "mounts",
    "open descriptors",
    "threads",
    "files in the workspace",
)
"""What nobody but this engine changes: it has to be the same afterwards."""

BLOCKS: Final = "memory blocks of Python objects"
RSS: Final = "resident memory, KiB"

_SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - looked at, nothing is written there
_NAMESPACES: Final = ("net_namespace", "pid_namespace", "user_namespace", "uts_namespace")


def footprint(sandbox: NsjailSandbox, workspace: Path) -> dict[str, int]:
    """Counts by name; the names of :data:`OWN` first, then what the whole host shares. No run may be going on."""
    slots, layout = sandbox.reachable_slots, cgroups.detect()
    own = (
        sum(1 for _ in _processes(slots)),
        sum(len(_words(task / "children")) for task in Path("/proc/self/task").iterdir()),
        sum(len(cgroups.left_of(layout, slot.name)) for slot in slots),
        Path("/proc/self/mountinfo").read_text().count("\n"),
        len(os.listdir("/proc/self/fd")),
        threading.active_count(),
        _entries(workspace),
    )
    gc.collect()
    status = Path("/proc/self/status").read_text()
    return {
        **dict(zip(OWN, own, strict=True)),
        BLOCKS: sys.getallocatedblocks(),
        RSS: _figure(status, "VmRSS"),
        "anonymous memory, KiB": _figure(status, "RssAnon"),
        "files in /run/syncode (host)": _entries(Path("/run/syncode")),
        "files in /dev/shm and System V objects (host)": _entries(_SHARED_MEMORY) + _system_v(),
        "memory cgroups, dying ones included (host)": _memory_groups(),
        "unreclaimable slab, KiB (host)": _figure(Path("/proc/meminfo").read_text(), "SUnreclaim"),
        "namespaces (host)": _namespaces(),
    }


def _processes(slots: Iterable[Slot]) -> Iterable[str]:
    ours = {uid for slot in slots for uid in (slot.init_uid, slot.program_uid)}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and entry.stat().st_uid in ours:
                yield entry.name


def _entries(directory: Path) -> int:
    return sum(len(directories) + len(files) for _, directories, files in os.walk(directory))


def _system_v() -> int:
    return sum(Path("/proc/sysvipc", kind).read_text().count("\n") - 1 for kind in ("shm", "sem", "msg"))


def _memory_groups() -> int:
    """On v1 the controller counts its groups; on v2 the tree does. Groups that still hold memory are among them."""
    listing = Path("/proc/cgroups").read_text()
    count = re.search(r"^memory\s+(\d+)\s+(\d+)", listing, re.MULTILINE)
    if count and count[1] != "0":
        return int(count[2])
    return sum(
        int(line.split()[1])
        for place in cgroups.detect().directories
        for line in (place / "cgroup.stat").read_text().splitlines()
        if line.split()[0] in {"nr_descendants", "nr_dying_descendants"}
    )


def _namespaces() -> int:
    """Objects alive in the kernel's caches of namespaces; they are freed a moment after the last process is gone."""
    with contextlib.suppress(OSError):
        lines = Path("/proc/slabinfo").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.split()[0] in _NAMESPACES)
    return 0


def _figure(text: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    if found is None:
        raise ValueError(f"this kernel does not say {name}")
    return int(found[1])


def _words(path: Path) -> list[str]:
    return path.read_text().split()
