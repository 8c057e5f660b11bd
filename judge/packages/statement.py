"""A package's statement as Markdown.

Statements are ``statement/problem.LANG.md`` or ``.tex``, in the legacy formats in ``problem_statement/``. LaTeX is
converted as far as possible. Samples are no part of it: they are shown apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from judge.errors import PackageError
from judge.packages.latex import MOST_CHARACTERS, markdown
from judge.packages.tree import entries, read

DIRECTORIES: Final = ("statement", "problem_statement")
NATIVE: Final = "en"

_FILE: Final = re.compile(r"problem(?:\.([A-Za-z]{2,3}(?:-[A-Za-z]{2})?))?\.(md|tex|pdf)")
_MOST_BYTES: Final = 4 * MOST_CHARACTERS
# Where a statement wants samples to be shown.
_SAMPLE_PLACES: Final = re.compile(r"^[ \t]*\{\{\s*(?:next|remaining)samples?\s*\}\}[ \t]*\n?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Description:
    """A statement as Markdown: what people read.

    ``language``  of the text: ``en``, ``sv``, ``pt-BR``; ``None`` where there is no statement
    ``title``     the problem's name as the statement gives it; ``None`` where it does not
    ``warnings``  what was left out, one sentence each
    """

    text: str
    language: str | None
    title: str | None
    warnings: tuple[str, ...]


def description_of(package: Path) -> Description:
    """The statement of the package in a directory: in English, or else in the first language there is.

    Without a statement the text is empty, with a warning. Raises :class:`PackageError` where the only statement is a
    PDF, and for one that is not UTF-8, too long, or nested too deeply.
    """
    found = _statements(package)
    if not found:
        return Description("", None, None, (f"there is no statement ({DIRECTORIES[0]}/problem.{NATIVE}.md or .tex)",))
    language, path = min(found, key=_preference)
    shown = path.relative_to(package).as_posix()
    if path.suffix == ".pdf":
        raise PackageError(shown, "", "is a PDF: a statement has to be Markdown (.md) or LaTeX (.tex)")
    text = _text(package, path, shown)
    warnings = [
        f"{other.relative_to(package).as_posix()} is not shown: a problem has one statement, here {shown}"
        for _, other in found
        if other != path
    ]
    if path.suffix == ".md":
        return Description(_SAMPLE_PLACES.sub("", text), language, None, tuple(warnings))
    _, files = entries(package, path.parent)
    converted = markdown(text, file=shown, pictures=[file.name for file in files])
    return Description(converted.text, language, converted.title, (*warnings, *converted.warnings))


def _statements(package: Path) -> list[tuple[str, Path]]:
    found = []
    for name in DIRECTORIES:
        if (package / name).is_dir():
            _, files = entries(package, package / name)
            found += [(match.group(1) or NATIVE, path) for path in files if (match := _FILE.fullmatch(path.name))]
    return found


def _preference(statement: tuple[str, Path]) -> tuple[bool, bool, str, int]:
    language, path = statement
    kind = (".md", ".tex", ".pdf").index(path.suffix)
    return (kind == 2, language.split("-")[0] != NATIVE, language, kind)


def _text(package: Path, path: Path, shown: str) -> str:
    try:
        text = read(package, path, _MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PackageError(shown, "", f"is not UTF-8: wrong byte at offset {error.start}") from error
    return text.replace("\r\n", "\n")
