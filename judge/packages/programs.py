"""Programs of a package: a file or a directory each, in the language that its files' extensions tell."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from judge.errors import PackageError, SourceError
from judge.packages.tree import read, walk
from judge.source import PACKAGED, Source
from languages import Language, by_extension

# Codes of the format's table of languages that differ from ours.
_IDS: Final = {"python3": "python", "pypy3": "python"}
_CODES: Final = {"python": "python3"}
_HEADERS: Final = (".h", ".hh", ".hpp", ".hxx", ".inc")


def language_id(code: str) -> str:
    """Our name of a language that the format's table calls ``code``."""
    return _IDS.get(code, code)


def language_code(language_id: str) -> str:
    """The code of a language in the format's table."""
    return _CODES.get(language_id, language_id)


def contents(package: Path, path: Path) -> dict[str, Path]:
    """The files of a program by their names in it; a file alone is one that holds itself."""
    if path.is_dir():
        return {file.relative_to(path).as_posix(): file for file in walk(package, path)}
    return {path.name: path}


def language_of(names: Collection[str], languages: Mapping[str, Language]) -> Language | None:
    """The one language of the files with a known extension; C++ where C and C++ stand together; ``None``: unclear."""
    named = {language.id: language for name in names if (language := by_extension(languages, name))}
    if named.keys() == {"c", "cpp"}:
        return named["cpp"]
    return next(iter(named.values())) if len(named) == 1 else None


def main_file(names: Collection[str], language: Language) -> str | None:
    """The file with which a program begins; ``None`` where nothing says which."""
    if language.entrypoint in names:
        return language.entrypoint
    fitting = [name for name in sorted(names) if can_begin(name, language)]
    if "__main__.py" in fitting:
        return "__main__.py"
    # All files of a compiled language are compiled together: any of them will do where nothing else decides.
    takes_all = language.compile is not None and any(
        "{sources}" in step or "{siblings}" in step for step in language.compile.steps
    )
    return fitting[0] if len(fitting) == 1 or (fitting and takes_all and language.compiled) else None


def can_begin(name: str, language: Language) -> bool:
    """Whether a file of that name may be a program's main file."""
    return (
        PurePosixPath(name).suffix.lower() in language.extensions
        and re.fullmatch(language.entrypoint_pattern, name) is not None
    )


def program_name(path: str) -> str:
    """By what name a package refers to the program with that path."""
    return PurePosixPath(path).stem


def is_header(name: str) -> bool:
    """Whether a file is no program of its own, but for others to include."""
    return name.lower().endswith(_HEADERS)


def read_source(
    package: Path,
    shown: str,
    files: Mapping[str, Path],
    *,
    language: Language,
    entrypoint: tuple[str, str] | None = None,
) -> Source:
    """The program in these files, which is shown in errors as ``shown``.

    ``entrypoint``: its main file or class, and the file of the package that names it; ``None``: as :func:`main_file`
    says. Raises :class:`PackageError` for a program that breaks the rules of form, or whose main file is unclear.
    """
    content = {name: read(package, path, PACKAGED.file_bytes) for name, path in files.items()}
    main = main_file(content, language) if entrypoint is None else entrypoint[0]
    if main is None:
        raise PackageError(shown, "", f"holds several files and none is called {language.entrypoint}")
    code = content.pop(main, None)
    if code is None and entrypoint is not None:
        with_extension = next((main + end for end in language.extensions if main + end in content), None)
        if with_extension is None:
            raise PackageError(entrypoint[1], shown, f"names the entrypoint {main!r}, which is not there")
        main, code = with_extension, content.pop(with_extension)
    try:
        return Source.of(language, code or b"", entrypoint=main, files=content, rules=PACKAGED)
    except SourceError as error:
        raise PackageError(shown, "", str(error)) from error
