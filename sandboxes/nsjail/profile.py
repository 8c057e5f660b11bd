"""The jail's policy file with what differs per run filled in: pure, from values to text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandboxes.limits import Limits
from sandboxes.slots import Slot

_ROOT_ID: Final = 0
PROGRAM_ID: Final = 1000
# nsjail's own clock only matters when the engine is gone; init leaves with the engine long before.
_BACKSTOP_S: Final = 60
# RLIMIT_CPU goes by ticks, which may run ahead of the time that wait4 tells; with this much more, both are past it.
_TICKS_S: Final = 1

_PLACEHOLDER: Final = re.compile("@([A-Z_]+)@")


@dataclass(frozen=True, slots=True)
class Jail:
    """Where a run happens: host paths of the image, the artefact directory and init.

    The slot's users must be able to search the directories on the way: nsjail takes the mounts as one of them, and a
    descriptor does not help, because a mount may only be cloned within its own namespace.
    """

    rootfs: Path
    artefact: Path
    init: Path


def load_template() -> str:
    """The policy as it stands beside this module."""
    return (Path(__file__).parent / "profile.cfg").read_text()


def render(template: str, jail: Jail, limits: Limits, slot: Slot) -> str:
    """The policy for one run.

    Raises ``ValueError`` for a path that cannot stand in a quoted string of the format, and ``KeyError`` for a
    placeholder that nobody fills.
    """
    scratch = (
        f"size={limits.scratch_bytes},nr_inodes={limits.scratch_inodes},mode=0700,uid={PROGRAM_ID},gid={PROGRAM_ID}"
    )
    values = {
        "ROOTFS": _path(jail.rootfs),
        "ARTEFACT": _path(jail.artefact),
        "INIT": _path(jail.init),
        "INIT_ID": str(PROGRAM_ID if slot.caller else _ROOT_ID),
        "INIT_UID": str(slot.init.uid),
        "INIT_GID": str(slot.init.gid),
        "PROGRAM_UID": str(slot.program.uid),
        "PROGRAM_GID": str(slot.program.gid),
        "CPU_SECONDS": str(-(-limits.cpu_ms // 1000) + _TICKS_S),
        "PROCESSES": str(limits.processes + 1),  # and init
        "CEILING": "VALUE" if slot.caller else "HARD",
        "SCRATCH": scratch,
        "SECONDS": str(-(-limits.wall_ms // 1000) + _BACKSTOP_S),
    }
    lines = (line for line in template.splitlines() if line and not line.startswith("#"))
    filled = (_PLACEHOLDER.sub(lambda match: values[match[1]], line) for line in lines)
    # a line that comes out twice is one: where init and program are the same user, there is one id to map
    return "\n".join(dict.fromkeys(filled)) + "\n"


def _path(path: Path) -> str:
    text = str(path)
    if not path.is_absolute() or not re.fullmatch(r"[\w./+@=:,-]+", text, re.ASCII):
        raise ValueError(f"not a path that a jail's policy can name (absolute, no blanks or quotes): {text!r}")
    return text
