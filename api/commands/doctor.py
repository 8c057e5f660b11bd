"""``syncode doctor``: what this host offers, as a table."""

from __future__ import annotations

from typing import assert_never

from rich.text import Text

from api.commands.exits import ExitCode
from api.commands.terminal import answers, remarks, table
from runner import Settings, examine, safe
from sandboxes.fact import Fact, Severity


def show_host(settings: Settings) -> ExitCode:
    """Examine this host and print what was found."""
    return show_facts(examine(settings))


def show_facts(facts: tuple[Fact, ...]) -> ExitCode:
    """Print every fact, and what to do about those that are not as wanted."""
    shown = table("", "fact", "found", "wanted", "remedy")
    for fact in facts:
        fine = fact.severity is Severity.OK
        shown.add_row(_mark(fact.severity), fact.name, fact.value, fact.wanted, "" if fine else fact.remedy)
    answers().print(shown)
    console = remarks()
    if not safe(facts):
        console.print("runs would not be safe on this host: mend every fact marked fail")
        return ExitCode.REFUSED
    console.print("runs are safe on this host")
    return ExitCode.OK


def _mark(severity: Severity) -> Text:
    match severity:
        case Severity.OK:
            return Text("ok", style="green")
        case Severity.WARN:
            return Text("warn", style="yellow")
        case Severity.FAIL:
            return Text("FAIL", style="bold red")
        case _:
            assert_never(severity)
