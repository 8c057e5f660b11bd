"""What happens to a LaTeX source before it is parsed: comments and verbatim text are taken out, macros expanded."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

# A place is one character, for private use, so that no command can take a part of it for its argument.
_FIRST_PLACE: Final = 0xF0000
_MOST_PLACES: Final = 0xFFFE
_PLACE: Final = re.compile("[\U000f0000-\U000ffffd]")
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\U000f0000-\U000ffffd]")
_LEXICAL: Final = re.compile(
    r"""
    (?P<escaped>\\[\\%])
    |(?P<comment>(?:(?<=\n)|\A)[ \t]*%[^\n]*(?:\n|\Z)|%[^\n]*)
    |\\begin\{(?P<environment>verbatim|lstlisting|Verbatim|minted|alltt|comment)\}
    |\\(?:verb\*?|lstinline(?:\[[^\]\n]{0,200}\])?)(?P<delimiter>[^\sA-Za-z0-9*])
    """,
    re.VERBOSE,
)
_OPTIONS: Final = re.compile(r"\A(?:\[[^\]\n]*\])?(?:\{[^}\n]*\})?")
_DEFINITION: Final = re.compile(
    r"\\(?:(?:re)?newcommand\*?\s*(?:\{\s*\\(?P<braced>[A-Za-z]+)\s*\}|\\(?P<bare>[A-Za-z]+))"
    r"|def\s*\\(?P<defined>[A-Za-z]+))\s*(?P<takes>\[[0-9]\]|\#[0-9#]*)?\s*\{"
)
_MACRO: Final = re.compile(r"\\([A-Za-z]+)(?:\{\})?")
_ROUNDS: Final = 10


@dataclass(slots=True)
class Verbatims:
    """Text that is kept as it is: ``blocks`` of lines, and code within a line. Places in a source refer to them."""

    blocks: dict[int, str] = field(default_factory=dict)
    codes: dict[int, str] = field(default_factory=dict)

    def block(self, text: str) -> str:
        """A place for lines."""
        return self._place(self.blocks, text)

    def code(self, text: str) -> str:
        """A place for code within a line."""
        return self._place(self.codes, text)

    def restored(self, text: str) -> str:
        """Put back what stands in the places: fences, indented as their place is, and code spans."""
        lines = []
        for line in text.split("\n"):
            whole = _PLACE.fullmatch(line.strip())
            if whole and _number(whole) in self.blocks:
                indent = line[: len(line) - len(line.lstrip())]
                lines += [(indent + part).rstrip() for part in fenced(self.blocks[_number(whole)])]
            else:
                lines.append(_PLACE.sub(self._inline, line))
        return "\n".join(lines)

    def plain(self, text: str) -> str:
        """Put back text without marking it as code."""
        return _PLACE.sub(lambda place: (self.blocks | self.codes).get(_number(place), ""), text)

    def _inline(self, place: re.Match[str]) -> str:
        number = _number(place)
        return code_span(self.codes[number] if number in self.codes else self.blocks.get(number, ""))

    def _place(self, texts: dict[int, str], text: str) -> str:
        number = len(self.blocks) + len(self.codes)
        if number == _MOST_PLACES:
            return text
        texts[number] = text
        return chr(_FIRST_PLACE + number)


def _number(place: re.Match[str]) -> int:
    return ord(place.group()) - _FIRST_PLACE


def lexed(source: str, verbatims: Verbatims) -> str:
    """The source without comments and control characters, verbatim text put aside."""
    text = _CONTROL.sub("", source.replace("\r\n", "\n").replace("\r", "\n"))
    parts: list[str] = []
    at = 0
    unended: set[str] = set()  # environments whose end does not come any more: it is not looked for again
    while found := _LEXICAL.search(text, at):
        parts.append(text[at : found.start()])
        at = found.end()
        if environment := found["environment"]:
            mark = f"\\end{{{environment}}}"
            end = -1 if environment in unended else text.find(mark, at)
            if end < 0:
                unended.add(environment)
                parts.append(found.group())
                continue
            if environment != "comment":
                block = text[at:end] if environment == "verbatim" else _OPTIONS.sub("", text[at:end])
                parts.append(f"\n\n{verbatims.block(block)}\n\n")
            at = end + len(mark)
        elif delimiter := found["delimiter"]:
            line = text.find("\n", at)
            end = text.find("}" if delimiter == "{" else delimiter, at, len(text) if line < 0 else line)
            if end < 0:
                parts.append(found.group())
                continue
            parts.append(verbatims.code(text[at:end]))
            at = end + 1
        elif found["escaped"]:
            parts.append(found.group())
    return "".join([*parts, text[at:]])


def expanded(source: str, *, most: int) -> tuple[str, tuple[str, ...]]:
    """The source with its macros that take no arguments replaced by what they stand for; and the names of the others.

    Stops, leaving the rest as it is, before the text grows beyond ``most`` characters.
    """
    bodies: dict[str, str] = {}
    left: dict[str, None] = {}
    parts: list[str] = []
    at = 0
    while found := _DEFINITION.search(source, at):
        end = _closing(source, found.end())
        if end is None:
            break
        parts.append(source[at : found.start()])
        name = found["braced"] or found["bare"] or found["defined"]
        if found["takes"]:
            left[name] = None
        else:
            bodies[name] = source[found.end() : end]
        at = end + 1
    text = "".join([*parts, source[at:]])
    if not bodies:
        return text, tuple(left)

    def body(found: re.Match[str]) -> str:
        return bodies.get(found.group(1), found.group())

    for _ in range(_ROUNDS):
        uses = [found.group(1) for found in _MACRO.finditer(text) if found.group(1) in bodies]
        if not uses or len(text) + sum(len(bodies[name]) for name in uses) > most:
            break
        text = _MACRO.sub(body, text)
    return text, tuple(left)


def fenced(text: str) -> list[str]:
    """The lines of a fenced block of code."""
    lines = text.strip("\n").expandtabs(4).split("\n")
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall(r"`{3,}", text))])
    return [fence, *(line.rstrip() for line in lines), fence]


def code_span(text: str) -> str:
    """Code within a line."""
    text = " ".join(text.split("\n"))
    if not text.strip():
        return text
    ticks = "`" * (max([0, *(len(run) for run in re.findall(r"`+", text))]) + 1)
    edge = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{edge}{text}{edge}{ticks}"


def _closing(text: str, start: int) -> int | None:
    """Where the brace closes that was opened just before ``start``."""
    depth = 1
    for found in re.compile(r"\\.|[{}]", re.DOTALL).finditer(text, start):
        depth += {"{": 1, "}": -1}.get(found.group(), 0)
        if depth == 0:
            return found.start()
    return None
