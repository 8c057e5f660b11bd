"""What is handed in: files in a language, and how to compile them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from judge.errors import SourceError
from languages import CompileOptions, Language, OptionError, check_options

MOST_FILES: Final = 17  # the main file and 16 more
MOST_BYTES: Final = 256 * 1024
MOST_DEPTH: Final = 4

_SEGMENT: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)
# /box/out is where compilers leave what they make
_RESERVED: Final = "out"


@dataclass(frozen=True, slots=True)
class Source:
    """Files in one language. ``files`` maps relative paths to content and holds ``entrypoint``, the main file.

    Raises :class:`SourceError` for paths that are not plain and relative, too many or too large files, a main file
    that is missing, blank or named in a way the language cannot use, and options the language does not allow.
    Content is bytes: whether it is good text is for the language's own tools to say.
    """

    language: Language
    files: Mapping[str, bytes]
    entrypoint: str
    options: CompileOptions = CompileOptions()

    def __post_init__(self) -> None:
        for path in self.files:
            _check_path(path)
        if self.entrypoint not in self.files:
            raise SourceError(f"the main file {self.entrypoint!r} is not among the submitted files")
        if not re.fullmatch(self.language.entrypoint_pattern, self.entrypoint):
            raise SourceError(
                f"{self.entrypoint!r} cannot be the main file of a {self.language.name} program; "
                f"call it {self.language.entrypoint}"
            )
        if not self.files[self.entrypoint].strip():
            raise SourceError(f"{self.entrypoint} is blank: there is nothing to run")
        if len(self.files) > MOST_FILES:
            raise SourceError(f"{len(self.files)} files are more than the {MOST_FILES} that a submission may have")
        size = sum(map(len, self.files.values()))
        if size > MOST_BYTES:
            raise SourceError(f"{size} bytes of source are more than the {MOST_BYTES} that a submission may have")
        try:
            check_options(self.language, self.options)
        except OptionError as error:
            raise SourceError(str(error)) from error


def _check_path(path: str) -> None:
    segments = path.split("/")
    for segment in segments:
        if not _SEGMENT.fullmatch(segment) or set(segment) == {"."}:
            raise SourceError(f"{path!r} is no plain relative path of letters, digits, '_', '.' and '-'")
    if len(segments) > MOST_DEPTH:
        raise SourceError(f"{path!r} lies deeper than {MOST_DEPTH} levels")
    if segments[0] == _RESERVED:
        raise SourceError(f"{path!r}: the name {_RESERVED!r} is kept for what compilers make")
