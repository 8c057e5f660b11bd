r"""LaTeX statements as Markdown, as far as that goes: what was dropped is named.

Formulas stay as they are, between ``$`` and ``$$``. Understood beside LaTeX's own: what the problem package format adds
(``\problemname``, ``\illustration``) and what Polygon does (``\InputFile``, ``\t{}``).
"""

from judge.packages.latex.markdown import MOST_CHARACTERS, Markdown, markdown

__all__ = ["MOST_CHARACTERS", "Markdown", "markdown"]
