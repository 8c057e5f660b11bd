"""How far a validation is, told so seldom that a large one does not fill a stream of events."""

from __future__ import annotations

from typing import Any, assert_never

from runner.jobs import ValidationTask
from runner.validation import CaseJudged, ChecksDone, Event, SolutionJudged, SolutionStarted


class ValidationProgress:
    """Counts what has been done of a task; to be told of every event, one at a time."""

    def __init__(self, task: ValidationTask) -> None:
        self._solutions = len(task.authored.solutions if task.chosen is None else task.chosen)
        self._total = self._solutions * task.repeat * len(task.authored.problem.cases)
        self._done: dict[str, int] = {}
        self._judged = self._met = self._unmet = 0
        self._checked = False
        self._told_percent = -1

    def and_one(self, event: Event) -> bool:
        """Take one event in; whether that is worth telling."""
        match event:
            case SolutionStarted():
                return False
            case CaseJudged(submission=submission, done=done):
                self._done[submission.path] = done
            case SolutionJudged(report=report):
                # What was not executed, after a failure of ours, is done with too.
                self._done[report.submission.path] = self._total // self._solutions
                self._judged += 1
                self._met += report.met is True
                self._unmet += report.met is False
                return True
            case ChecksDone():
                self._checked = True
                return True
            case _:
                assert_never(event)
        percent = 100 * sum(self._done.values()) // max(1, self._total)
        news, self._told_percent = percent > self._told_percent, max(percent, self._told_percent)
        return news

    def record(self) -> dict[str, Any]:
        """How far it is: ``done`` of ``total`` tests of all solutions; solutions by whether expectations hold."""
        return {
            "done": sum(self._done.values()),
            "total": self._total,
            "solutionsDone": self._judged,
            "solutionsTotal": self._solutions,
            "met": self._met,
            "unmet": self._unmet,
            "checked": self._checked,
        }
