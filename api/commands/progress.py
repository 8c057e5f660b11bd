"""A verification on its way: bars where somebody watches, a line per solution where nobody does."""

from __future__ import annotations

from pathlib import Path
from typing import assert_never

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from api.commands.bars import Bars
from api.commands.matrix import short_path
from api.commands.terminal import one_line
from judge import Package
from runner import CaseJudged, ChecksDone, Event, SolutionJudged, SolutionStarted


class VerifyProgress(Bars):
    """Shows events as they come, one call of :meth:`show` at a time; ``solutions`` is how many there will be."""

    def __init__(self, solutions: int) -> None:
        super().__init__(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._solutions = solutions
        self._done = 0
        self._wrong = 0
        self._tasks: dict[tuple[Path, str], TaskID] = {}
        self._whole: TaskID | None = None
        if self.bars is not None:
            self._whole = self.bars.add_task("solutions", total=solutions)

    def show(self, package: Package, event: Event) -> None:
        """Take in one event of a package."""
        if isinstance(event, SolutionJudged):
            self._done += 1
            self._wrong += not event.report.holds
        if self.bars is None:
            self._write(package, event)
        else:
            self._draw(package, event, self.bars)

    def _write(self, package: Package, event: Event) -> None:
        if not isinstance(event, SolutionJudged):
            return
        report = event.report
        said = f" - {one_line(report.unmet[0])}" if report.unmet else ""
        place = f"{package.id}/{short_path(report.submission.path)}"
        self.console.print(f"[{self._done}/{self._solutions}] {place}: {report.result.verdict}{said}")

    def _draw(self, package: Package, event: Event, bars: Progress) -> None:
        match event:
            case SolutionStarted(submission):
                name = f"  {package.id}/{short_path(submission.path)}"
                self._tasks[package.path, submission.path] = bars.add_task(name, total=None)
            case CaseJudged(submission, _, done, total):
                bars.update(self._tasks[package.path, submission.path], completed=done, total=total)
            case SolutionJudged(report):
                if (task := self._tasks.pop((package.path, report.submission.path), None)) is not None:
                    bars.remove_task(task)
                if self._whole is not None:
                    wrong = f", {self._wrong} not as expected" if self._wrong else ""
                    bars.update(self._whole, completed=self._done, description=f"solutions{wrong}")
            case ChecksDone():
                return
            case _:
                assert_never(event)
