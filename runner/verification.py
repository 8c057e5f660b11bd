"""Validating problem packages: what is told on the way, and what is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from judge import Package
from judge.validation import Authored, SolutionReport, Validation
from languages import Language
from runner.validation import Assignment, Event, Means, validate_all
from sandboxes import Cancellation

OnPackageEvent = Callable[[Package, Event], None]


@dataclass(frozen=True, slots=True)
class PackageReport:
    """What became of one package; ``validation`` is ``None`` when ``package.unsupported`` names anything."""

    package: Package
    validation: Validation | None

    @property
    def solutions(self) -> tuple[SolutionReport, ...]:
        """What became of its solutions."""
        return self.validation.solutions if self.validation else ()

    @property
    def holds(self) -> bool:
        """Whether every expectation was checked and holds, one of an accepted solution among them, and every check."""
        return self.validation is not None and self.validation.ok and self.validation.checks_hold

    @property
    def failed(self) -> bool:
        """Whether we failed to judge or to check any of it; that a program of the package did is no failure of ours."""
        return self.validation is not None and self.validation.failed and not self.validation.judge_failed


def languages_of(package: Package) -> tuple[Language, ...]:
    """The languages that validating a package takes; none where it cannot be."""
    if package.unsupported:
        return ()
    about = package.problem.judge_program
    sources = [each.source for each in package.submissions]
    sources += [each.program.source for each in package.input_validators]
    sources += [about.source] if about else []
    return tuple({source.language.id: source.language for source in sources}.values())


def verify(
    packages: Sequence[Package],
    means: Means,
    *,
    repeat: int = 1,
    jobs: int,
    on_event: OnPackageEvent,
    cancellation: Cancellation,
) -> tuple[PackageReport, ...]:
    """Validate every package that has no unsupported needs. See :func:`runner.validation.validate_all`."""
    supported = [package for package in packages if not package.unsupported]
    validations = validate_all(
        means,
        [Assignment(Authored.of(package)) for package in supported],
        repeat=repeat,
        jobs=jobs,
        on_event=lambda number, event: on_event(supported[number], event),
        cancellation=cancellation,
    )
    found = iter(validations)
    return tuple(PackageReport(package, None if package.unsupported else next(found)) for package in packages)
