"""The patterns find what tools really wrote.

``diagnostics/<language>/<case>.txt`` is a tool's output as it was; ``.found`` beside it what must be found in it: file,
line, column, severity and message with tabs between them, a dash for what is not said.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from languages import load_languages

HERE = Path(__file__).parent / "diagnostics"
CASES = sorted(str(path.relative_to(HERE).with_suffix("")) for path in HERE.glob("*/*.txt"))
LANGUAGES = load_languages()


def find(language: str, text: str) -> str:
    matches = [match for pattern in LANGUAGES[language].diagnostics for match in pattern.finditer(text)]
    return "".join(describe(match) for match in sorted(matches, key=re.Match.start))


def describe(match: re.Match[str]) -> str:
    groups = match.groupdict()
    if groups.get("indent") is not None:
        groups["column"] = str(len(groups["indent"]) + 1)
    found = [groups.get(name) for name in ("file", "line", "column", "severity", "message")]
    return "\t".join("-" if value is None else value for value in found) + "\n"


@pytest.mark.parametrize("case", CASES)
def test_a_tools_output_is_understood(case: str) -> None:
    text = (HERE / f"{case}.txt").read_text(encoding="utf-8")
    expected = (HERE / f"{case}.found").read_text(encoding="utf-8")
    assert expected
    assert find(case.split("/", maxsplit=1)[0], text) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_outputs(language: str) -> None:
    assert f"{language}/syntax" in CASES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text", ["", "Hello, world\n", "42\n" * 1000, "a" * 100_000, " " * 50_000 + "^", ":" * 10_000, ": (" * 10_000]
)
def test_ordinary_text_is_no_error(language: str, text: str) -> None:
    assert not find(language, text)
