"""``include/`` of a package: files that every program of a language gets beside its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from judge.errors import PackageError
from judge.packages.programs import language_id
from judge.packages.tree import entries, read, walk
from judge.source import PACKAGED
from languages import Language

DIRECTORY: Final = "include"
DEFAULT: Final = "default"


def read_includes(package: Path, languages: Mapping[str, Language]) -> dict[str, dict[str, bytes]]:
    """The files by our names of languages and by path; those of ``default`` are every language's.

    A directory for a language that we do not have says nothing. Raises :class:`PackageError` for files beside the
    directories, and for too many or too large ones.
    """
    root = package / DIRECTORY
    if not root.is_dir():
        return {}
    directories, files = entries(package, root)
    if files:
        raise PackageError(f"{DIRECTORY}/{files[0].name}", "", "is in no language's directory")
    found = {directory.name: _files(package, directory) for directory in directories}
    default = found.pop(DEFAULT, {})
    own = {language_id(code): given for code, given in found.items()}
    included = {each: {**default, **own.get(each, {})} for each in languages}
    return {each: given for each, given in included.items() if given}


def _files(package: Path, directory: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path in walk(package, directory):
        found[path.relative_to(directory).as_posix()] = read(package, path, PACKAGED.file_bytes)
        if len(found) > PACKAGED.files:
            raise PackageError(f"{DIRECTORY}/{directory.name}", "", f"holds more than {PACKAGED.files} files")
    return found
