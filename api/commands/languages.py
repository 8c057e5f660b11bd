"""``syncode languages``: what can be run here."""

from __future__ import annotations

from api.commands.exits import ExitCode
from api.commands.terminal import answers, table
from runner import Inventory


def list_languages(inventory: Inventory) -> ExitCode:
    """Print every language with what its limits are multiplied by or raised by, and whether its image is there."""
    columns = ("language", "name", "version", "files", "compiled", "standards", "time", "memory", "image")
    shown = table(*columns, right=("time", "memory"))
    for language in inventory.languages.values():
        standards = (f"{each.id}{'*' if each.default else ''}" for each in language.standards)
        shown.add_row(
            language.id,
            language.name,
            ", ".join(version.version for version in language.versions),
            " ".join(language.extensions),
            "yes" if language.compiled else "no",
            " ".join(standards),
            f"x {language.time_multiplier:g}",
            f"+ {language.memory_allowance_mib} MiB",
            "ready" if inventory.lacks(language) is None else "missing",
        )
    answers().print(shown)
    return ExitCode.OK
