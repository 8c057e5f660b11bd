"""``syncode run``: one program, once."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.commands.exits import ExitCode
from api.commands.matrix import mebibytes, milliseconds
from api.commands.terminal import print_json, remarks, write_raw
from judge import Source, Verdict
from judge.source import SUBMITTED
from languages import Language, by_extension
from runner import Engine, Inventory, RequestError, RunRequest, RunResult
from runner.record import run_record
from sandboxes import MIB

STANDARD_INPUT: Final = "-"
_MOST_STDIN_BYTES: Final = MIB


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What stands on the command line. ``stdin``: a file, ``-`` for our own standard input, ``None`` for nothing."""

    file: Path
    language: str | None
    stdin: str | None
    time_ms: int
    cpu_ms: int | None
    memory_mb: int
    args: tuple[str, ...]
    cache: bool


def read_request(options: RunOptions, inventory: Inventory) -> RunRequest:
    """Read the source and the input. Raises :class:`RequestError` and :class:`judge.SourceError`."""
    return RunRequest(
        read_source(options.file, options.language, inventory),
        stdin=_read_stdin(options.stdin),
        args=options.args,
        wall_ms=options.time_ms,
        cpu_ms=options.cpu_ms,
        memory_mib=options.memory_mb,
        cache=options.cache,
    )


def read_source(file: Path, named: str | None, inventory: Inventory) -> Source:
    """A program of one file, in the language that was ``named`` or else that the file's name tells.

    Raises :class:`RequestError` and :class:`judge.SourceError`.
    """
    language = _tell_language(file, named, inventory)
    code = read_limited(file, SUBMITTED.file_bytes, "of source that a run may have")
    _check_text(file, code)
    # A file may be called anything here; the compiler sees a name its language can use.
    fits = re.fullmatch(language.entrypoint_pattern, file.name)
    return Source.of(language, code, entrypoint=file.name if fits else None)


def run_program(engine: Engine, request: RunRequest, *, as_json: bool) -> ExitCode:
    """Run it; its output comes out as it is, the verdict beside it on standard error."""
    result = engine.run(request)
    if as_json:
        print_json(run_record(result))
    else:
        _show(result)
    return ExitCode.OK if result.verdict is Verdict.ACCEPTED else ExitCode.REFUSED


def _tell_language(file: Path, named: str | None, inventory: Inventory) -> Language:
    if named is not None:
        return inventory.language(named)
    language = by_extension(inventory.languages, file.name)
    if language is None:
        known = ", ".join(inventory.languages)
        raise RequestError(f"the name {file.name!r} tells no language: add --language, one of {known}")
    return language


def read_limited(path: Path, most_bytes: int, what: str) -> bytes:
    """A file's content. Raises :class:`RequestError` when it cannot be read or is larger than ``most_bytes``."""
    try:
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except OSError as error:
        raise RequestError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > most_bytes:
        raise RequestError(f"{path} has more than the {most_bytes} bytes {what}")
    return content


def verdict_line(result: RunResult) -> str:
    """The verdict, why, and what was used."""
    parts = [result.verdict.value]
    if result.message is not None:
        parts.append(result.message)
    outcome = result.outcome
    evidence = outcome.evidence if outcome else result.compilation and result.compilation.evidence
    if evidence:
        parts.append(f"measured {evidence.measured} {evidence.unit} ({evidence.fact})")
    parts.append(result.source.language.version.id)
    if outcome:
        parts.append(f"{outcome.usage.wall_ms:.0f} ms wall")
        parts.append(f"{milliseconds(outcome.usage.cpu_ms)} CPU")
        parts.append(mebibytes(outcome.usage.memory_bytes))
        if outcome.stdout_truncated or outcome.stderr_truncated:
            written = outcome.usage.stdout_bytes + outcome.usage.stderr_bytes
            parts.append(f"output cut, {written} bytes were written")
        if outcome.isolation.missing:
            parts.append(f"DEGRADED ISOLATION: no {', no '.join(outcome.isolation.missing)}")
    return " · ".join(parts)


def _show(result: RunResult) -> None:
    outcome, compilation = result.outcome, result.compilation
    if outcome is not None:
        write_raw(outcome.stdout, outcome.stderr)
        cursor = outcome.stderr or outcome.stdout
        if sys.stderr.isatty() and cursor and not cursor.endswith(b"\n"):
            sys.stderr.write("\n")
    elif compilation is not None:
        write_raw(b"", compilation.stdout + compilation.stderr)
    remarks().print(verdict_line(result))


def _check_text(path: Path, code: bytes) -> None:
    try:
        text = code.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestError(f"{path} is not UTF-8 text: byte {code[error.start]:#04x} at {error.start}") from error
    if "\0" in text:
        raise RequestError(f"{path} is not text: NUL byte at {code.index(0)}")
    if not text.strip():
        raise RequestError(f"{path} is empty: there is nothing to run")


def _read_stdin(name: str | None) -> bytes:
    if name is None:
        return b""
    if name != STANDARD_INPUT:
        return read_limited(Path(name), _MOST_STDIN_BYTES, "of input that a run may get")
    content = sys.stdin.buffer.read(_MOST_STDIN_BYTES + 1)
    if len(content) > _MOST_STDIN_BYTES:
        raise RequestError(f"standard input has more than the {_MOST_STDIN_BYTES} bytes of input that a run may get")
    return content
