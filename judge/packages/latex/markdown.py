"""From a LaTeX source to Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pylatexenc import latexwalker  # type: ignore[import-untyped] # it comes without types
from pylatexenc.macrospec import std_environment, std_macro  # type: ignore[import-untyped] # it comes without types

from judge.errors import PackageError
from judge.packages.latex.source import Verbatims, expanded, lexed
from judge.packages.latex.vocabulary import ENVIRONMENTS, MACROS
from judge.packages.latex.writer import Writer

MOST_CHARACTERS: Final = 1 << 17
_MOST_EXPANSION: Final = 1 << 15  # characters that macros may add to a short source

_BODY: Final = re.compile(r"\\begin\{document\}(.*?)(?:\\end\{document\}|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Markdown:
    """Text, the title that the source gives (``None``: it gives none), and what was dropped, one sentence each."""

    text: str
    title: str | None
    warnings: tuple[str, ...]


def markdown(source: str, *, file: str = "statement", pictures: Sequence[str] = ()) -> Markdown:
    """LaTeX as Markdown. ``pictures``: names of picture files, for those that are included without an extension.

    Raises :class:`PackageError` naming ``file`` for text that is too long or nested too deeply.
    """
    if len(source) > MOST_CHARACTERS:
        raise PackageError(file, "", f"is longer than {MOST_CHARACTERS} characters")
    verbatims = Verbatims()
    writer = Writer(verbatims, pictures)
    try:
        text, unexpanded = expanded(
            lexed(source, verbatims), most=min(MOST_CHARACTERS, 4 * len(source) + _MOST_EXPANSION)
        )
        body = _BODY.search(text)
        nodes, _, _ = latexwalker.LatexWalker(
            body.group(1) if body else text, latex_context=_context()
        ).get_latex_nodes()
        found = writer.document(nodes)
    except RecursionError:
        raise PackageError(file, "", "is nested too deeply") from None
    except latexwalker.LatexWalkerError as error:
        raise PackageError(file, "", f"cannot be read as LaTeX: {' '.join(str(error).split())[:200]}") from error
    warnings = [f"{file}: the macro \\{name} takes arguments and was not expanded" for name in unexpanded]
    if writer.dropped:
        warnings.append(f"{file}: dropped, with their text kept: {', '.join(writer.dropped)}")
    return Markdown(found, writer.title, tuple(warnings))


def _context() -> Any:  # noqa: ANN401 - the library has no types
    context = latexwalker.get_default_latex_context_db()
    context.add_context_category(
        "statements",
        macros=[std_macro(name, takes) for name, takes in MACROS.items()],
        environments=[std_environment(name, takes) for name, takes in ENVIRONMENTS.items()],
        prepend=True,
    )
    return context
