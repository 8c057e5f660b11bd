"""Reads what an image is made of: the ``[image]`` table of a language file."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Final

from languages.errors import LanguageError
from languages.model import ImageFile, NpmPackage, Recipe, Wheel
from languages.tables import Table

ARCHITECTURES: Final = frozenset({"x86_64", "aarch64"})

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_INTEGRITY: Final = re.compile(r"sha512-[A-Za-z0-9+/]{86}==")
_SUITE: Final = re.compile(r"[a-z]+")
_PACKAGE: Final = re.compile(r"[a-z0-9][a-z0-9+.-]+")


def read_recipe(table: Table, assets: Path) -> Recipe:
    """The ``[image]`` table of a language; ``assets`` is where the files of its own lie.

    Raises :class:`LanguageError`.
    """
    recipe = Recipe(
        suite=table.matching("suite", _SUITE),
        packages=_packages(table),
        wheels=tuple(_wheel(entry) for entry in table.tables("wheels")),
        npm=tuple(_npm(entry) for entry in table.tables("npm")),
        files=tuple(_file(entry, assets) for entry in table.tables("files")),
        steps=table.vectors("steps") if table.has("steps") else (),
    )
    table.finish()
    return recipe


def _packages(table: Table) -> tuple[str, ...]:
    packages = table.texts("packages")
    for index, package in enumerate(packages):
        if not _PACKAGE.fullmatch(package):
            table.refuse(f"packages[{index}]", f"{package!r} is no name of a Debian package")
    return packages


def _wheel(table: Table) -> Wheel:
    hashes = table.table("sha256")
    for architecture in hashes.content:
        if architecture not in ARCHITECTURES:
            hashes.refuse(architecture, f"unknown architecture; known: {', '.join(sorted(ARCHITECTURES))}")
        hashes.matching(architecture, _SHA256)
    files = table.table("files")
    for member in files.content:
        _absolute(files, member)
    wheel = Wheel(
        name=table.text("name"),
        version=table.text("version"),
        sha256=MappingProxyType(table.mapping("sha256")),
        files=MappingProxyType(table.mapping("files")),
    )
    for name, content in (("sha256", wheel.sha256), ("files", wheel.files)):
        if not content:
            table.refuse(name, "must not be empty")
    table.finish()
    return wheel


def _npm(table: Table) -> NpmPackage:
    architecture = table.text("architecture") if table.has("architecture") else None
    if architecture is not None and architecture not in ARCHITECTURES:
        table.refuse("architecture", f"unknown architecture; known: {', '.join(sorted(ARCHITECTURES))}")
    package = NpmPackage(
        name=table.text("name"),
        version=table.text("version"),
        integrity=table.matching("integrity", _INTEGRITY),
        target=_absolute(table, "target"),
        architecture=architecture,
    )
    table.finish()
    return package


def _file(table: Table, assets: Path) -> ImageFile:
    source = table.text("source")
    path = assets / source
    try:
        if not path.resolve().is_relative_to(assets.resolve()):
            table.refuse("source", "must lie below assets/")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise LanguageError(table.file, table.at("source"), f"assets/{source} cannot be read: {error}") from error
    file = ImageFile(target=_absolute(table, "target"), content=content, executable=table.truth("executable"))
    table.finish()
    return file


def _absolute(table: Table, name: str) -> str:
    value = table.text(name)
    path = PurePosixPath(value)
    if not path.is_absolute() or ".." in path.parts or str(path) != value:
        table.refuse(name, f"{value!r} is no plain absolute path")
    return value
