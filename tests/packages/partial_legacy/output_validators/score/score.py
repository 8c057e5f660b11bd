"""Gives the number that the program says, times that of its flag; a program that says "no" is refused."""

import sys
from pathlib import Path

_, _, feedback, *flags = sys.argv[1:]
said = sys.stdin.read().split()
if len(said) == 1 and said[0].isdigit():
    times = int(flags[0].removeprefix("times=")) if flags else 1
    Path(feedback, "score.txt").write_text(f"{int(said[0]) * times}\n")
sys.exit(43 if said == ["no"] else 42)
