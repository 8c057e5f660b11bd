"""``syncode images``: making, listing, checking and tidying the root file systems of languages."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

from rich.progress import BarColumn, TaskID, TextColumn

from api.commands.bars import Bars
from api.commands.exits import ExitCode
from api.commands.terminal import answers, remarks, table
from runner import Engine, Inventory
from sandboxes.images import BuildEvent, BuildOutcome, BuildReport, Stage

_MIB: Final = 1 << 20


def build_images(engine: Engine, names: Sequence[str], *, jobs: int | None) -> ExitCode:
    """Build what is missing, with a progress bar per image (or a line per stage where nobody watches)."""
    selected = engine.inventory.select(names)
    with BuildProgress() as progress:
        reports = engine.build_images(selected, jobs=jobs, on_progress=progress.show)
    console = remarks()
    for report in reports:
        if report.outcome is not BuildOutcome.READY:
            console.print(_sentence(report))
    failed = [report for report in reports if report.outcome is BuildOutcome.FAILED]
    if not failed:
        console.print(f"images of {len(selected)} languages are ready")
    return ExitCode.FAILED if failed else ExitCode.OK


def list_images(inventory: Inventory) -> ExitCode:
    """Which image each language has, how large it is, when it was built."""
    shown = table("language", "state", "digest", "size", "built", "by", right=("size",))
    for language in inventory.languages.values():
        image = inventory.store.image(language.image)
        lacking = inventory.lacks(language)
        digest = inventory.store.digest(language.image)[:12]
        if image is None:
            shown.add_row(language.id, "missing", digest, "", "", "")
            continue
        facts = image.manifest
        size = f"{facts.size_bytes / _MIB:.0f} MiB"
        shown.add_row(language.id, "unproved" if lacking else "ready", digest, size, facts.created, facts.builder)
    answers().print(shown)
    return ExitCode.OK


def verify_images(engine: Engine, names: Sequence[str], *, jobs: int | None) -> ExitCode:
    """Check that images are what was built, safe, and still run their languages."""
    reports = engine.verify_images(engine.inventory.select(names), jobs=jobs)
    shown = table("languages", "state", "problem")
    for report in reports:
        languages = ", ".join(report.languages)
        for problem in report.problems:
            shown.add_row(languages, "broken", problem)
        if not report.problems:
            shown.add_row(languages, "as built", "")
    answers().print(shown)
    return ExitCode.REFUSED if any(report.problems for report in reports) else ExitCode.OK


def prune_images(inventory: Inventory) -> ExitCode:
    """Remove images that no language asks for any more, and what interrupted builds left."""
    pruned = inventory.store.prune(language.image for language in inventory.languages.values())
    freed = f"{pruned.freed_bytes / _MIB:.0f} MiB"
    removed = f"{len(pruned.images)} images, {len(pruned.builds)} unfinished builds"
    answers().print(f"removed {removed}, {freed} freed")
    return ExitCode.OK


class BuildProgress(Bars):
    """Shows build events. Nothing appears for images that were there already."""

    def __init__(self) -> None:
        super().__init__(TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[stage]}"))
        self._lock = threading.Lock()
        self._stages: dict[str, Stage] = {}
        self._tasks: dict[str, TaskID] = {}

    def show(self, event: BuildEvent) -> None:
        """Take in one event, from any thread."""
        with self._lock:
            before = self._stages.get(event.digest)
            if before is None and event.stage is Stage.READY:
                return
            self._stages[event.digest] = event.stage
            names = ", ".join(event.languages)
            if self.bars is None:
                if event.stage is not before and event.stage not in {Stage.READY, Stage.FAILED}:
                    self.console.print(f"{names}: {event.stage}")
                return
            task = self._tasks.get(event.digest)
            if task is None:
                task = self._tasks[event.digest] = self.bars.add_task(names, total=1.0, stage="")
            self.bars.update(task, completed=event.fraction or 0.0, stage=event.stage.value)


def _sentence(report: BuildReport) -> str:
    names = ", ".join(report.languages)
    if report.outcome is BuildOutcome.FAILED:
        where = f" (log: {report.log})" if report.log else ""
        return f"syncode: {names}: {report.error}{where}"
    return f"{names}: {report.outcome} in {report.seconds:.1f} s"
