"""Which format a directory is a package of, and making a package of format 2025-09 of it."""

from __future__ import annotations

from pathlib import Path

from judge.errors import PackageError
from judge.packages.formats import dmoj, plain, polygon
from judge.packages.formats.conversion import Conversion, PackageFormat
from judge.packages.formats.foreign import Foreign
from judge.packages.metadata import FILE as METADATA


def detect(directory: Path) -> PackageFormat:
    """The format of the package in ``directory``, told by the file that it cannot be without.

    Raises :class:`PackageError` naming what was looked for when it is none.
    """
    for file, format_ in (
        (METADATA, PackageFormat.ICPC),
        (polygon.FILE, PackageFormat.POLYGON),
        (dmoj.FILE, PackageFormat.DMOJ),
    ):
        if (directory / file).is_file():
            return format_
    if (directory / "data" / "secret").is_dir():
        raise PackageError(METADATA, "", "is missing: data/secret is there, so this looks like a problem package")
    if directory.is_dir() and plain.tests_of(Foreign(directory)):
        return PackageFormat.PLAIN
    looked = f"{METADATA} (problem package), {polygon.FILE} (Polygon), {dmoj.FILE} (DMOJ)"
    raise PackageError(directory.name, "", f"is no package; looked for: {looked}, and tests: {plain.PATTERNS}")


def convert(directory: Path, within: Path, *, name: str | None = None) -> Conversion:
    """The package in ``directory`` as one that can be read; one in the problem package format stays where it is.

    Others are made anew in a directory in ``within``, which has to be there and empty. ``name``: the title where the
    package has none, by default the directory's name. Raises :class:`PackageError`.
    """
    format_ = detect(directory)
    if format_ is PackageFormat.ICPC:
        return Conversion(directory, "", format_)
    package = Foreign(directory)
    if format_ is PackageFormat.POLYGON:
        return polygon.convert(package, within, name=name or directory.name)
    if format_ is PackageFormat.DMOJ:
        return dmoj.convert(package, within, name=name or directory.name)
    return plain.convert(package, within, name=name or directory.name)
