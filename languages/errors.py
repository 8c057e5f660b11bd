"""What can be wrong about languages.

::

    LanguagesError
    ├── LanguageError   a language's file is wrong: ours to mend, nobody's request can help it
    └── OptionError     a request asks for what the language does not offer: the caller's to mend
"""

from __future__ import annotations


class LanguagesError(Exception):
    """Root of the errors of this room."""


class LanguageError(LanguagesError):
    """A language file cannot be used. The text names the file and the dotted key.

    ``file`` is the name as shown (``languages/cpp.toml``), ``key`` such as ``compile.steps[0]`` (empty: the file as a
    whole), ``reason`` what is wrong there.
    """

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}" if key else f"{file}: {reason}")
        self.file = file
        self.key = key
        self.reason = reason


class OptionError(LanguagesError):
    """A compile option that the language does not offer; the text says which and what there is instead."""
