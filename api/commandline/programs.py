"""Running and judging one program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.exits import ExitCode
from api.commands.judge import JudgeOptions, judge_program
from api.commands.run import RunOptions, read_request, run_program
from runner import Engine, Inventory, load_settings
from runner.execution import DEFAULT_MEMORY_MIB, DEFAULT_WALL_MS

app = typer.Typer()


@app.command()
def run(  # noqa: PLR0913 - one for each option
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Source of the program.")],
    *,
    language: Annotated[str | None, typer.Option(help="Its language; by default told from the file's name.")] = None,
    stdin: Annotated[str | None, typer.Option(metavar="FILE|-", help="Its input; '-' is standard input.")] = None,
    time_ms: Annotated[int, typer.Option(help="Wall time limit.")] = DEFAULT_WALL_MS,
    cpu_ms: Annotated[int | None, typer.Option(help="CPU time limit; by default 10 s or --time-ms.")] = None,
    memory_mb: Annotated[int, typer.Option(help="Memory limit in MiB, taken literally.")] = DEFAULT_MEMORY_MIB,
    args: Annotated[list[str] | None, typer.Option("--args", help="An argument for it; may be repeated.")] = None,
    cache: Annotated[
        bool, typer.Option("--cache/--no-cache", help="Use and fill the compile cache, or compile anew.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of its output.")] = False,
) -> ExitCode:
    """Run one program. Its output comes out unchanged; the verdict goes to standard error."""
    settings = load_settings()
    options = RunOptions(file, language, stdin, time_ms, cpu_ms, memory_mb, tuple(args or ()), cache)
    request = read_request(options, Inventory.open(settings))
    with Engine.open(settings) as engine:
        return run_program(engine, request, as_json=as_json)


@app.command()
def judge(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Source of the program.")],
    package: Annotated[Path, typer.Argument(metavar="PACKAGE", help="A problem package: a directory or an archive.")],
    *,
    language: Annotated[str | None, typer.Option(help="Its language; by default told from the file's name.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the table.")] = False,
) -> ExitCode:
    """Judge one program against the tests of a problem package; 0 only if it is accepted."""
    with Engine.open(load_settings()) as engine:
        return judge_program(engine, JudgeOptions(file, package, language), as_json=as_json)
