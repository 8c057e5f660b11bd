"""``syncode judge``: one program against the tests of a problem package."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from api.commands.exits import ExitCode
from api.commands.matrix import mebibytes, milliseconds
from api.commands.run import read_code, tell_language
from api.commands.terminal import answers, print_json, remarks, table, write_raw
from judge import CaseResult, JudgeResult, PackageError, Problem, Source, Verdict
from runner import Engine, Inventory, RequestError
from runner.record import judge_record


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """What stands on the command line."""

    file: Path
    package: Path
    language: str | None


def read_source(options: JudgeOptions, inventory: Inventory) -> Source:
    """The program. Raises :class:`RequestError` and :class:`judge.SourceError`."""
    language = tell_language(options.file, options.language, inventory)
    fits = re.fullmatch(language.entrypoint_pattern, options.file.name)
    return Source.of(language, read_code(options.file), entrypoint=options.file.name if fits else None)


def judge_program(engine: Engine, options: JudgeOptions, *, as_json: bool) -> ExitCode:
    """Judge it, show every test as it ends, and answer whether it was accepted."""
    source = read_source(options, engine.inventory)
    problem = _read_problem(engine, options.package)
    result = engine.judge(source, problem)
    if as_json:
        print_json(judge_record(result))
    else:
        _show(result)
    if result.verdict is Verdict.INTERNAL_ERROR:
        return ExitCode.FAILED
    return ExitCode.OK if result.verdict is Verdict.ACCEPTED else ExitCode.REFUSED


def _read_problem(engine: Engine, path: Path) -> Problem:
    try:
        package = engine.read_package(path)
    except PackageError as error:
        raise RequestError(f"{path}: {error}" if str(path) not in str(error) else str(error)) from error
    if package.unsupported:
        raise RequestError(f"{path} needs what is not judged: {', '.join(package.unsupported)}")
    return package.problem


def _show(result: JudgeResult) -> None:
    compilation = result.compilation
    if compilation is not None and not compilation.ok:
        write_raw(b"", compilation.stdout + compilation.stderr)
    shown = table("", "test", "verdict", "CPU", "memory", "reason", right=("CPU", "memory"))
    for case in result.cases:
        mark = Text("ok", style="green") if case.verdict is Verdict.ACCEPTED else Text("no", style="bold red")
        cpu, memory = ("", "") if case.wall_ms is None else (milliseconds(case.cpu_ms), mebibytes(case.memory_bytes))
        shown.add_row(mark, case.name, case.verdict.value, cpu, memory, _reason(case))
    answers().print(shown)
    sentence = f"{result.verdict.value} · {result.passed} of {len(result.cases)} tests passed"
    remarks().print(f"{sentence} · {result.message}" if result.message else sentence)


def _reason(case: CaseResult) -> str:
    if case.verdict is Verdict.ACCEPTED:
        return ""
    return ": ".join(part for part in (case.message, case.checker_message) if part)
