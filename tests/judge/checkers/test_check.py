"""The five checkers clause by clause, and what they say of a difference."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from judge import Checker, Exact, Float, Tokens, Trimmed, UnorderedLines, check

EVERY: list[Checker] = [Exact(), Trimmed(), Tokens(), Float(), UnorderedLines()]


class TestEvery:
    @pytest.mark.parametrize("checker", EVERY, ids=lambda checker: checker.type.value)
    @pytest.mark.parametrize("content", [b"", b"\n", b"a b\nc\n", b"\xff\x00\n", b"nan inf 1e999", b" " * 300_000])
    def test_accepts_what_is_the_same(self, checker: Checker, content: bytes) -> None:
        assert check(checker, content, content).accepted
        assert check(checker, iter([content]), iter([content[:1], content[1:]])).accepted

    @pytest.mark.parametrize("checker", EVERY, ids=lambda checker: checker.type.value)
    @pytest.mark.parametrize(("expected", "actual"), [(b"a\n", b"b\n"), (b"a\n", b""), (b"", b"a"), (b"a", b"a\na")])
    def test_refuses_what_is_something_else(self, checker: Checker, expected: bytes, actual: bytes) -> None:
        result = check(checker, expected, actual)
        assert not result.accepted
        assert result.message

    @pytest.mark.parametrize("checker", EVERY, ids=lambda checker: checker.type.value)
    def test_a_message_stays_short(self, checker: Checker) -> None:
        assert len(check(checker, b"x" * 1_000_000, b"\x01" * 1_000_000).message) < 600


class TestExact:
    def test_every_byte_counts(self) -> None:
        assert not check(Exact(), b"a\n", b"a").accepted
        assert not check(Exact(), b"a\n", b"a\r\n").accepted

    def test_names_the_line_and_both_sides(self) -> None:
        assert check(Exact(), b"one\ntwo\n", b"one\ntoo\n").message == 'line 2: expected "two\\n", got "too\\n"'

    def test_says_when_only_whitespace_differs(self) -> None:
        assert check(Exact(), b"a b\n", b"a  b\n").message.endswith("(only whitespace differs)")
        assert "only whitespace" not in check(Exact(), b"a b\n", b"ab\n").message
        assert "only whitespace" not in check(Exact(), b"a b\n", b"a  c\n").message

    def test_says_which_side_ended(self) -> None:
        assert "the output ends where" in check(Exact(), b"a\nb\n", b"a\n").message
        assert "nothing more was expected" in check(Exact(), b"a\n", b"a\nb\n").message

    def test_shows_the_place_within_a_long_line(self) -> None:
        message = check(Exact(), b"x" * 500_000 + b"left", b"x" * 500_000 + b"right").message
        assert message == 'line 1: expected …"xxxxxxxxxxxxxxxxleft", got …"xxxxxxxxxxxxxxxxright"'

    def test_never_cuts_a_character_in_two(self) -> None:
        message = check(Exact(), "ż".encode() * 50 + b"a", "ż".encode() * 50 + b"b").message
        assert "\\x" not in message


class TestTrimmed:
    @pytest.mark.parametrize(
        ("expected", "actual"),
        [
            (b"a\nb\n", b"a\nb"),
            (b"a\nb\n", b"a  \r\nb\t\n\n\r\n  \n"),
            (b"", b"\n \n"),
            (b"a\n\nb", b"a\n  \nb\n"),
            (b"a\n", b"a" + b" " * 700_000),
            (b"a\nb", b"a" + b" " * 700_000 + b"\nb"),
            (b"a", b"a" + b"\n" * 700_000),
        ],
    )
    def test_trailing_whitespace_and_trailing_lines_do_not_count(self, expected: bytes, actual: bytes) -> None:
        assert check(Trimmed(), expected, actual).accepted
        assert check(Trimmed(), actual, expected).accepted

    @pytest.mark.parametrize(
        ("expected", "actual"),
        [
            (b"a b", b"a  b"),
            (b"a", b" a"),
            (b"a\nb", b"a\n\nb"),
            (b"\na", b"a"),
            (b"a", b"a" + b" " * 700_000 + b"b"),
            (b"A", b"a"),
        ],
    )
    def test_everything_else_does(self, expected: bytes, actual: bytes) -> None:
        assert not check(Trimmed(), expected, actual).accepted
        assert not check(Trimmed(), actual, expected).accepted

    def test_names_the_line_as_it_was_written(self) -> None:
        message = check(Trimmed(), b"a\nb\n\nc\n", b"a \nb \n \nd \n").message
        assert message == 'line 4: expected "c", got "d"'

    def test_says_when_only_whitespace_differs(self) -> None:
        assert check(Trimmed(), b"a b\nc\n", b"a b c\n").message.endswith("(only whitespace differs)")


class TestTokens:
    def test_whitespace_only_separates(self) -> None:
        assert check(Tokens(), b"1 2 3\n", b"\f1\r\n2\x0b\t3").accepted

    def test_names_line_and_token_of_the_output(self) -> None:
        message = check(Tokens(), b"1 2 3\n4 5 6\n", b"1 2 3\n\n4 7 6\n").message
        assert message == 'line 3, token 2: expected "5", got "7" (off by 2)'

    def test_names_line_and_token_where_both_are_the_same_so_far(self) -> None:
        assert check(Tokens(), b"a bcd e", b"a bce e").message == 'line 1, token 2: expected "bcd", got "bce"'
        assert check(Tokens(), b"a b c", b"a b d").message == 'line 1, token 3: expected "c", got "d"'

    def test_says_that_the_output_ends(self) -> None:
        assert check(Tokens(), b"1\n2\n", b"1\n").message == 'line 2: the output ends where "2" was expected'

    def test_says_that_there_is_too_much(self) -> None:
        assert check(Tokens(), b"1\n", b"1\n2\n").message == 'line 2, token 1: nothing more was expected, got "2"'

    def test_says_when_only_case_differs(self) -> None:
        assert check(Tokens(), b"Yes", b"yes").message.endswith("(only upper and lower case differ)")
        assert check(Tokens(case_sensitive=False), b"Yes", b"yES").accepted

    def test_quotes_tokens_as_they_were_written(self) -> None:
        message = check(Tokens(case_sensitive=False), b"Maybe", b"NEVER").message
        assert message == 'line 1, token 1: expected "Maybe", got "NEVER"'

    def test_shows_what_cannot_be_seen(self) -> None:
        assert check(Tokens(), b"a", b"a\x00").message == 'line 1, token 1: expected "a", got "a\\x00"'
        assert check(Tokens(), b"a", b"\xff").message == 'line 1, token 1: expected "a", got "\\xff"'

    def test_tokens_may_be_longer_than_any_block(self) -> None:
        token = b"x" * 3_000_000
        assert check(Tokens(), token + b" 1", token + b"\n1").accepted
        assert not check(Tokens(), token, token + b"x").accepted
        assert check(Tokens(case_sensitive=False), token, token.upper()).accepted

    def test_counts_lines_and_tokens_over_many_blocks(self) -> None:
        lines = b"".join(b"%d %d\n" % (number, number) for number in range(200_000))
        message = check(Tokens(), lines + b"a b c", b" " + lines + b"a b d").message
        assert message == 'line 200001, token 3: expected "c", got "d"'
        message = check(Tokens(), lines + b"a b c", lines + b"a b d").message
        assert message == 'line 200001, token 3: expected "c", got "d"'

    def test_a_single_line_of_many_tokens_is_counted_too(self) -> None:
        line = b" ".join(b"%d" % number for number in range(200_000))
        assert check(Tokens(), line + b" c", line + b" d").message.startswith("line 1, token 200001:")
        assert check(Tokens(), line + b" c", b" " + line + b" d").message.startswith("line 1, token 200001:")


class TestSpaceSensitive:
    def test_runs_of_whitespace_count(self) -> None:
        checker = Tokens(case_sensitive=False, space_sensitive=True)
        assert check(checker, b"A b\n", b"a B\n").accepted
        for output in (b"A  b\n", b"A b", b" A b\n", b"A\tb\n", b"A b\n\n", b"A b\r\n"):
            result = check(checker, b"A b\n", output)
            assert not result.accepted
            assert result.message.endswith("(only whitespace differs)"), result.message

    def test_the_whitespace_is_shown(self) -> None:
        checker = Tokens(space_sensitive=True)
        assert check(checker, b"a b\nc", b"a b c").message == (
            'line 1: expected "\\n", got " " (only whitespace differs)'
        )


class TestFloat:
    def test_either_tolerance_is_enough(self) -> None:
        assert check(Float(0.5, 0), b"10", b"10.5").accepted
        assert not check(Float(0.5, 0), b"10", b"10.500001").accepted
        assert check(Float(0, 0.5), b"10", b"15").accepted
        assert check(Float(1, 0.001), b"10000", b"10010").accepted
        assert check(Float(1, 0.001), b"1", b"2").accepted

    @pytest.mark.parametrize("word", [b"nan", b"inf", b"-inf", b"infinity", b"1_0", b"0x1p3", b"1e", b"."])
    def test_what_is_no_decimal_number_never_matches_one(self, word: bytes) -> None:
        assert not check(Float(1e9, 1e9), b"10", word).accepted
        assert not check(Float(1e9, 1e9), word, b"10").accepted
        assert check(Float(), word, word).accepted

    def test_text_is_text(self) -> None:
        assert check(Float(), b"Case #1: 0.5", b"Case #1: 0.50000001").accepted
        assert not check(Float(), b"Case #1: 0.5", b"case #1: 0.5").accepted
        assert check(Float(case_sensitive=False), b"Case #1: 1E2", b"case #1: 1e2").accepted

    def test_says_how_far_off(self) -> None:
        assert check(Float(), b"0.25\n", b"0.75\n").message == (
            'line 1, token 1: expected "0.25", got "0.75" (off by 0.50)'
        )

    def test_a_mix_of_numbers_and_words_is_found_pair_by_pair(self) -> None:
        expected = b" ".join(b"%d word" % number for number in range(1000))
        actual = b" ".join(b"%d.0 word" % number for number in range(1000))
        assert check(Float(), expected, actual).accepted
        assert "token 2000" in check(Float(), expected, actual[:-1] + b"t").message

    def test_numbers_of_any_size_take_no_more_memory_than_their_digits(self) -> None:
        assert not check(Float(), b"1e999999999999", b"1").accepted
        assert not check(Float(), b"1e999999999999999999999999", b"1e999999999999999999999998").accepted
        assert not check(Float(), b"1" * 1001, b"1" * 1000 + b"2").accepted

    def test_a_number_of_too_many_digits_is_text(self) -> None:
        assert not check(Float(), b"1" * 1001, b"1" * 1001 + b".0").accepted
        assert check(Float(), b"1" * 900, b"1" * 900 + b".0").accepted
        assert not check(Float(1e300, 1), b"x " + b"1" * 5000 + b"2", b"x " + b"1" * 5000 + b"3").accepted


class TestUnorderedLines:
    def test_order_does_not_count_but_number_does(self) -> None:
        assert check(UnorderedLines(), b"b\na\nb\n", b"a \nb\r\nb").accepted
        assert not check(UnorderedLines(), b"b\na\nb\n", b"a\na\nb").accepted
        assert not check(UnorderedLines(), b"a\n", b"a\na\n").accepted

    def test_blank_lines(self) -> None:
        assert check(UnorderedLines(), b"a\nb\n", b"\nb\n\na\n\n").accepted
        strict = UnorderedLines(ignore_blank_lines=False)
        assert not check(strict, b"a\nb\n", b"\nb\na\n").accepted
        assert check(strict, b"a\n\nb\n", b"\nb\na\n").accepted
        assert check(strict, b"a\nb\n", b"b\na\n\n \n").accepted

    def test_tokens_within_a_line(self) -> None:
        assert not check(UnorderedLines(), b"1 2\n3\n", b"3\n2 1\n").accepted
        assert check(UnorderedLines(unordered_tokens=True), b"1 2\n3\n", b"3\n 2  1\n").accepted
        assert not check(UnorderedLines(unordered_tokens=True), b"1 2\n3\n", b"3 2\n1\n").accepted

    def test_says_what_is_missing_and_what_is_too_much(self) -> None:
        assert check(UnorderedLines(), b"a\nb\nc\n", b"c\n").message == '2 lines are missing, such as "a"'
        assert check(UnorderedLines(), b"a\nb\n", b"b\n").message == '1 line is missing, such as "a"'
        assert check(UnorderedLines(), b"a\n", b"b\na\n").message == 'the line "b" is not expected'
        assert check(UnorderedLines(), b"a\n", b"a\na\n").message == 'the line "a" is there more often than expected'

    def test_a_line_that_is_not_expected_ends_it(self) -> None:
        read = 0

        def endless() -> Iterator[bytes]:
            nonlocal read
            while True:
                read += 1
                yield b"%d\n" % read

        assert not check(UnorderedLines(), b"1\n2\n", endless()).accepted
        assert read < 1_000_000

    def test_a_line_longer_than_any_expected_is_not_taken_apart(self) -> None:
        checker = UnorderedLines(unordered_tokens=True)
        assert not check(checker, b"1 2\n", b"2 1 " * 100).accepted
        assert check(checker, b"1 2\n", b"2" + b" " * 100 + b"1").accepted
