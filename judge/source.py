"""What is handed in to be run: files in one language, and how to compile them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from judge.errors import SourceError
from languages import CompileOptions, Language, OptionError, check_options

KIB: Final = 1024

_SEGMENT: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_RESERVED: Final = "out"  # in the box, what compilers make


@dataclass(frozen=True, slots=True)
class SourceRules:
    """How much may be handed in. ``files`` counts the main file too; ``depth`` is a path's number of segments."""

    files: int = 17
    file_bytes: int = 64 * KIB
    total_bytes: int = 256 * KIB
    depth: int = 4


SUBMITTED: Final = SourceRules()
"""What a person may hand in."""

PACKAGED: Final = SourceRules(files=256, file_bytes=1024 * KIB, total_bytes=4096 * KIB, depth=8)
"""What a problem package may hold as one reference solution."""


@dataclass(frozen=True, slots=True)
class Source:
    """Files of one program, checked: whoever holds a ``Source`` may compile it.

    ``files``       relative path -> content; any bytes: whether they are good text is for the language's tools to say
    ``entrypoint``  path of the main file, a key of ``files``
    Raises :class:`SourceError` for paths that are not plain and relative, too many or too large files, a main file
    that is missing, blank or named as the language cannot use it, and options that the language does not offer.
    """

    language: Language
    files: Mapping[str, bytes]
    entrypoint: str
    options: CompileOptions = field(default_factory=CompileOptions)
    rules: SourceRules = SUBMITTED

    def __post_init__(self) -> None:
        for path in self.files:
            _check_path(path, self.rules)
        _check_entrypoint(self.language, self.entrypoint)
        if self.entrypoint not in self.files:
            raise SourceError(f"the main file {self.entrypoint!r} is not among the files")
        _check_collisions(self.files)
        _check_sizes(self.files, self.rules)
        if not self.files[self.entrypoint].strip():
            raise SourceError(f"{self.entrypoint} is blank: there is nothing to run")
        try:
            check_options(self.language, self.options)
        except OptionError as error:
            raise SourceError(str(error)) from error
        object.__setattr__(self, "files", MappingProxyType(dict(self.files)))

    @classmethod
    def of(
        cls,
        language: Language,
        code: bytes,
        *,
        entrypoint: str | None = None,
        files: Mapping[str, bytes] | None = None,
        options: CompileOptions | None = None,
        rules: SourceRules = SUBMITTED,
    ) -> Source:
        """A program whose main file is ``code``, with more ``files`` beside it.

        ``entrypoint``: the main file's name, with or without its extension (a main class); ``None``: the language's
        default.
        """
        main = language.entrypoint if entrypoint is None else _with_extension(language, entrypoint)
        more = dict(files or {})
        if main in more:
            raise SourceError(f"{main!r} is the main file and cannot be among the other files too")
        return cls(language, {main: code, **more}, main, options or CompileOptions(), rules)


def _with_extension(language: Language, entrypoint: str) -> str:
    return entrypoint if "." in entrypoint else entrypoint + language.extensions[0]


def _check_entrypoint(language: Language, entrypoint: str) -> None:
    if not re.fullmatch(language.entrypoint_pattern, entrypoint):
        raise SourceError(
            f"{entrypoint!r} cannot be the main file of a {language.name} program; "
            f"call it {language.entrypoint} or alike"
        )


def _check_path(path: str, rules: SourceRules) -> None:
    segments = path.split("/")
    for segment in segments:
        if not _SEGMENT.fullmatch(segment) or segment in {".", ".."}:
            raise SourceError(f"{path!r} is no plain relative path of letters, digits, '_', '.' and '-'")
    if len(segments) > rules.depth:
        raise SourceError(f"{path!r} lies deeper than {rules.depth} levels")
    if segments[0] == _RESERVED:
        raise SourceError(f"{path!r}: the name {_RESERVED!r} is kept for what compilers make")


def _check_collisions(files: Mapping[str, bytes]) -> None:
    for path in files:
        segments = path.split("/")
        for depth in range(1, len(segments)):
            parent = "/".join(segments[:depth])
            if parent in files:
                raise SourceError(f"{parent!r} cannot be both a file and the directory of {path!r}")


def _check_sizes(files: Mapping[str, bytes], rules: SourceRules) -> None:
    if len(files) > rules.files:
        raise SourceError(f"{len(files)} files are more than the {rules.files} that are allowed")
    for path, content in files.items():
        if len(content) > rules.file_bytes:
            raise SourceError(f"{path}: {len(content)} bytes are more than the {rules.file_bytes} that are allowed")
    total = sum(map(len, files.values()))
    if total > rules.total_bytes:
        raise SourceError(f"{total} bytes of source are more than the {rules.total_bytes} that are allowed")
