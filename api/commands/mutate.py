"""``syncode mutate``: whether a package's tests notice small mistakes in its accepted solutions."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, assert_never

from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn

from api.commands.bars import Bars
from api.commands.exits import ExitCode
from api.commands.mutants import mutation_json, mutation_markdown, mutation_summary, print_mutation
from api.commands.selection import open_packages
from api.commands.terminal import answers, remarks
from judge import Package
from judge.mutation import Fate, MutationReport
from runner import Engine, RequestError
from runner.mutating import MutantJudged, MutationEvent, OriginalJudged, mutate_package

STANDARD_OUTPUT: Final = Path("-")
_SUBMISSIONS: Final = "submissions"


@dataclass(frozen=True, slots=True)
class MutateOptions:
    """What stands on the command line.

    ``most``        mutants at most; ``None``: as many as there is time for
    ``solutions``   of which mutants are made; empty: all that have to be accepted
    ``json``        a file, or ``-`` for standard output in place of the tables
    ``threshold``   per cent that the score has to reach
    """

    package: Path
    seconds: float
    most: int | None
    solutions: tuple[Path, ...]
    json: Path | None
    markdown: bool
    threshold: float


def mutate_solutions(engine: Engine, options: MutateOptions) -> ExitCode:
    """Judge mutants, list those that survive, and answer whether the score reaches the threshold."""
    if options.json is not None and options.json != STANDARD_OUTPUT:
        _write(options.json, "")  # a minute of judging must not end at a directory that is not there
    with contextlib.ExitStack() as owned:
        (selected,) = open_packages(owned, (options.package,), engine.inventory.languages)
        paths = [_solution(selected.package, path) for path in options.solutions]
        with MutateProgress() as progress:
            report = mutate_package(
                engine,
                selected.package,
                paths=paths,
                seconds=options.seconds,
                most=options.most,
                on_event=progress.show,
            )
        _show(selected.package, report, options)
    remarks().print(mutation_summary(report))
    return outcome(report, threshold=options.threshold)


def outcome(report: MutationReport, *, threshold: float) -> ExitCode:
    """Well if the score reaches the threshold (per cent); failed if we could judge nothing."""
    tally = report.tally
    if tally.score is None:
        return ExitCode.FAILED if tally.not_judged else ExitCode.REFUSED
    return ExitCode.OK if tally.killed * 100 >= threshold * tally.viable else ExitCode.REFUSED


class MutateProgress(Bars):
    """Shows events as they come: a bar where somebody watches, a line per solution where nobody does."""

    def __init__(self) -> None:
        super().__init__(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._task: TaskID | None = None
        self._survived = 0

    def show(self, event: MutationEvent) -> None:
        """Take in one event."""
        match event:
            case OriginalJudged(original, _):
                if self.bars is None:
                    self.console.print(f"{original.name}: accepted")
            case MutantJudged(result, done, total):
                self._survived += result.fate is Fate.SURVIVED
                if self.bars is not None:
                    if self._task is None:
                        self._task = self.bars.add_task("mutants", total=total)
                    survived = f", {self._survived} survived" if self._survived else ""
                    self.bars.update(self._task, completed=done, description=f"mutants{survived}")
            case _:
                assert_never(event)


def _solution(package: Package, path: Path) -> str:
    """The solution that is meant: by its path in the package, with or without ``submissions/``, or its path here."""
    known = [submission.path for submission in package.submissions]
    shown = path.as_posix()
    wanted = [shown, f"{_SUBMISSIONS}/{shown}"]
    with contextlib.suppress(ValueError):
        wanted.append(path.resolve().relative_to(package.path.resolve()).as_posix())
    for name in wanted:
        if name in known:
            return name
    raise RequestError(f"{package.id} has no solution {shown}; it has {_listed(known)}")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _show(package: Package, report: MutationReport, options: MutateOptions) -> None:
    if options.json is not None:
        content = json.dumps(mutation_json(report), indent=2) + "\n"
        if options.json == STANDARD_OUTPUT:
            sys.stdout.write(content)
            return
        _write(options.json, content)
    if options.markdown:
        sys.stdout.write(mutation_markdown(package.id, report))
    else:
        print_mutation(answers(), report)


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, "utf-8")
    except OSError as error:
        raise RequestError(f"{path} cannot be written: {error.strerror}") from error
