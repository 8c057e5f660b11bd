"""Compilers' text as data. What the eight languages' compilers really say is tested beside their patterns."""

from __future__ import annotations

import re

import pytest

from judge import Diagnostic, Severity
from judge.diagnostics import MOST, parse_diagnostics, relative_paths

GCC = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+):(?P<column>\d+): (?P<severity>\w+): (?P<message>.+)$", re.MULTILINE)
CARET = re.compile(r"^(?P<file>\S+):(?P<line>\d+): (?P<message>.+)\n.*\n(?P<indent> *)\^", re.MULTILINE)
LINKER = re.compile(r"^ld: (?P<message>.+)$", re.MULTILINE)


def parsed(text: bytes, *patterns: re.Pattern[str]) -> tuple[Diagnostic, ...]:
    return parse_diagnostics(patterns, [text], files={"main.c"})


class TestParse:
    def test_groups_become_fields(self) -> None:
        assert parsed(b"main.c:3:7: error: no such thing\n", GCC) == (
            Diagnostic("main.c", 3, 7, Severity.ERROR, "no such thing"),
        )

    def test_a_caret_gives_the_column(self) -> None:
        assert parsed(b"main.c:3: wrong\n  int x\n      ^\n", CARET) == (
            Diagnostic("main.c", 3, 7, Severity.ERROR, "wrong"),
        )

    def test_without_a_place_there_is_none(self) -> None:
        assert parsed(b"ld: undefined\n", LINKER) == (Diagnostic(None, None, None, Severity.ERROR, "undefined"),)

    def test_they_come_as_printed_whatever_the_order_of_the_patterns(self) -> None:
        text = b"ld: first\nmain.c:1:1: error: second\nld: third\n"
        for patterns in ((GCC, LINKER), (LINKER, GCC)):
            assert [found.message for found in parsed(text, *patterns)] == ["first", "second", "third"]

    def test_the_same_twice_is_once(self) -> None:
        assert len(parsed(b"ld: x\nld: y\nld: x\n", LINKER)) == 2

    def test_all_texts_are_read(self) -> None:
        found = parse_diagnostics([LINKER], [b"ld: one\n", b"ld: two\n"], files=())
        assert [each.message for each in found] == ["one", "two"]

    @pytest.mark.parametrize(
        ("word", "severity"),
        [
            ("error", Severity.ERROR),
            ("ERROR", Severity.ERROR),
            ("error_fatal", Severity.ERROR),
            ("warning", Severity.WARNING),
            ("WARNING", Severity.WARNING),
            ("note", Severity.INFO),
            ("help", Severity.INFO),
        ],
    )
    def test_severities(self, word: str, severity: Severity) -> None:
        assert parsed(f"main.c:3:7: {word}: x".encode(), GCC)[0].severity is severity

    def test_there_are_no_more_than_enough(self) -> None:
        assert len(parsed(b"".join(b"ld: %d\n" % number for number in range(10_000)), LINKER)) == MOST

    def test_a_line_number_of_a_thousand_digits_is_none(self) -> None:
        assert parsed(b"main.c:" + b"9" * 5000 + b":0: error: x", GCC)[0].line is None

    def test_messages_are_cut_and_bytes_that_are_no_text_are_replaced(self) -> None:
        (found,) = parsed(b"ld: \xff" + b"x" * 10_000, LINKER)
        assert found.message.startswith("\ufffdx")
        assert len(found.message) == 1000


class TestRelativePaths:
    @pytest.mark.parametrize(
        ("text", "result"),
        [
            (b"/box/main.c:1: x", b"main.c:1: x"),
            (b"In file included from /box/main.c:1:", b"In file included from main.c:1:"),
            (b"'/box/main.c'", b"'main.c'"),
            (b"/app/src/main.c", b"main.c"),
            (b"./main.c:1", b"main.c:1"),
            (b"(./main.c)", b"(main.c)"),
            (b"./main.cc:1", b"./main.cc:1"),
            (b"../main.c", b"../main.c"),
            (b"x/./main.c", b"x/./main.c"),
            (b"/sandbox/main.c", b"/sandbox/main.c"),
            (b"/mnt/box/main.c", b"/mnt/box/main.c"),
            (b"/usr/include/stdio.h", b"/usr/include/stdio.h"),
            (b"/box/", b"/box/"),
        ],
    )
    def test_only_the_way_to_submitted_files_goes(self, text: bytes, result: bytes) -> None:
        assert relative_paths(text, {"main.c", "main.cpp"}) == result

    def test_without_files_the_box_still_has_no_name(self) -> None:
        assert relative_paths(b"/box/x ./x", ()) == b"x ./x"
