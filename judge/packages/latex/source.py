"""What happens to a LaTeX source before it is parsed: comments and verbatim text are taken out, macros expanded."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_PLACE: Final = re.compile("\ue000([0-9]+)\ue001")
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\ue000\ue001]")
_LEXICAL: Final = re.compile(
    r"""
    (?P<escaped>\\[\\%])
    |(?P<comment>(?:(?<=\n)|\A)[ \t]*%[^\n]*(?:\n|\Z)|%[^\n]*)
    |\\begin\{(?P<environment>verbatim|lstlisting|Verbatim|minted|alltt|comment)\}(?P<block>.*?)\\end\{(?P=environment)\}
    |\\(?:verb\*?|lstinline(?:\[[^\]\n]*\])?)(?P<delimiter>[^\sA-Za-z0-9{*])(?P<inline>[^\n]*?)(?P=delimiter)
    |\\lstinline(?:\[[^\]\n]*\])?\{(?P<braced>[^{}\n]*)\}
    """,
    re.VERBOSE | re.DOTALL,
)
_OPTIONS: Final = re.compile(r"\A(?:\[[^\]\n]*\])?(?:\{[^}\n]*\})?")
_DEFINITION: Final = re.compile(
    r"\\(?:(?:re)?newcommand\*?\s*(?:\{\s*\\(?P<braced>[A-Za-z]+)\s*\}|\\(?P<bare>[A-Za-z]+))"
    r"|def\s*\\(?P<defined>[A-Za-z]+))\s*(?P<takes>\[[0-9]\]|\#[0-9#]*)?\s*\{"
)
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
            if whole and int(whole.group(1)) in self.blocks:
                indent = line[: len(line) - len(line.lstrip())]
                lines += [(indent + part).rstrip() for part in fenced(self.blocks[int(whole.group(1))])]
            else:
                lines.append(_PLACE.sub(self._inline, line))
        return "\n".join(lines)

    def plain(self, text: str) -> str:
        """Put back text without marking it as code."""
        return _PLACE.sub(lambda place: (self.blocks | self.codes).get(int(place.group(1)), ""), text)

    def _inline(self, place: re.Match[str]) -> str:
        number = int(place.group(1))
        return code_span(self.codes[number] if number in self.codes else self.blocks.get(number, ""))

    def _place(self, texts: dict[int, str], text: str) -> str:
        number = len(self.blocks) + len(self.codes)
        texts[number] = text
        return f"\ue000{number}\ue001"


def lexed(source: str, verbatims: Verbatims) -> str:
    """The source without comments and control characters, verbatim text put aside."""

    def taken(found: re.Match[str]) -> str:
        if found["escaped"]:
            return found.group()
        if found["comment"] is not None or found["environment"] == "comment":
            return ""
        if found["environment"]:
            block = found["block"] if found["environment"] == "verbatim" else _OPTIONS.sub("", found["block"])
            return f"\n\n{verbatims.block(block)}\n\n"
        return verbatims.code(found["inline"] if found["delimiter"] else found["braced"])

    text = source.replace("\r\n", "\n").replace("\r", "\n")
    return _LEXICAL.sub(taken, _CONTROL.sub("", text))


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
    names = re.compile(rf"\\({'|'.join(sorted(map(re.escape, bodies), key=len, reverse=True))})(?![A-Za-z])(?:\{{\}})?")
    for _ in range(_ROUNDS):
        uses = [found.group(1) for found in names.finditer(text)]
        if not uses or len(text) + sum(len(bodies[name]) for name in uses) > most:
            break
        text = names.sub(lambda found: bodies[found.group(1)], text)
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
