"""Which macros and environments of LaTeX statements are understood, and as what."""

from __future__ import annotations

from typing import Final

# What each takes: * a star, [ an option, { an argument.
MACROS: Final = {
    "problemname": "{", "illustration": "{{{", "href": "{{", "url": "{", "caption": "[{", "footnote": "[{",
    "section": "*[{", "subsection": "*[{", "subsubsection": "*[{", "paragraph": "*[{", "subparagraph": "*[{",
    "textbf": "{", "textit": "{", "textsl": "{", "emph": "{", "texttt": "{", "underline": "{", "textsc": "{",
    "textrm": "{", "textsf": "{", "textmd": "{", "textup": "{", "textnormal": "{", "text": "{", "mbox": "{",
    "hbox": "{", "fbox": "{", "uline": "{", "sout": "{", "textsuperscript": "{", "textsubscript": "{",
    "includegraphics": "*[{", "vspace": "*{", "hspace": "*{", "label": "{", "multicolumn": "{{{", "multirow": "{{{",
    "cline": "{", "color": "{", "textcolor": "{{", "setlength": "{{", "sampleinput": "{", "sampleoutput": "{",
    "exmp": "{{", "exmpfile": "{{", "documentclass": "[{", "usepackage": "[{", "pagestyle": "{",
    "thispagestyle": "{", "title": "{", "author": "{", "t": "{", "code": "{", "lstset": "{", "scalebox": "{{",
    "resizebox": "{{{", "raisebox": "{{", "centerline": "{", "item": "[", "linebreak": "[",
}  # fmt: skip
ENVIRONMENTS: Final = {
    "itemize": "[", "enumerate": "[", "description": "[", "compactitem": "[", "compactenum": "[", "tabular": "[{",
    "tabular*": "{[{", "tabularx": "{[{", "longtable": "[{", "figure": "[", "figure*": "[", "table": "[",
    "table*": "[", "minipage": "[{", "wrapfigure": "[{{", "wraptable": "[{{", "center": "", "flushleft": "",
    "flushright": "", "quote": "", "quotation": "", "problem": "{{{{{", "example": "", "examplewide": "",
    "document": "", "multicols": "{", "tutorial": "{", "small": "", "footnotesize": "", "samepage": "",
}  # fmt: skip

HEADINGS: Final = {"section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 4, "subparagraph": 4}
EMPHASIS: Final = {"textbf": "**", "emph": "*", "textit": "*", "textsl": "*"}
EMPHASIS_SWITCHES: Final = {"bf": "**", "bfseries": "**", "it": "*", "itshape": "*", "em": "*", "sl": "*"}
CODE: Final = frozenset({"texttt", "code", "t"})  # Polygon's \t takes the place of LaTeX's rare tie
CODE_SWITCHES: Final = frozenset({"tt", "ttfamily"})

# Their last argument is kept and the rest is not: how it looks.
KEPT: Final = frozenset(
    {"underline", "uline", "textsc", "textrm", "textsf", "textmd", "textup", "textnormal", "text", "mbox", "hbox"}
    | {"fbox", "sout", "centerline", "textcolor", "multicolumn", "multirow", "scalebox", "resizebox", "raisebox"}
)
# How a page looks, where something may be referred to, and samples, which are shown apart.
SILENT: Final = frozenset(
    {"vspace", "hspace", "label", "noindent", "centering", "newpage", "clearpage", "pagebreak", "bigskip", "medskip"}
    | {"smallskip", "hfill", "vfill", "small", "footnotesize", "scriptsize", "tiny", "large", "Large", "normalsize"}
    | {"raggedright", "sampleinput", "sampleoutput", "exmp", "exmpfile", "nextsample", "remainingsamples", "hline"}
    | {"cline", "toprule", "midrule", "bottomrule", "documentclass", "usepackage", "pagestyle", "thispagestyle"}
    | {"title", "author", "maketitle", "setlength", "color", "lstset", "selectfont", "sloppy", "rm", "sf", "sc"}
    | {"rmfamily", "sffamily", "upshape", "normalfont", "protect", "null", "break", "allowbreak", "nobreak", "/", "!"}
    | {"-", "huge", "Huge", "LARGE", "displaystyle", "relax", "leavevmode", "unskip", "ignorespaces"}
)
SECTIONS: Final = {
    "InputFile": "Input", "OutputFile": "Output", "Interaction": "Interaction", "Note": "Note", "Notes": "Notes",
    "Scoring": "Scoring", "Constraints": "Constraints", "Example": "", "Examples": "", "SampleTest": "",
}  # fmt: skip
LISTS: Final = {"itemize": "-", "compactitem": "-", "enumerate": "1.", "compactenum": "1.", "description": "-"}
TABLES: Final = frozenset({"tabular", "tabular*", "tabularx", "longtable"})
QUOTES: Final = frozenset({"quote", "quotation"})
SAMPLES: Final = frozenset({"example", "examplewide"})
TRANSPARENT: Final = ENVIRONMENTS.keys() - LISTS.keys() - TABLES - QUOTES - SAMPLES

WORDS: Final = {
    "LaTeX": "LaTeX", "TeX": "TeX", "copyright": "©", "S": "§", "P": "¶", "slash": "/",
    "lq": "\N{LEFT SINGLE QUOTATION MARK}", "rq": "\N{RIGHT SINGLE QUOTATION MARK}",
    "glqq": "„", "grqq": "“", "textgreater": ">", "textless": "<", "textbar": "|", "euro": "€", "degree": "°",
    "quad": " ", "qquad": " ", "enspace": " ", "thinspace": " ", ",": " ", ";": " ", ":": " ", " ": " ", "\n": " ",
    "textquotesingle": "'", "space": " ", "No": "№", "&": "&", "textbackslash": "\\", "_": "_", "#": "#", "$": "$",
    "%": "%", "{": "{", "}": "}", "textunderscore": "_", "ldots": "…", "dots": "…",
}  # fmt: skip
SPECIALS: Final = {
    "``": "“", "''": "”", "---": "—", "--": "\N{EN DASH}", "~": "\N{NO-BREAK SPACE}", "<<": "«", ">>": "»", "!`": "¡",
    "?`": "¿", "&": "&",
}  # fmt: skip

DISPLAYS: Final = {
    "equation": "", "displaymath": "", "math": "", "multline": "gathered", "align": "aligned", "alignat": "aligned",
    "flalign": "aligned", "eqnarray": "aligned", "gather": "gathered",
}  # fmt: skip
"""Environments of displayed formulas, and what stands for them between ``$$``."""

PICTURES: Final = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp")
"""What a browser shows."""
