"""Writing parsed LaTeX as Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from pylatexenc import latex2text, latexwalker  # type: ignore[import-untyped] # it comes without types

from judge.packages.latex import vocabulary as words
from judge.packages.latex.source import Verbatims

Node = Any  # of the library, which has no types
Nodes = Sequence[Node]
Macro = Callable[[Node, list[Nodes | None]], str]

_CHARS, _GROUP = latexwalker.LatexCharsNode, latexwalker.LatexGroupNode
_MATH, _SPECIALS = latexwalker.LatexMathNode, latexwalker.LatexSpecialsNode
_MACRO, _ENVIRONMENT = latexwalker.LatexMacroNode, latexwalker.LatexEnvironmentNode

_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>|$]")
_AT_LINE_START: Final = re.compile(r"((?:\A|\n)[ \t]*)([-+#=~]|[0-9]{1,9}(?=[.)]))(?=[ .)=~#-])")
_BREAK: Final = "\\\n"


class Writer:
    """Writes one statement. ``title`` is what the source gives; ``dropped`` what was left out, each thing once."""

    def __init__(self, verbatims: Verbatims, pictures: Sequence[str]) -> None:
        self.title: str | None = None
        self.dropped: dict[str, None] = {}
        self._verbatims = verbatims
        self._pictures = pictures
        self._symbols = latex2text.LatexNodes2Text(math_mode="verbatim")
        self._kinds: Mapping[type, Callable[[Node], str]] = {
            latexwalker.LatexCharsNode: lambda node: _escaped(re.sub(r"\n[ \t]+", "\n", node.chars)),
            latexwalker.LatexGroupNode: lambda node: self._text(node.nodelist),
            latexwalker.LatexMathNode: self._math,
            latexwalker.LatexSpecialsNode: lambda node: words.SPECIALS.get(node.specials_chars, node.specials_chars),
            latexwalker.LatexMacroNode: self._macro,
            latexwalker.LatexEnvironmentNode: self._environment,
        }
        self._macros = self._known_macros()

    def _known_macros(self) -> dict[str, Macro]:
        """What each macro becomes, given itself and its arguments."""

        def constant(text: str) -> Macro:
            return lambda *_: text

        known: dict[str, Macro] = {
            "problemname": self._problemname,
            "href": lambda _, args: f"[{self._inline(args[1])}]({self._address(args)})",
            "url": lambda _, args: f"<{self._address(args)}>",
            "includegraphics": lambda _, args: self._picture(self._raw(args[-1])),
            "illustration": self._illustration,
            "caption": lambda _, args: f"\n\n{_wrapped('*', self._inline(args[-1]))}\n\n",
            "footnote": lambda _, args: f" ({self._inline(args[-1])})",
            "textsuperscript": lambda _, args: f"$^{{\\text{{{self._raw(args[0])}}}}}$",
            "textsubscript": lambda _, args: f"$_{{\\text{{{self._raw(args[0])}}}}}$",
            "\\": constant(_BREAK),
            "newline": constant(_BREAK),
            "linebreak": constant(_BREAK),
            "par": constant("\n\n"),
            "item": constant("\n\n"),
        }
        for name in words.HEADINGS:
            known[name] = lambda node, args: f"\n\n{_hashes(node)} {self._inline(args[-1])}\n\n"
        for name, title in words.SECTIONS.items():
            known[name] = constant(f"\n\n## {title}\n\n" if title else "\n\n")
        for name in words.EMPHASIS:
            known[name] = lambda node, args: _wrapped(words.EMPHASIS[node.macroname], self._text(args[-1] or ()))
        for name in words.CODE:
            known[name] = lambda _, args: self._verbatims.code(self._plain(args[-1] or ()))
        for name in words.KEPT:
            known[name] = lambda _, args: self._text(args[-1] or ())
        for name in words.SILENT:
            known[name] = constant("")
        return known

    def document(self, nodes: Nodes) -> str:
        """All of it."""
        return self._verbatims.restored(_tidied(self._text(nodes))).strip() + "\n"

    def _text(self, nodes: Nodes) -> str:
        parts: list[str] = []
        rest = iter(list(nodes))
        for node in rest:
            if node is None:
                continue
            if node.isNodeType(_MACRO) and node.macroname in words.EMPHASIS_SWITCHES:
                parts.append(_wrapped(words.EMPHASIS_SWITCHES[node.macroname], self._text(list(rest))))
            elif node.isNodeType(_MACRO) and node.macroname in words.CODE_SWITCHES:
                parts.append(self._verbatims.code(self._plain(list(rest))))
            else:
                part = self._node(node)
                parts.append(part.lstrip(" \t") if parts and parts[-1].endswith("\n") else part)
        return "".join(parts)

    def _node(self, node: Node) -> str:
        kind = self._kinds.get(type(node))
        return kind(node) if kind else ""  # a comment

    def _macro(self, node: Node) -> str:
        known = self._macros.get(node.macroname)
        args = _arguments(node)
        return self._symbol(node, args) if known is None else known(node, args)

    def _symbol(self, node: Node, args: list[Nodes | None]) -> str:
        """Letters with accents, and signs; what is unknown is dropped, its arguments are kept as text."""
        name = node.macroname
        if name in words.WORDS:
            return _escaped(words.WORDS[name])
        if self._symbols.latex_context.get_macro_spec(name) is not None:
            return _escaped(self._sign(node))
        self.dropped[f"\\{name}"] = None
        return "".join(self._text(arg) for arg in args if arg)

    def _environment(self, node: Node) -> str:
        name = node.environmentname
        plain = name.removesuffix("*")
        if plain in words.DISPLAYS:
            inner = words.DISPLAYS[plain]
            body = "".join(part.latex_verbatim() for part in node.nodelist).strip()
            body = re.sub(r"\\label\{[^}]*\}", "", body)
            return _display(f"\\begin{{{inner}}}{body}\\end{{{inner}}}" if inner else body)
        if name in words.LISTS:
            return self._list(node, words.LISTS[name])
        if name in words.TABLES:
            return self._table(node)
        if name in words.QUOTES:
            lines = _tidied(self._text(node.nodelist)).split("\n")
            return "\n\n" + "\n".join(f"> {line}".rstrip() for line in lines) + "\n\n"
        if name in words.SAMPLES:
            return "\n\n"
        if name not in words.TRANSPARENT:
            self.dropped[f"\\begin{{{name}}}"] = None
        if name == "problem":
            self._problemname(node, _arguments(node))
        return f"\n\n{self._text(node.nodelist)}\n\n"

    def _list(self, node: Node, mark: str) -> str:
        items: list[tuple[str, list[Node]]] = []
        for each in node.nodelist:
            if each.isNodeType(_MACRO) and each.macroname == "item":
                label = _arguments(each)[0]
                items.append((f"**{self._inline(label)}** " if label else "", []))
            elif items:
                items[-1][1].append(each)
        lines = []
        for label, content in items:
            text = _tidied(label + self._text(content).lstrip())
            indent = " " * (len(mark) + 1)
            first, *others = text.split("\n")
            lines += [f"{mark} {first}".rstrip(), *(f"{indent}{line}".rstrip() for line in others)]
        return "\n\n" + "\n".join(lines) + "\n\n"

    def _table(self, node: Node) -> str:
        rows = [[self._cell(cell) for cell in row] for row in _rows(node.nodelist)]
        rows = [row for row in rows if any(row)]
        if not rows:
            return ""
        width = max(map(len, rows))
        lines = [f"| {' | '.join([*row, *[''] * (width - len(row))])} |" for row in rows]
        lines.insert(1, "|" + " --- |" * width)
        return "\n\n" + "\n".join(lines) + "\n\n"

    def _cell(self, nodes: Nodes) -> str:
        return " ".join(self._verbatims.restored(self._text(nodes)).replace(_BREAK, " ").split())

    def _problemname(self, _: Node, args: list[Nodes | None]) -> str:
        self.title = self.title or " ".join(self._plain(args[0] or ()).split()) or None
        return ""

    def _illustration(self, _: Node, args: list[Nodes | None]) -> str:
        credit = self._inline(args[2])
        return self._picture(self._raw(args[1])) + (f"\n\n*{credit}*\n\n" if credit else "")

    def _picture(self, name: str) -> str:
        path = PurePosixPath(name.strip())
        file = path.as_posix()
        if not path.suffix:
            file = next((found for end in words.PICTURES if (found := file + end) in self._pictures), file)
        if PurePosixPath(file).suffix.lower() not in words.PICTURES:
            self.dropped[f"the picture {name} (a browser cannot show it)"] = None
            return ""
        return f"\n\n![]({re.sub(r'[()<> ]', lambda found: f'%{ord(found.group()):02X}', file)})\n\n"

    def _math(self, node: Node) -> str:
        body = "".join(part.latex_verbatim() for part in node.nodelist)
        if node.displaytype == "display":
            return _display(body)
        return f"${' '.join(body.split())}$" if body.strip() else ""

    def _inline(self, nodes: Nodes | None) -> str:
        return " ".join(self._text(nodes or ()).replace(_BREAK, " ").split())

    def _plain(self, nodes: Nodes) -> str:
        """Text as it is to be read, without marks of Markdown."""
        parts = []
        for node in nodes:
            if node is None:
                continue
            if node.isNodeType(_CHARS):
                parts.append(node.chars)
            elif node.isNodeType(_GROUP) or node.isNodeType(_MATH):
                parts.append(self._plain(node.nodelist))
            elif node.isNodeType(_SPECIALS):
                parts.append(" " if node.specials_chars == "~" else node.specials_chars)
            elif node.isNodeType(_MACRO) and node.macroname in words.WORDS:
                parts.append(words.WORDS[node.macroname])
            elif node.isNodeType(_MACRO):
                args = _arguments(node)
                parts.append(
                    self._plain(args[-1] or ()) if args and node.macroname in words.MACROS else self._sign(node)
                )
        return self._verbatims.plain("".join(parts))

    def _sign(self, node: Node) -> str:
        return str(self._symbols.nodelist_to_text([node]))

    def _raw(self, nodes: Nodes | None) -> str:
        return self._verbatims.plain("".join(node.latex_verbatim() for node in nodes or ()))

    def _address(self, args: list[Nodes | None]) -> str:
        return re.sub(r"\\([#%&_~{}])", r"\1", self._raw(args[0])).replace(" ", "%20").replace(">", "%3E")


def _arguments(node: Node) -> list[Nodes | None]:
    """What a macro or an environment was given, in its order; ``None`` for what was left out."""
    given = getattr(node.nodeargd, "argnlist", None) or []
    args = [None if arg is None else arg.nodelist if arg.isNodeType(_GROUP) else [arg] for arg in given]
    name = node.macroname if node.isNodeType(_MACRO) else node.environmentname
    takes = words.MACROS.get(name) or words.ENVIRONMENTS.get(name) or ""
    return [*args, *[None] * (len(takes) - len(args))]


def _hashes(node: Node) -> str:
    return "#" * words.HEADINGS[node.macroname]


def _rows(nodes: Nodes) -> Iterator[list[list[Node]]]:
    """The cells of a table's rows."""
    row: list[list[Node]] = [[]]
    for node in nodes:
        if node.isNodeType(_SPECIALS) and node.specials_chars == "&":
            row.append([])
        elif node.isNodeType(_MACRO) and node.macroname in {"\\", "tabularnewline"}:
            yield row
            row = [[]]
        else:
            row[-1].append(node)
    yield row


def _escaped(text: str) -> str:
    """Text in which nothing means anything to Markdown."""
    return _AT_LINE_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", text))


def _wrapped(mark: str, text: str) -> str:
    """Emphasis, which must touch what it emphasises and cannot span paragraphs."""
    inner = text.strip()
    if not inner:
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return before + "\n\n".join(f"{mark}{part.strip()}{mark}" for part in re.split(r"\n\s*\n", inner)) + after


def _display(body: str) -> str:
    lines = [line.strip() for line in body.strip().split("\n") if line.strip()]
    return "\n\n$$\n" + "\n".join(lines) + "\n$$\n\n" if lines else ""


def _tidied(text: str) -> str:
    """No blanks at lines' ends and no more than one empty line, code apart."""
    lines = [re.sub(r"[ \t]+\\\Z", r"\\", line.rstrip()) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
