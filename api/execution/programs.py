"""Programs on the wire: their shape in requests, and the way to what the engine takes."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, Field, Strict, StringConstraints

from api.enums import LanguageIn
from api.errors import LanguageUnavailableError, ValidationFailedError
from api.schemas import Body, Id, Plain, absent
from judge import Source, SourceError
from languages import CompileOptions, Optimization, OptionError
from runner.catalog import Catalog

KIB: Final = 1024
MIB: Final = 1024 * KIB
MOST_FILE_BYTES: Final = 64 * KIB


def at_most(size_bytes: int) -> AfterValidator:
    """Beside a text's type: how long it may be as UTF-8."""

    def check(text: str) -> str:
        if len(text.encode()) > size_bytes:
            raise ValueError(f"must have at most {size_bytes} bytes")
        return text

    return AfterValidator(check)


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


class OutputEncoding(StrEnum):
    """How program output is written in JSON."""

    UTF8 = "utf8"
    BASE64 = "base64"


OptimizationIn = Annotated[Optimization, Strict(strict=False)]
OutputEncodingIn = Annotated[OutputEncoding, Strict(strict=False)]
Code = Annotated[str, StringConstraints(min_length=1), at_most(MOST_FILE_BYTES), AfterValidator(_not_blank)]
Input = Annotated[str, at_most(MIB)]
Argument = Annotated[Plain, at_most(KIB)]
Flag = Annotated[Plain, StringConstraints(max_length=200)]


class SourceFile(Body):
    """One more file of a program."""

    path: Annotated[Plain, Field(max_length=403)] = Field(
        description="Relative; `[A-Za-z0-9_.-]` segments", examples=["lib/math.py"]
    )
    content: Annotated[str, at_most(MOST_FILE_BYTES)]


def _unique(files: list[SourceFile]) -> list[SourceFile]:
    paths = [file.path for file in files]
    if len(set(paths)) < len(paths):
        raise ValueError("must have different paths")
    return files


class CompileChoices(Body):
    """How to compile."""

    optimization: OptimizationIn = Optimization.RELEASE
    standard: Annotated[Plain, Field(max_length=50)] = Field(
        default_factory=absent, description="One of the language's standards"
    )
    warnings: bool = False
    flags: Annotated[list[Flag], Field(max_length=16)] = Field(
        default_factory=list, description="Each must match one of the language's patterns"
    )


class PlainProgram(Body):
    """A program in a request, without a word about how to compile it."""

    language: LanguageIn
    code: Code = Field(description="The main source file", examples=["print(int(input()) * 2)"])
    language_version: Annotated[Plain, Field(max_length=100)] = Field(
        default_factory=absent, description="By default the language's own default"
    )
    files: Annotated[list[SourceFile], Field(max_length=16), AfterValidator(_unique)] = Field(default_factory=list)
    entrypoint: Annotated[Plain, Field(max_length=200)] = Field(
        default_factory=absent, description="Name of the main file, or main class"
    )


class ProgramBody(PlainProgram):
    """A program in a request."""

    compile_options: CompileChoices = CompileChoices()
    webhook_id: Id = Field(
        default_factory=absent, description="The webhook to tell of the end; by default all that are subscribed"
    )


def read_source(body: PlainProgram, catalog: Catalog) -> Source:
    """The program, checked. Raises :class:`ValidationFailedError`, naming the field that is wrong."""
    language = catalog.language(body.language.value)
    try:
        return Source.of(
            language,
            body.code.encode(),
            entrypoint=body.entrypoint,
            files={file.path: file.content.encode() for file in body.files},
            options=_options(body.compile_options) if isinstance(body, ProgramBody) else None,
        )
    except SourceError as error:
        raise ValidationFailedError.of(_culprit(error, body), str(error)) from error


def _options(choices: CompileChoices) -> CompileOptions:
    return CompileOptions(choices.optimization, choices.standard, choices.warnings, tuple(choices.flags))


def _culprit(error: SourceError, body: PlainProgram) -> str:
    """The field that an error is about, as well as can be told."""
    if isinstance(error.__cause__, OptionError):
        return "compileOptions"
    if "entrypoint" in body.model_fields_set:
        text = str(error)
        if "main file" in text or text.startswith(repr(body.entrypoint)):
            return "entrypoint"
    return "files" if body.files else "code"


def check_available(body: PlainProgram, catalog: Catalog, *, allowed: list[str] | None = None) -> None:
    """Raises :class:`LanguageUnavailableError` for a version or language that is not here, or that is not allowed.

    ``allowed``: the languages of a problem; ``None``: all.
    """
    language = catalog.language(body.language.value)
    if allowed is not None and language.id not in allowed:
        raise LanguageUnavailableError(f"{language.name} is not allowed for this problem")
    if body.language_version not in {None, *(version.id for version in language.versions)}:
        raise LanguageUnavailableError(f"{language.name} has no version {body.language_version!r} here")
    if catalog.lacks(language) is not None:
        raise LanguageUnavailableError(f"{language.name} is not installed here")
