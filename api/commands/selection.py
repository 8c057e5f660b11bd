"""Which packages a command line means: those it names, and those below directories that it names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from api.commands.changes import changed_since
from judge import Package, PackageError, read_package
from judge.packages.formats import PackageFormat, detect
from judge.packages.metadata import FILE
from judge.packages.opened import opened
from languages import Language
from runner import RequestError

MARKS: Final = (FILE, "problem.xml", "init.yml")
"""A directory with a file of such a name is a package; tests alone are one only where somebody says so."""

_MOST_DEPTH: Final = 16


@dataclass(frozen=True, slots=True)
class Selected:
    """A package that was opened.

    ``place``   what was named, or found below what was named: a directory or an archive
    ``native``  the package's files lie there as they are: it is a directory in the problem package format
    """

    place: Path
    package: Package
    native: bool


def select(named: Sequence[Path], *, since: str | None = None) -> tuple[Path, ...]:
    """The places of packages: each that is one, and all below a directory that is none.

    ``since``: only those in which something changed since that revision (see :func:`changed_since`). Raises
    :class:`RequestError` for what holds none, for what is named more than once, and as :func:`changed_since` does.
    """
    places: dict[Path, Path] = {}
    for path in named:
        for place in _packages(path):
            if place.absolute() in places:
                raise RequestError(f"{place} is named more than once")
            places[place.absolute()] = place
    return tuple(places.values()) if since is None else changed_since(since, tuple(places.values()))


def select_one(named: Path) -> tuple[Path, ...]:
    """The place of the one package that is named. Raises :class:`RequestError` for a directory with packages below."""
    places = select((named,))
    if places != (named,):
        raise RequestError(f"{named} is no package: there is no {FILE} in it, but in {places[0]}")
    return places


def open_packages(owned: ExitStack, places: Sequence[Path], languages: Mapping[str, Language]) -> tuple[Selected, ...]:
    """Read them all; what was unpacked is there until ``owned`` ends. Raises :class:`RequestError` naming the place."""
    return tuple(_open(owned, place, languages) for place in places)


def _open(owned: ExitStack, place: Path, languages: Mapping[str, Language]) -> Selected:
    try:
        found = owned.enter_context(opened(place))
        package = read_package(found.directory, languages)
    except PackageError as error:
        raise RequestError(f"{place}: {error}" if str(place) not in str(error) else str(error)) from error
    package = replace(
        package,
        unsupported=(*found.unsupported, *package.unsupported),
        warnings=(*found.notes, *package.warnings),
    )
    return Selected(place, package, native=place.is_dir() and found.format is PackageFormat.ICPC)


def _packages(path: Path) -> tuple[Path, ...]:
    if not path.exists():
        raise RequestError(f"{path} is not there")
    if not path.is_dir() or _is_package(path):
        return (path,)
    below = tuple(_below(path, 0))
    if below:
        return below
    try:
        detect(path)
    except PackageError as error:
        marks = f"{FILE} (or problem.xml, or init.yml)"
        raise RequestError(f"{path}: there is no {marks} in it or below it, and it {error.reason}") from error
    return (path,)


def _below(directory: Path, depth: int) -> Iterator[Path]:
    """Packages below a directory, by name. None is looked for in a package, in hidden directories and behind links."""
    try:
        names = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir(follow_symlinks=False))
    except OSError as error:
        raise RequestError(f"{directory} cannot be read: {error.strerror}") from error
    for name in names:
        path = directory / name
        if name.startswith("."):
            continue
        if _is_package(path):
            yield path
        elif depth < _MOST_DEPTH:
            yield from _below(path, depth + 1)


def _is_package(directory: Path) -> bool:
    return any((directory / name).is_file() for name in MARKS)
