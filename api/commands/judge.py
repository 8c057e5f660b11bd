"""``syncode judge``: one program against the tests of a problem package."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from api.commands.exits import ExitCode
from api.commands.matrix import mebibytes, milliseconds
from api.commands.run import read_source
from api.commands.selection import open_packages, select_one
from api.commands.terminal import answers, print_json, remarks, table, write_raw
from judge import CaseResult, JudgeResult, Verdict
from runner import Engine, RequestError
from runner.record import judge_record


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """What stands on the command line."""

    file: Path
    package: Path
    language: str | None


def judge_program(engine: Engine, options: JudgeOptions, *, as_json: bool) -> ExitCode:
    """Judge it, show every test as it ends, and answer whether it was accepted."""
    source = read_source(options.file, options.language, engine.inventory)
    with ExitStack() as owned:
        (selected,) = open_packages(owned, select_one(options.package), engine.inventory.languages)
        package = selected.package
        if package.unsupported:
            raise RequestError(f"{options.package} needs what is not judged: {', '.join(package.unsupported)}")
        result = engine.judge(source, package.problem)
    if as_json:
        print_json(judge_record(result))
    else:
        _show(result)
    if result.verdict is Verdict.INTERNAL_ERROR:
        return ExitCode.REFUSED if result.judge_failed else ExitCode.FAILED
    return ExitCode.OK if result.verdict is Verdict.ACCEPTED else ExitCode.REFUSED


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
