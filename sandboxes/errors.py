"""What can go wrong in this room that is nobody's program's fault.

The tree; catch the widest that fits::

    SandboxError                we failed: no verdict may be drawn from it
    ├── IsolationError          this host cannot isolate as required; retrying here is useless
    ├── SetupError              one jail could not be set up or went astray; another attempt may work
    │   └── NotBegunError       and its program had not begun
    ├── OutputFileError         a file left in a jail is not one that may be taken out
    └── ImageError              an image is missing, broken or could not be built

A program that fails is no error: it is an :class:`sandboxes.outcome.Outcome`.
"""

from __future__ import annotations


class SandboxError(Exception):
    """We failed. Never counted against the program that was to run."""


class IsolationError(SandboxError):
    """The host lacks what a required layer of isolation needs. The message says what is missing."""


class SetupError(SandboxError):
    """A jail could not be started, released or understood (no status record, broken channel)."""


class NotBegunError(SetupError):
    """The same before the program had begun: nothing was spent, and nobody need hear of it if another jail does."""


class OutputFileError(SandboxError):
    """A file in the box is a link, a device, too large or otherwise not to be read by the host.

    ``path`` is relative to the box.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class ImageError(SandboxError):
    """An image is missing, incomplete, unsafe or could not be built."""
