"""Writes what the input says, whatever it is, as the score; "-" stands for no score. Refuses "no"."""

import sys
from pathlib import Path

given, _, feedback = sys.argv[1:4]
words = Path(given).read_bytes().decode("unicode_escape").removesuffix("\n")
if words != "-":
    Path(feedback, "score_multiplier.txt").write_bytes(words.encode("latin-1"))
said = sys.stdin.read().split()
number = int(said[1]) if len(said) > 1 else None
sys.exit(43 if said[:1] == ["no"] or (number and words == f"0.{number}") else 42)
