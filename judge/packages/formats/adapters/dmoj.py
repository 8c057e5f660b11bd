"""An output validator that compares as DMOJ's own checkers do, named by its arguments.

Copied into packages and run there, by itself: nothing of this project is at hand. Called as
``python dmoj.py INPUT ANSWER FEEDBACK_DIR/ NAME [OPTION]`` with the output on standard input; 42 accepts, 43 refuses.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

ACCEPTS, REFUSES = 42, 43


def lines(text: bytes) -> list[bytes]:
    """Lines that are not empty."""
    return [line for line in re.split(rb"[\r\n]", text) if line]


def words(text: bytes) -> list[list[bytes]]:
    """The words of lines that have some."""
    return [found for line in lines(text) if (found := line.split())]


def standard(output: bytes, answer: bytes, _: str) -> float:
    """The same words in the same lines."""
    return words(output) == words(answer)


def identical(output: bytes, answer: bytes, _: str) -> float:
    """The same bytes."""
    return output == answer


def rstripped(output: bytes, answer: bytes, _: str) -> float:
    """The same lines, apart from blanks at their ends."""
    given, expected = output.split(b"\n"), answer.split(b"\n")
    return [line.rstrip() for line in given] == [line.rstrip() for line in expected]


def ordered(output: bytes, answer: bytes, split_on: str) -> float:
    """The same lines, or words, in any order."""
    if split_on == "whitespace":
        return sorted(output.split()) == sorted(answer.split())
    return sorted(line.split() for line in lines(output)) == sorted(line.split() for line in lines(answer))


def easy(output: bytes, answer: bytes, _: str) -> float:
    """Each letter and sign as often, in any order and case."""
    return Counter(b"".join(output.split()).lower()) == Counter(b"".join(answer.split()).lower())


def linecount(output: bytes, answer: bytes, partial: str) -> float:
    """The part of the answer's lines that are right."""
    given, expected = lines(output), lines(answer)
    if len(given) > len(expected):
        return False
    right = sum(one.strip() == other.strip() for one, other in zip(given, expected, strict=False))
    part = right / len(expected) if expected else 1.0
    return part if partial == "partial" else part >= 1


def floats(output: bytes, answer: bytes, option: str) -> float:
    """Words as ``standard``, numbers within a tolerance; ``option``: ``precision``, or ``precision:mode``."""
    precision, _, mode = option.partition(":")
    given, expected = words(output), words(answer)
    tolerance = 10.0 ** -int(precision)
    return len(given) == len(expected) and all(
        len(ours) == len(theirs) and all(_near(*pair, tolerance, mode) for pair in zip(ours, theirs, strict=True))
        for ours, theirs in zip(given, expected, strict=True)
    )


def _near(output: bytes, answer: bytes, tolerance: float, mode: str) -> bool:
    try:
        expected = float(answer)
    except ValueError:
        return output == answer
    try:
        difference = abs(float(output) - expected)
    except ValueError:
        return False
    absolute, relative = difference <= tolerance, difference <= tolerance * abs(expected)
    return {"absolute": absolute, "relative": relative}.get(mode, absolute or relative)


CHECKERS = {
    "standard": standard,
    "identical": identical,
    "rstripped": rstripped,
    "sorted": ordered,
    "easy": easy,
    "linecount": linecount,
    "floats": floats,
}


def main(arguments: list[str]) -> int:
    """The exit code; what part of the points is earned is written where the format wants it."""
    _, answer, feedback, name, *options = arguments
    output = sys.stdin.buffer.read()
    part = CHECKERS[name](output, Path(answer).read_bytes(), options[0] if options else "")
    if 0 < part < 1:
        Path(feedback, "score_multiplier.txt").write_text(f"{part:.9f}\n", encoding="ascii")
    return ACCEPTS if part else REFUSES


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
