"""The command ``syncode``: a façade like any other. Commands parse and print; the rest is the engine's."""

from __future__ import annotations

import importlib
import importlib.metadata
import io
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import FrameType
from typing import Annotated, Any, Final

import typer
import typer.core
from typing_extensions import override

from api.commands.exits import ExitCode, exit_code, sentence
from api.commands.memory import collect_again, collect_later
from api.commands.signals import hear_signals_at_once
from api.commands.terminal import remarks
from runner import Settings, SettingsError, load_settings

NAME: Final = "syncode"

_COMMANDS: Final[Mapping[str, str]] = {
    "run": "programs",
    "judge": "programs",
    "verify": "authoring",
    "mutate": "authoring",
    "stress": "authoring",
    "package": "authoring",
    "serve": "service",
    "worker": "workers",
    "seed": "service",
    "db": "service",
    "languages": "host",
    "images": "host",
    "doctor": "host",
    "canary": "host",
}
"""Each command's module below ``api.commandline``."""


class _Commands(typer.core.TyperGroup):
    """Loads a command when it is asked for: most runs need little of what there is, and start so much sooner."""

    @override
    def list_commands(self, ctx: Any) -> list[str]:
        """In the order of the table."""
        return list(_COMMANDS)

    @override
    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name; ``None``: there is none."""
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"api.commandline.{_COMMANDS[cmd_name]}")
        command = typer.main.get_group(module.app).commands[cmd_name]
        collect_again()
        return command


app = typer.Typer(name=NAME, cls=_Commands, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


def _on_version(value: bool) -> None:  # noqa: FBT001 - the library's way of calling
    if value:
        typer.echo(f"{NAME} {importlib.metadata.version(NAME)}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_on_version, help="Print the version and end.")
    ] = False,
) -> None:
    """Run programs in a sandbox and judge them against test cases."""


def execute(arguments: Sequence[str]) -> int:
    """Run one command line in this process; the exit code. Prints at most one line about an error, never raises one."""
    try:
        answer = app(list(arguments), prog_name=NAME, standalone_mode=False)
    except Exception as error:  # noqa: BLE001 - the edge of the process
        code = exit_code(error)
        place = _write_traceback(error)
        known = sentence(error) if code is not None else f"internal error: {type(error).__name__}: {sentence(error)}"
        if known:  # where a command is missing, its help was the answer
            remarks().print(f"{NAME}: {known}{place}", soft_wrap=True)
        return code or ExitCode.FAILED
    if answer == ExitCode.INTERRUPTED:
        remarks().print(f"{NAME}: interrupted")
    return int(answer or 0)


def main() -> None:
    """Entry point of the installed command."""
    collect_later()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    hear_signals_at_once()
    sys.exit(execute(sys.argv[1:]))


def _leave(number: int, _frame: FrameType | None) -> None:
    """End as if by an exception, so that everything that was opened is closed on the way out."""
    sys.exit(128 + number)


def _write_traceback(error: Exception) -> str:
    """Append the traceback to the file that the settings name; what to add to the message about it."""
    try:
        settings: Settings = load_settings()
    except SettingsError:
        return ""
    if settings.debug is None:
        return ""
    try:
        with settings.debug.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {' '.join(sys.argv)}\n")
            traceback.print_exception(error, file=file)
    except OSError as failure:
        return f" (and {settings.debug} cannot be written: {failure.strerror})"
    return f" (more in {settings.debug})"
