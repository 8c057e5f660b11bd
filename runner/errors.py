"""What can be wrong with a request to this room.

The tree::

    RunnerError
    ├── SettingsError           a ``SYNCODE_*`` variable cannot be used
    ├── EnvelopeError           a job that this worker cannot do
    │   └── EnvelopeVersionError    it is of a version that another worker may know
    ├── QueueFullError          as many jobs wait as may
    ├── QueueDownError          nothing can be put into the queue now
    │   └── QueueTimeoutError       it did not answer in time
    ├── DepotError              data of tests that a job names cannot be had
    └── RequestError            the request is wrong: nothing was run
        └── UnknownLanguageError    no language has that id

That we failed is a :class:`sandboxes.SandboxError`; that a program failed is no error.
"""

from __future__ import annotations

from collections.abc import Sequence


class RunnerError(Exception):
    """Root of the errors of this room."""


class SettingsError(RunnerError):
    """A setting cannot be used; the message names the variable and what is wrong with it."""


class EnvelopeError(RunnerError):
    """What came is no job that can be done here: another version, an unknown language, or broken."""


class EnvelopeVersionError(EnvelopeError):
    """A job of a version that this worker does not know: it is older, or newer, than whoever sent it."""


class QueueFullError(RunnerError):
    """As many jobs wait as may wait; trying again later makes sense."""


class QueueDownError(RunnerError):
    """The queue cannot be used now; ``retry_after_s`` says when trying again makes sense."""

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class QueueTimeoutError(QueueDownError):
    """The queue did not answer in time: whether it took what it was given is not known."""


class DepotError(RunnerError):
    """Data of tests that a job names cannot be had."""


class RequestError(RunnerError):
    """The request is wrong; the message says what, and what would be right."""


class UnknownLanguageError(RequestError):
    """No language has this id."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"unknown language {name!r}; known: {', '.join(known)}")
        self.name = name
