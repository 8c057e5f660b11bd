"""Accepts two natural numbers that add up to the input's. Of much output it reads only the beginning."""

import os
import sys
from pathlib import Path

given, answer, feedback = sys.argv[1:]
if not feedback.endswith("/") or Path(answer).read_text() != "5 5\n" or os.listdir(feedback) not in ([], [".keep"]):
    raise SystemExit("called in another way than agreed")


def refuse(why, hint=""):
    Path(feedback, "judgemessage.txt").write_text(why)
    if hint:
        Path(feedback, "teammessage.txt").write_text(hint)
    raise SystemExit(43)


said = sys.stdin.buffer.read(1000)
try:
    words = said.decode().split()
except UnicodeDecodeError:
    refuse("no text")
if len(words) != 2:
    refuse(f"{len(words)} words")
if not all(word.isascii() and word.isdigit() for word in words):
    refuse("no numbers")
total, wanted = sum(map(int, words)), int(Path(given).read_text())
if total != wanted:
    refuse(f"the sum is {total}, not {wanted}", "look at the sum")
Path(feedback, "judgemessage.txt").write_text("well split")
raise SystemExit(42)
