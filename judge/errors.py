"""What can go wrong in this room, apart from a program that fails (that is a verdict) and from a broken sandbox.

::

    JudgeError
    ├── SourceError        a submission cannot be accepted: the caller's to mend
    ├── CheckerError       a checker is configured wrongly: the problem author's to mend
    ├── PackageError       a problem package cannot be read: the problem author's to mend
    ├── JudgeProgramError  a program that judges has failed: the problem author's to mend
    └── ArtefactError      what a compilation left, or a test's data, cannot be used: we failed

:class:`sandboxes.errors.SandboxError` passes through this room unchanged: we failed, whatever the program did.
"""

from __future__ import annotations


class JudgeError(Exception):
    """Root of the errors of this room."""


class SourceError(JudgeError):
    """A submission breaks a rule of form. The text says which file and which rule."""


class CheckerError(JudgeError):
    """A checker's options or a validator's flags make no sense. The text names the option."""


class PackageError(JudgeError):
    """A problem package cannot be read. The text names the file below the package and, where there is one, the key.

    ``file`` is relative to the package, ``key`` dotted (``limits.memory``; empty: the file as a whole), ``reason``
    says what is wrong there and what would be right.
    """

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}" if key else f"{file}: {reason}")
        self.file = file
        self.key = key
        self.reason = reason


class JudgeProgramError(JudgeError):
    """A program that judges does not compile, or has not judged. Never counted against the submitter.

    The text says what it did; it may quote what the program said, so it is for those only who may see the tests.
    """


class ArtefactError(JudgeError):
    """Data that we hold ourselves cannot be stored or read. Never counted against the submitter."""
