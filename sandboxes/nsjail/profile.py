"""The jail's policy file with what differs per jail filled in: pure, from values to text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandboxes.slots import Slot

_ROOT_ID: Final = 0
PROGRAM_ID: Final = 1000
_PLACEHOLDER: Final = re.compile("@([A-Z_]+)@")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a jail is shown of the host: paths of the image, of init, and of what ``/app`` shows.

    The slot's users must be able to search the directories on the way: nsjail takes the mounts as one of them, and a
    descriptor does not help, because a mount may only be cloned within its own namespace.
    """

    rootfs: Path
    init: Path
    app: Path


def load_template() -> str:
    """The policy as it stands beside this module."""
    return (Path(__file__).parent / "profile.cfg").read_text()


def render(template: str, shown: Shown, slot: Slot) -> str:
    """The policy for one jail.

    Raises ``ValueError`` for a path that cannot stand in a quoted string of the format, and ``KeyError`` for a
    placeholder that nobody fills.
    """
    values = {
        "ROOTFS": _path(shown.rootfs),
        "INIT": _path(shown.init),
        "APP": _path(shown.app),
        "INIT_ID": str(PROGRAM_ID if slot.caller else _ROOT_ID),
        "INIT_UID": str(slot.init.uid),
        "INIT_GID": str(slot.init.gid),
        "PROGRAM_UID": str(slot.program.uid),
        "PROGRAM_GID": str(slot.program.gid),
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
