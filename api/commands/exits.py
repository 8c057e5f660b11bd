"""Exit codes of the command line, and which error leads to which."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import typer

from judge import CheckerError, JudgeError, PackageError, SourceError
from languages import LanguageError, OptionError
from runner import RequestError, SettingsError
from sandboxes import SandboxError


class ExitCode(IntEnum):
    """What a shell sees. ``REFUSED`` is an answer, the two below it are errors."""

    OK = 0
    REFUSED = 1
    BAD_REQUEST = 2
    FAILED = 3
    INTERRUPTED = 130
    TERMINATED = 143


class RemoteError(Exception):
    """A service cannot be reached, or failed; the message says which and how."""


# The first class that fits decides; what fits none is a fault in this program.
_CODES: Final[tuple[tuple[type[Exception], ExitCode], ...]] = (
    (typer.TyperException, ExitCode.BAD_REQUEST),
    (RequestError, ExitCode.BAD_REQUEST),
    (SettingsError, ExitCode.BAD_REQUEST),
    (OptionError, ExitCode.BAD_REQUEST),
    (SourceError, ExitCode.BAD_REQUEST),
    (PackageError, ExitCode.BAD_REQUEST),
    (CheckerError, ExitCode.BAD_REQUEST),
    (JudgeError, ExitCode.FAILED),
    (RemoteError, ExitCode.FAILED),
    (LanguageError, ExitCode.FAILED),
    (SandboxError, ExitCode.FAILED),
)


def exit_code(error: Exception) -> ExitCode | None:
    """The exit code of a known kind of error; ``None`` when nobody expected it."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), None)


def sentence(error: Exception) -> str:
    """The error on one line, without a full stop; empty where the error says nothing."""
    text = error.format_message() if isinstance(error, typer.TyperException) else str(error)
    return " ".join(text.split()).rstrip(".")
