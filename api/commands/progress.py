"""A verification on its way: bars where somebody watches, a line per solution where nobody does."""

from __future__ import annotations

from typing import assert_never

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from api.commands.bars import Bars
from runner import CaseJudged, Event, SolutionJudged, SolutionStarted


class VerifyProgress(Bars):
    """Shows events as they come, one call of :meth:`show` at a time; ``solutions`` is how many there will be."""

    def __init__(self, solutions: int) -> None:
        super().__init__(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._solutions = solutions
        self._done = 0
        self._wrong = 0
        self._tasks: dict[tuple[str, str], TaskID] = {}
        self._whole: TaskID | None = None
        if self.bars is not None:
            self._whole = self.bars.add_task("solutions", total=solutions)

    def show(self, event: Event) -> None:
        """Take in one event."""
        if isinstance(event, SolutionJudged):
            self._done += 1
            self._wrong += not event.report.holds
        if self.bars is None:
            self._write(event)
        else:
            self._draw(event, self.bars)

    def _write(self, event: Event) -> None:
        if not isinstance(event, SolutionJudged):
            return
        report = event.report
        said = "" if report.holds else f" - {report.unmet[0]}"
        place = f"{event.package.id}/{report.submission.path.removeprefix('submissions/')}"
        self.console.print(f"[{self._done}/{self._solutions}] {place}: {report.result.verdict}{said}")

    def _draw(self, event: Event, bars: Progress) -> None:
        match event:
            case SolutionStarted(package, submission):
                name = f"  {package.id}/{submission.path.removeprefix('submissions/')}"
                cases = len(package.problem.cases)
                self._tasks[package.id, submission.path] = bars.add_task(name, total=cases)
            case CaseJudged(package, submission, _, done):
                bars.update(self._tasks[package.id, submission.path], completed=done)
            case SolutionJudged(package, report):
                bars.remove_task(self._tasks.pop((package.id, report.submission.path)))
                if self._whole is not None:
                    wrong = f", {self._wrong} not as expected" if self._wrong else ""
                    bars.update(self._whole, completed=self._done, description=f"solutions{wrong}")
            case _:
                assert_never(event)
