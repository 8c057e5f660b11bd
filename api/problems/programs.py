"""Programs of a problem as they are kept in JSON, whatever bytes their files hold.

A file's text is kept as Python reads it with ``surrogateescape``: each byte that is no UTF-8 is half of a surrogate
pair, which no request may hold, so that nothing is lost and nothing is mistaken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from api.errors import ExecutionUnavailableError, LanguageUnavailableError
from judge import PACKAGED, InputValidator, JudgeProgram, Source
from judge.custom import DEFAULT_CPU_MS, DEFAULT_MEMORY_MIB
from languages import Language
from runner.catalog import Catalog

Json = dict[str, Any]

_KEPT: Final = "surrogateescape"


def keep(content: bytes) -> str:
    """Bytes as text for JSON."""
    return content.decode("utf-8", _KEPT)


def kept(text: str) -> bytes:
    """The bytes again."""
    return text.encode("utf-8", _KEPT)


def show(text: str) -> str:
    """What can be shown of text that was kept: what is no UTF-8 becomes U+FFFD."""
    return kept(text).decode("utf-8", "replace")


def keep_program(program: JudgeProgram) -> Json:
    """A program that judges, as on the wire, its text as :func:`keep` makes it."""
    source = program.source
    return {**keep_source(source), "timeLimitMs": program.cpu_ms, "memoryLimitMb": program.memory_mib}


def keep_source(source: Source) -> Json:
    """A program's language and files, as on the wire, their text as :func:`keep` makes it."""
    more = {path: content for path, content in source.files.items() if path != source.entrypoint}
    return {
        "language": source.language.id,
        "code": keep(source.files[source.entrypoint]),
        "files": [{"path": path, "content": keep(content)} for path, content in more.items()],
        "entrypoint": source.entrypoint,
    }


def judging_program(program: Mapping[str, Any], languages: Mapping[str, Language]) -> JudgeProgram:
    """A program that was kept. Raises ``KeyError`` for an unknown language, :class:`judge.SourceError`."""
    return JudgeProgram(
        kept_source(program, languages),
        cpu_ms=program.get("timeLimitMs", DEFAULT_CPU_MS),
        memory_mib=program.get("memoryLimitMb", DEFAULT_MEMORY_MIB),
    )


def kept_source(program: Mapping[str, Any], languages: Mapping[str, Language]) -> Source:
    """Files that were kept. Raises ``KeyError`` for an unknown language, :class:`judge.SourceError`."""
    return Source.of(
        languages[program["language"]],
        kept(program["code"]),
        entrypoint=program.get("entrypoint"),
        files={file["path"]: kept(file["content"]) for file in program.get("files", ())},
        rules=PACKAGED,
    )


def keep_input_validator(validator: InputValidator) -> Json:
    """An input validator as JSON."""
    return {
        "path": validator.path,
        "program": keep_program(validator.program),
        "args": [[name, list(words)] for name, words in validator.args.items()],
    }


def kept_input_validator(validator: Mapping[str, Any], languages: Mapping[str, Language]) -> InputValidator:
    """An input validator that was kept. Raises as :func:`judging_program`."""
    arguments = {name: tuple(words) for name, words in validator["args"]}
    return InputValidator(validator["path"], judging_program(validator["program"], languages), arguments)


def shown_program(program: Mapping[str, Any] | None) -> Json | None:
    """A program that was kept, as admins see it."""
    if program is None:
        return None
    shown = {**program, "code": show(program["code"])}
    if "files" in program:
        shown["files"] = [{"path": file["path"], "content": show(file["content"])} for file in program["files"]]
    return shown


def own_programs(checker: Mapping[str, Any], interactor: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """The programs that judge: those that a stored checker and interactor name."""
    return [program for program in (checker.get("program"), interactor) if program is not None]


def require_languages(programs: list[Mapping[str, Any]], catalog: Catalog) -> None:
    """Raises :class:`LanguageUnavailableError` for a program in a language that is not installed here."""
    for program in programs:
        if (name := _missing(program, catalog)) is not None:
            raise LanguageUnavailableError(f"{name} is not installed here")


def require_judges(programs: list[Mapping[str, Any]], catalog: Catalog) -> None:
    """Raises :class:`ExecutionUnavailableError`, which names no language, if one of them cannot be run here."""
    if any(_missing(program, catalog) is not None for program in programs):
        raise ExecutionUnavailableError("What judges this problem is not installed here")


def _missing(program: Mapping[str, Any], catalog: Catalog) -> str | None:
    """The name of its language, if that is not installed here."""
    language = catalog.languages.get(program["language"])
    if language is None:
        return str(program["language"])
    return None if catalog.lacks(language) is None else language.name
