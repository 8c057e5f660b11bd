"""Running one command in a jail and saying what became of it."""

from sandboxes.errors import ImageError, IsolationError, OutputFileError, SandboxError, SetupError
from sandboxes.limits import MIB, Command, Limits, Standby
from sandboxes.observers import Observer, Observers, Stage
from sandboxes.outcome import Ending, Evidence, Isolation, LimitKind, Outcome, Usage
from sandboxes.relay import Relay
from sandboxes.sandbox import (
    Backend,
    Cancellation,
    OnOutput,
    OutputStream,
    Permit,
    Sandbox,
    Session,
    WarmImage,
    WarmState,
)

__all__ = [
    "MIB",
    "Backend",
    "Cancellation",
    "Command",
    "Ending",
    "Evidence",
    "ImageError",
    "Isolation",
    "IsolationError",
    "LimitKind",
    "Limits",
    "Observer",
    "Observers",
    "OnOutput",
    "Outcome",
    "OutputFileError",
    "OutputStream",
    "Permit",
    "Relay",
    "Sandbox",
    "SandboxError",
    "Session",
    "SetupError",
    "Stage",
    "Standby",
    "Usage",
    "WarmImage",
    "WarmState",
]
