"""A problem package (Kattis / ICPC layout): everything that judging needs of it.

Formats: https://www.kattis.com/problem-package-format/spec/2025-09.html and .../legacy.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from judge.errors import PackageError
from judge.packages.data import read_data
from judge.packages.inputs import InputValidator
from judge.packages.metadata import Metadata, read_metadata
from judge.packages.submissions import Submission, read_submissions
from judge.problem import Problem
from languages import Language


@dataclass(frozen=True, slots=True)
class Package:
    """A package as read.

    ``problem``      what submissions are judged against; test data stays in the package's files
    ``submissions``  reference solutions
    ``input_validators``  programs that say by exit code 42 that an input is as it has to be
    ``unsupported``  what the package needs that is not judged yet; empty: everything it needs is
    ``warnings``     what was assumed or left out
    """

    path: Path
    metadata: Metadata
    problem: Problem
    submissions: tuple[Submission, ...]
    input_validators: tuple[InputValidator, ...]
    unsupported: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def id(self) -> str:
        """The short name: that of the directory."""
        return self.path.name


def read_package(path: Path, languages: Mapping[str, Language]) -> Package:
    """Read the package in the directory ``path``. Raises :class:`PackageError` naming file and key."""
    root = path.absolute()
    if not root.is_dir():
        raise PackageError(str(path), "", "is no directory with a problem package")
    metadata = read_metadata(root)
    data = read_data(root, metadata)
    solutions = read_submissions(root, languages, legacy=metadata.format.legacy)
    return Package(
        path=root,
        metadata=metadata,
        problem=Problem(cases=data.cases, checker=data.checker, limits=metadata.limits),
        submissions=solutions.solutions,
        input_validators=(),
        unsupported=(*_unsupported(root, metadata), *data.needs, *solutions.needs),
        warnings=(*metadata.warnings, *data.warnings, *solutions.warnings),
    )


def _unsupported(root: Path, metadata: Metadata) -> tuple[str, ...]:
    needs: list[str] = [
        kind for kind in ("scoring", "interactive", "multi-pass", "submit-answer") if kind in metadata.types
    ]
    if metadata.custom_validator and not {"interactive", "multi-pass"} & metadata.types:
        needs.append("a custom output validator")
    if (root / "static_validator").exists():
        needs.append("a static validator")
    if (root / "include").is_dir():
        needs.append("included files (include)")
    if metadata.constants:
        needs.append("constants (problem.yaml)")
    return tuple(needs)
