"""What came of a package in another format: a directory in the layout of the problem package format, and a report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class PackageFormat(StrEnum):
    """The formats that can be read."""

    ICPC = "problem package"
    """Kattis / ICPC: ``2025-09``, ``legacy``, ``legacy-icpc``."""
    POLYGON = "Polygon"
    DMOJ = "DMOJ"
    PLAIN = "plain tests"
    """Inputs and outputs, and nothing else."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """A package that :func:`judge.packages.read_package` can read.

    ``directory``    where it lies; its name is the package's short name
    ``name``         the problem's title; empty: as the package says
    ``format``       what it was
    ``notes``        what was assumed, changed or left out, one sentence each
    ``unsupported``  what the problem needs that could not be brought over: without it judging would be wrong
    """

    directory: Path
    name: str
    format: PackageFormat
    notes: tuple[str, ...] = ()
    unsupported: tuple[str, ...] = ()
