"""``exact``, ``trimmed`` and ``unordered_lines``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from judge.checkers.rules import ACCEPTED, CheckResult, UnorderedLines, refused
from judge.checkers.streams import WHITESPACE, Content, Divergence, Reader, diverge
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
    """The same multiset of lines after the ``trimmed`` rule.

    Holds the different lines of what is expected, and of the output never more than a block: what an output may hold
    is not for the program to decide.
    """
    if isinstance(expected, bytes) and expected == actual:
        return ACCEPTED
    left: Counter[bytes] = Counter()
    longest = 0
    for lines in _count(checker, expected):
        left.update(lines)
        longest_here = max(map(len, lines))
        longest = max(longest, longest_here)
    for lines in _count(checker, actual, longest=longest):
        for line, number in lines.items():
            remaining = left[line] - number
            if remaining < 0:
                expected_times = "not expected" if line not in left else "there more often than expected"
                return refused(f"the line {quote(line)} is {expected_times}")
            left[line] = remaining
    missing = [line for line, number in left.items() if number]
    if not missing:
        return ACCEPTED
    number = left.total()
    return refused(f"{number} {'line is' if number == 1 else 'lines are'} missing, such as {quote(missing[0])}")


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
        inner = body.lstrip()
        run += body[: len(body) - len(inner)]
        if newlines := run.count(b"\n"):
            yield b"\n" * newlines
        yield bytes(run[run.rfind(b"\n") + 1 :])
        # Line by line: a regular expression for blanks before a line's end takes squared time on long blanks.
        *lines, last = inner.split(b"\n")
        yield b"\n".join((*map(bytes.rstrip, lines), last))
        run = bytearray(block[len(body) :])


def _count(checker: UnorderedLines, content: Content, *, longest: int | None = None) -> Iterator[Counter[bytes]]:
    """How often each line is there, block by block; never an empty count.

    ``longest``: a line with more than so many bytes beside its whitespace need not be sorted, for it matches none.
    """
    blank = 0  # empty lines that count only when another line follows
    carry: list[bytes] = []
    for block in chain(Reader(content), (b"\n",)):
        first, *more = block.split(b"\n")
        carry.append(first)
        if not more:
            continue
        lines = [b"".join(carry).rstrip(), *map(bytes.rstrip, more[:-1])]
        carry = [more[-1]]
        if checker.unordered_tokens:
            lines = [_sorted(line, longest) for line in lines]
        full = [line for line in lines if line]
        if not full:
            blank += len(lines)
            continue
        counted = Counter(full)
        if not checker.ignore_blank_lines:
            last = len(lines) - next(index for index, line in enumerate(reversed(lines)) if line)
            if before := blank + last - len(full):
                counted[b""] = before
            blank = len(lines) - last
        yield counted


def _sorted(line: bytes, longest: int | None) -> bytes:
    if longest is not None and len(line) > longest and len(line.translate(None, WHITESPACE)) > longest:
        return line
    return b" ".join(sorted(line.split()))
