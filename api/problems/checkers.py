"""Checkers and interactors on the wire, and what makes a good one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, Field, model_validator

from api.enums import CheckerKind, CheckerKindIn, LanguageIn
from api.errors import ValidationFailedError
from api.schemas import Body, Plain, View, absent
from judge import Source, SourceError
from languages import Language

MOST_ARGUMENTS: Final = 32
_ARGUMENT_BYTES: Final = 1024

# By the names of the fields of CheckerOptions.
_OPTIONS: Final[Mapping[CheckerKind, frozenset[str]]] = {
    CheckerKind.TRIMMED: frozenset(),
    CheckerKind.EXACT: frozenset(),
    CheckerKind.TOKENS: frozenset({"case_sensitive"}),
    CheckerKind.FLOAT: frozenset({"absolute_tolerance", "relative_tolerance", "case_sensitive"}),
    CheckerKind.UNORDERED_LINES: frozenset({"ignore_blank_lines", "unordered_tokens"}),
    CheckerKind.CUSTOM: frozenset(),
}


def _argument(text: str) -> str:
    if len(text.encode()) > _ARGUMENT_BYTES:
        raise ValueError(f"must have at most {_ARGUMENT_BYTES} bytes")
    return text


Arguments = Annotated[list[Annotated[Plain, AfterValidator(_argument)]], Field(max_length=MOST_ARGUMENTS)]
"""Arguments of a program."""

Tolerance = Annotated[float, Field(ge=0, allow_inf_nan=False, examples=[1e-6])]


class ProgramFile(Body):
    """A file beside a program's main file."""

    path: Plain
    content: str


class JudgeProgram(Body):
    """A program that judges: a checker or an interactor. It runs in a sandbox of its own."""

    language: LanguageIn
    code: str
    files: list[ProgramFile] = Field(default=[], max_length=16)
    entrypoint: Plain = Field(default_factory=absent, description="The main file; by default the language's own")
    time_limit_ms: int = Field(default=60_000, ge=1, le=60_000)
    memory_limit_mb: int = Field(default=2048, ge=1, le=2048)


class ShownFile(View):
    """A file beside a program's main file, as it is shown."""

    path: str
    content: str


class ShownProgram(View):
    """A program that judges, as it is shown: one of a package may be larger than a request's."""

    language: str
    code: str
    files: list[ShownFile] = Field(default_factory=absent)
    entrypoint: str = Field(default_factory=absent)
    time_limit_ms: int = Field(default_factory=absent)
    memory_limit_mb: int = Field(default_factory=absent)


class CheckerOptions(Body):
    """Options of all built-in checkers; which of them one takes depends on its type."""

    case_sensitive: bool = Field(default=True, description="`tokens`, `float`")
    absolute_tolerance: Tolerance = Field(default=1e-6, description="`float`; 0: off")
    relative_tolerance: Tolerance = Field(default=1e-6, description="`float`; 0: off")
    ignore_blank_lines: bool = Field(default=True, description="`unordered_lines`")
    unordered_tokens: bool = Field(
        default=False, description="`unordered_lines`: nor does their order within a line count"
    )


class Checker(Body):
    """How an output is compared with what is expected."""

    type: CheckerKindIn
    options: CheckerOptions = Field(default=CheckerOptions())
    program: JudgeProgram = Field(default_factory=absent, description="`custom` only; exits 42 to accept, 43 to refuse")
    args: Arguments = Field(default=[], description="`custom` only: the program's arguments")

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        aliases = CheckerOptions.model_fields
        unknown = sorted(self.options.model_fields_set - _OPTIONS[self.type])
        if unknown:
            names = ", ".join(str(aliases[name].alias) for name in unknown)
            raise ValueError(f"{self.type.value} has no option {names}")
        custom = self.type is CheckerKind.CUSTOM
        programmed = "program" in self.model_fields_set
        if custom and not programmed:
            raise ValueError("custom needs a program")
        if not custom and (programmed or self.args):
            raise ValueError(f"{self.type.value} takes neither a program nor args")
        return self


def check_program(program: JudgeProgram, languages: Mapping[str, Language], *, field: str) -> None:
    """See whether a program could be compiled at all.

    Raises :class:`ValidationFailedError` about ``field`` for sources that no submission could have.
    """
    paths = [file.path for file in program.files]
    if len(set(paths)) < len(paths):
        raise ValidationFailedError.of(f"{field}.files", "names a path more than once")
    try:
        Source.of(
            languages[program.language.value],
            program.code.encode(),
            entrypoint=program.entrypoint,
            files={file.path: file.content.encode() for file in program.files},
        )
    except SourceError as error:
        raise ValidationFailedError.of(field, str(error)) from error


def public_checker(checker: Mapping[str, Any]) -> dict[str, Any]:
    """What everybody may see of a stored checker."""
    return {name: value for name, value in checker.items() if name in {"type", "options"}}
