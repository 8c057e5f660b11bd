"""The jail's policy file with what differs per jail filled in: pure, from values to text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandboxes.slots import Slot

PROGRAM_ID: Final = 1000
_PLACEHOLDER: Final = re.compile("@([A-Z_]+)@")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a jail is shown of the host: paths of the image, of init, and of an empty directory.

    The slot's users must be able to search the directories on the way: nsjail takes the mounts as one of them, and a
    descriptor does not help, because a mount may only be cloned within its own namespace.
    """

    rootfs: Path
    init: Path
    empty: Path


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
        "EMPTY": _path(shown.empty),
        "INIT_UID": str(slot.init_uid),
        "PROGRAM_UID": str(slot.program_uid),
    }
    lines = (line for line in template.splitlines() if line and not line.startswith("#"))
    return "\n".join(_PLACEHOLDER.sub(lambda match: values[match[1]], line) for line in lines) + "\n"


def _path(path: Path) -> str:
    text = str(path)
    if not path.is_absolute() or not re.fullmatch(r"[\w./+@=:,-]+", text, re.ASCII):
        raise ValueError(f"not a path that a jail's policy can name (absolute, no blanks or quotes): {text!r}")
    return text
