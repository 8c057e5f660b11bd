"""``exact``, ``trimmed`` and ``unordered_lines``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from judge.checkers.rules import ACCEPTED, CheckResult, UnorderedLines, refused
from judge.checkers.streams import Content, Divergence, Reader, diverge
from judge.checkers.tokens import same_tokens
from judge.checkers.words import quote, quote_line

_EXCERPT_BYTES: Final = 256
_ONLY_WHITESPACE: Final = " (only whitespace differs)"


def check_exact(expected: Content, actual: Content) -> CheckResult:
    """Equal byte for byte."""
    difference = diverge(expected, actual)
    return ACCEPTED if difference is None else _refuse(difference, line=difference.line)


def check_trimmed(expected: Content, actual: Content) -> CheckResult:
    """Equal after removing trailing whitespace of every line and trailing empty lines."""
    raw = diverge(expected, actual)
    if raw is None:
        return ACCEPTED
    # What is equal so far cannot become different by trimming, so trimming begins with the line of the difference.
    head = raw.line_head
    difference = diverge(_trim(chain((head,), raw.expected)), _trim(chain((head,), raw.actual)))
    return ACCEPTED if difference is None else _refuse(difference, line=raw.line + difference.line - 1)


def check_unordered_lines(checker: UnorderedLines, expected: Content, actual: Content) -> CheckResult:
    """The same multiset of lines after the ``trimmed`` rule. Holds all different lines in memory."""
    if isinstance(expected, bytes) and expected == actual:
        return ACCEPTED
    ours, theirs = _count(checker, expected), _count(checker, actual)
    if dict.__eq__(ours, theirs):  # Counter's own comparison is a loop in Python
        return ACCEPTED
    parts = []
    for difference, word in ((ours - theirs, "missing"), (theirs - ours, "unexpected")):
        if number := difference.total():
            lines = "1 line is" if number == 1 else f"{number} lines are"
            parts.append(f"{lines} {word}, the first of them {quote(next(iter(difference)))}")
    return refused("; ".join(parts))


def _refuse(difference: Divergence, *, line: int) -> CheckResult:
    expected, actual = Reader(difference.expected), Reader(difference.actual)
    ours, theirs = expected.read(_EXCERPT_BYTES), actual.read(_EXCERPT_BYTES)
    head = difference.line_head
    if not theirs:
        message = f"line {line}: the output ends where {quote_line(head, ours)} was expected"
    elif not ours:
        message = f"line {line}: nothing more was expected, but the output goes on with {quote_line(head, theirs)}"
    else:
        message = f"line {line}: expected {quote_line(head, ours)}, got {quote_line(head, theirs)}"
    token = difference.token_head
    if same_tokens(chain((token, ours), expected), chain((token, theirs), actual)):
        message += _ONLY_WHITESPACE
    return refused(message)


def _trim(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks by the ``trimmed`` rule. Holds one run of whitespace: only what follows says whether it stays."""
    run = bytearray()
    for block in blocks:
        body = block.rstrip()
        if not body:
            run += block
            continue
        held = bytes(run) + body
        # Line by line: a regular expression for blanks before a line's end takes squared time on long blanks.
        *lines, last = held.split(b"\n")
        yield b"\n".join((*map(bytes.rstrip, lines), last))
        run = bytearray(block[len(body) :])


def _count(checker: UnorderedLines, content: Content) -> Counter[bytes]:
    counted: Counter[bytes] = Counter()
    blank = 0  # empty lines that count only when another line follows
    carry: list[bytes] = []
    for block in chain(Reader(content), (b"\n",)):
        first, *more = block.split(b"\n")
        carry.append(first)
        if not more:
            continue
        lines = [b"".join(carry).rstrip(), *(line.rstrip() for line in more[:-1])]
        carry = [more[-1]]
        if checker.unordered_tokens:
            lines = [b" ".join(sorted(line.split())) for line in lines]
        full = [line for line in lines if line]
        if full and not checker.ignore_blank_lines:
            last = len(lines) - next(index for index, line in enumerate(reversed(lines)) if line)
            counted[b""] += blank + last - len(full)
            blank = len(lines) - last
        else:
            blank += len(lines) - len(full)
        counted.update(full)
    if not counted[b""]:
        del counted[b""]
    return counted
