"""A package that was verified, as reports show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.commands.exits import ExitCode
from api.commands.terminal import counted
from judge.mutation import MutationReport
from judge.validation import CheckerCheck, Finding, InputCheck, Validation
from runner import PackageReport


@dataclass(frozen=True, slots=True)
class Verified:
    """What became of a package.

    ``place``     as it was named or found: a directory or an archive
    ``native``    see :class:`api.commands.selection.Selected`
    ``mutation``  what mutants of its solutions say of its tests; ``None``: nobody asked, or there were none
    """

    place: Path
    report: PackageReport
    native: bool = True
    mutation: MutationReport | None = None

    @property
    def id(self) -> str:
        """The package's short name."""
        return self.report.package.id

    @property
    def validation(self) -> Validation | None:
        """What was found; ``None``: it needs what is not judged."""
        return self.report.validation

    def test(self, index: int) -> str:
        """Name of one of its tests."""
        return self.report.package.problem.cases[index].name

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What its authors should know."""
        return self.validation.findings if self.validation else ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """All that is no plain note, of reading it and of validating it."""
        told = [finding.message for finding in self.findings if not finding.kind.note]
        return (*self.report.package.warnings, *told)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is common in packages that are as they should be."""
        return tuple(finding.message for finding in self.findings if finding.kind.note)

    @property
    def refused_outputs(self) -> tuple[CheckerCheck, ...]:
        """Checks of expected outputs that went wrong."""
        return tuple(check for check in self.validation.checker_checks if not check.accepted) if self.validation else ()

    @property
    def refused_inputs(self) -> tuple[InputCheck, ...]:
        """Checks of inputs that went wrong."""
        return tuple(check for check in self.validation.input_checks if not check.accepted) if self.validation else ()


@dataclass(frozen=True, slots=True)
class Policy:
    """What makes a verification fail beside expectations and checks that do not hold.

    ``allow_unsupported``    packages that cannot be judged do not
    ``warnings_as_errors``   warnings do
    """

    allow_unsupported: bool = False
    warnings_as_errors: bool = False

    def holds(self, verified: Verified) -> bool:
        """Whether a package is as it should be; one that is passed over holds."""
        if self.warnings_as_errors and verified.warnings:
            return False
        passed_over = bool(verified.report.package.unsupported) and self.allow_unsupported
        return verified.report.holds or passed_over

    def outcome(self, packages: Sequence[Verified]) -> ExitCode:
        """Well only if every package holds; a package that cannot be judged does not unless that is allowed."""
        if any(verified.report.failed for verified in packages):
            return ExitCode.FAILED
        return ExitCode.OK if all(map(self.holds, packages)) else ExitCode.REFUSED


def summary(packages: Sequence[Verified]) -> str:
    """One sentence on all of it."""
    solutions = [solution for verified in packages for solution in verified.report.solutions]
    unmet = sum(not solution.holds for solution in solutions)
    refused = sum(len(verified.refused_outputs) + len(verified.refused_inputs) for verified in packages)
    warned = sum(len(verified.warnings) for verified in packages)
    unsupported = [verified.id for verified in packages if verified.report.package.unsupported]
    unsolved = [each.id for each in packages if each.validation is not None and not each.validation.accepted_exists]
    judged = len(packages) - len(unsupported)
    sentence = f"{counted(len(solutions), 'solution')} in {counted(judged, 'package')}: "
    parts = [f"{unmet} not as expected" if unmet else "all as expected"] if solutions else []
    parts += [f"no accepted solution: {', '.join(unsolved)}"] if unsolved else []
    parts += [f"{refused} checks of inputs and expected outputs do not hold"] if refused else []
    parts += [counted(warned, "warning")] if warned else []
    parts += [f"not judged: {', '.join(unsupported)}"] if unsupported else []
    return sentence + ("; ".join(parts) or "nothing to judge")
