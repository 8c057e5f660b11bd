"""Packages on the wire (API.md 9.2)."""

from __future__ import annotations

from enum import StrEnum

from api.problems.schemas import ProblemDetail
from api.schemas import View


class ExportFormat(StrEnum):
    """The versions of the package format that can be written."""

    V2025_09 = "2025-09"
    LEGACY = "legacy"


class PackageImported(View):
    """What came of a package."""

    problem: ProblemDetail | None
    warnings: list[str]
    errors: list[str]
