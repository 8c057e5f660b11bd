"""What is known about the host, one fact at a time, and how facts are read."""

from __future__ import annotations

import enum
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROGRAM_S: Final = 20


class Severity(enum.Enum):
    """*fail*: without it runs do not work or are not safe.

    *warn*: a further wall, on which the jail itself does not rest, is missing, or runs will be slow.
    """

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the report. ``remedy`` says what to do when ``severity`` is not *ok*."""

    name: str
    value: str
    wanted: str
    severity: Severity
    remedy: str


def graded(fine: bool, otherwise: Severity) -> Severity:  # noqa: FBT001 - reads as the sentence it is
    """*ok* if it is fine, else the other."""
    return Severity.OK if fine else otherwise


def read_text(path: Path) -> str | None:
    """The file's text without surrounding blanks; ``None`` where it is not there or not for us."""
    try:
        return path.read_text().strip()
    except OSError:
        return None


def read_number(path: Path) -> int | None:
    """The file's one number; ``None`` where there is none."""
    text = read_text(path)
    return None if text is None or not re.fullmatch(r"-?\d+", text) else int(text)


def read_fields(path: Path) -> dict[str, str]:
    """Lines ``name: value``; empty where the file is not there."""
    pairs = (line.partition(":") for line in (read_text(path) or "").splitlines())
    return {name: value.strip() for name, _, value in pairs}


def try_program(*command: str) -> str:
    """``works`` if the program ends with success within 20 s, or why it does not."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
            timeout=_PROGRAM_S,
        )
    except subprocess.TimeoutExpired:
        return f"does not end within {_PROGRAM_S} s"
    except OSError as error:
        return f"{command[0]}: {error.strerror}"
    if done.returncode == 0:
        return "works"
    words = done.stderr.decode(errors="replace").strip().splitlines()
    return words[-1] if words else f"exit status {done.returncode}"
