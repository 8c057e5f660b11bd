"""A verification on its way: bars where somebody watches, a line per solution where nobody does."""

from __future__ import annotations

from types import TracebackType
from typing import assert_never

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from api.terminal import remarks
from runner import CaseJudged, Event, SolutionJudged, SolutionStarted


class VerifyProgress:
    """Shows events as they come, one call of :meth:`show` at a time; ``solutions`` is how many there will be."""

    def __init__(self, solutions: int) -> None:
        self._console = remarks()
        self._solutions = solutions
        self._done = 0
        self._wrong = 0
        self._tasks: dict[tuple[str, str], TaskID] = {}
        self._bars: Progress | None = None
        self._whole: TaskID | None = None
        if self._console.is_terminal:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bars = Progress(*columns, console=self._console, transient=True)
            self._whole = self._bars.add_task("solutions", total=solutions)

    def __enter__(self) -> VerifyProgress:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def show(self, event: Event) -> None:
        """Take in one event."""
        if isinstance(event, SolutionJudged):
            self._done += 1
            self._wrong += not event.report.holds
        if self._bars is None:
            self._write(event)
        else:
            self._draw(event, self._bars)

    def _write(self, event: Event) -> None:
        if not isinstance(event, SolutionJudged):
            return
        report = event.report
        said = "" if report.holds else f" - {report.unmet[0]}"
        place = f"{event.package.id}/{report.submission.path.removeprefix('submissions/')}"
        self._console.print(f"[{self._done}/{self._solutions}] {place}: {report.result.verdict}{said}")

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
