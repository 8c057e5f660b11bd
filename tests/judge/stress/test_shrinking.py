"""Shrinking inputs, with what they show given as a function."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.stress import shrink
from judge.stress.pieces import leave_out
from judge.stress.text import joined, lines_of

Shows = Callable[[bytes], bool]

words = st.one_of(st.integers(-1000, 1000).map(str), st.text("abz.#-", max_size=6), st.floats(allow_nan=False).map(str))
texts = st.one_of(
    st.lists(st.lists(words, max_size=5).map(" ".join), max_size=6).map("\n".join).map(str.encode),
    st.binary(max_size=60),
)


def sound(read: Callable[[list[list[str]]], object]) -> Shows:
    """Whether an input can be read, and what was read shows something."""

    def shows(text: bytes) -> bool:
        try:
            return bool(read([line.split(" ") for line in text.decode().split("\n")]))
        except (ValueError, IndexError, AssertionError):
            return False

    return shows


def numbers(line: Iterable[str]) -> list[int]:
    return [int(word) for word in line]


def array(lines: list[list[str]]) -> list[int]:
    """A number, and on the next line so many numbers of at least 1."""
    (size,), values, rest = lines
    assert rest == [""]
    assert int(size) == len(values) >= 1
    assert min(numbers(values)) >= 1
    return numbers(values)


def arrays(lines: list[list[str]]) -> list[list[int]]:
    """How many arrays, and each of them."""
    ((count,), *rest), found = lines, []
    for _ in range(int(count)):
        found.append(array([*rest[:2], [""]]))
        rest = rest[2:]
    assert rest == [[""]]
    return found


def edges(lines: list[list[str]]) -> list[tuple[int, int]]:
    """How many nodes and edges, and the edges."""
    (nodes, count), *rest, last = [numbers(line) if line != [""] else [] for line in lines]
    assert last == []
    assert count == len(rest)
    assert all(1 <= node <= nodes for edge in rest for node in edge)
    return [(one, other) for one, other in rest]


def grid(lines: list[list[str]]) -> list[str]:
    """Height and width, and rows of characters."""
    (height, width), *rest, last = lines
    rows = [row for (row,) in rest]
    assert last == [""]
    assert (int(height), {int(width)}) == (len(rows), {len(row) for row in rows})
    assert set("".join(rows)) <= set(".#")
    return rows


def matrix(lines: list[list[str]]) -> list[list[int]]:
    """A number n, and n rows of n numbers."""
    (size,), *rest, last = lines
    rows = [numbers(row) for row in rest]
    assert last == [""]
    assert {int(size)} == {len(rows), *(len(row) for row in rows)}
    return rows


def listed(lines: list[list[str]]) -> list[str]:
    """On one line how many words there are, and the words."""
    (count, *found), last = lines
    assert last == [""]
    assert int(count) == len(found)
    assert all(found)
    return found


def spelled(lines: list[list[str]]) -> str:
    """A length, and a word of that length."""
    (length,), (word,), _ = lines
    assert int(length) == len(word)
    return word


FOUND = [
    (b"6\n31 44 82 17 90 65\n", sound(lambda read: array(read)[-1] < max(array(read))), b"2\n2 1\n"),
    (b"6\n31 44 82 17 90 65\n", sound(lambda read: sum(array(read)) >= 200), b"3\n45 90 65\n"),
    (
        b"4\n2\n5 3\n3\n1 2 3\n1\n8\n2\n9 9\n",
        sound(lambda read: any(values != sorted(values) for values in arrays(read))),
        b"1\n2\n2 1\n",
    ),
    (
        b"9 6\n1 2\n9 8\n4 4\n3 2\n7 5\n1 9\n",
        sound(lambda read: any(one == other for one, other in edges(read))),
        b"1 1\n1 1\n",
    ),
    (
        b"4 5\n.#..#\n##..#\n.##..\n#.##.\n",
        sound(lambda read: "##" in "".join(grid(read)) and len(grid(read)) > 1),
        b"2 1\n#\n#\n",
    ),
    (
        b"3\n4 7 9\n2 5 6\n9 6 8\n",
        sound(lambda read: matrix(read)[0][-1] != matrix(read)[-1][0] or matrix(read)[0][1] != matrix(read)[1][0]),
        b"2\n0 0\n1 0\n",
    ),
    (b"5 q w e r t\n", sound(lambda read: len(listed(read)) >= 2), b"2 r r\n"),
    (b"7\nxxabcab\n", sound(lambda read: "ab" in spelled(read)), b"2\nab\n"),
]


@pytest.mark.parametrize(("found", "shows", "smallest"), FOUND)
def test_counts_go_with_what_they_count(found: bytes, shows: Shows, smallest: bytes) -> None:
    shrunk = shrink(found, shows, free=True)
    assert shows(shrunk.input)
    assert (shrunk.input, shrunk.complete) == (smallest, True)


@pytest.mark.parametrize(("found", "shows", "smallest"), FOUND)
def test_without_anybody_to_say_what_is_an_input_it_stays_one_by_itself(
    found: bytes, shows: Shows, smallest: bytes
) -> None:
    tried: list[bytes] = []

    def recorded(text: bytes) -> bool:
        tried.append(text)
        return shows(text)

    shrunk = shrink(found, recorded, free=False)
    assert shows(shrunk.input)
    assert len(shrunk.input) <= len(smallest) + 2
    assert len(shrunk.input) < len(found) or len(found) == len(smallest)
    assert all(text.count(b"\n") >= 1 for text in tried)


def test_numbers_that_count_nothing_reach_their_border_in_few_tries() -> None:
    shrunk = shrink(b"987654321\n", sound(lambda read: int(read[0][0]) > 123_456), free=True)
    assert shrunk.input == b"123457"
    assert shrunk.tries < 100


def test_negative_and_broken_numbers_become_simple_ones() -> None:
    assert shrink(b"-950 3.75\n", lambda text: len(text.split()) == 2, free=True).input == b"0 0"
    assert shrink(b"-950\n", sound(lambda read: int(read[0][0]) < -7), free=True).input == b"-8"


def test_where_no_number_is_below_one_none_is_put_there_unasked() -> None:
    tried: list[bytes] = []

    def three(text: bytes) -> bool:
        tried.append(text)
        return len(text.split()) == 3

    shrink(b"2\n7 9\n", three, free=False)
    assert tried
    assert [text for text in tried if b"0" in text or b"-" in text] == []


def test_carriage_returns_and_spare_spaces_go_first() -> None:
    tried: list[bytes] = []

    def never(text: bytes) -> bool:
        tried.append(text)
        return False

    shrink(b"1  2 \r\n3\r\n\r\n", never, free=True)
    assert tried[0] == b"1 2\n3\n"


def test_a_bound_on_tries_is_kept_and_said() -> None:
    asked: list[bytes] = []

    def never(text: bytes) -> bool:
        asked.append(text)
        return False

    shrunk = shrink(b"5\n1 2 3 4 5\n", never, free=True, most=7)
    assert (shrunk.input, shrunk.tries, shrunk.complete) == (b"5\n1 2 3 4 5\n", 7, False)
    assert len(asked) == 7


def test_whoever_says_stop_gets_what_was_found_so_far() -> None:
    asked: list[bytes] = []

    def long_enough(text: bytes) -> bool:
        asked.append(text)
        return len(text) >= 3

    shrunk = shrink(b"a b c d e f g h", long_enough, free=True, stopped=lambda: len(asked) >= 3)
    assert (shrunk.input, shrunk.complete) == (next(text for text in reversed(asked) if len(text) >= 3), False)
    assert len(asked) == shrunk.tries == 3


def test_a_large_input_is_halved_before_it_is_picked_at() -> None:
    large = b"5000\n" + b"\n".join(b"%d" % (number * 7919 % 10_007) for number in range(5000)) + b"\n"
    wanted = str(3456 * 7919 % 10_007)
    shows = sound(lambda read: len(read) == int(read[0][0]) + 2 and [wanted] in read)
    shrunk = shrink(large, shows, free=True, most=400)
    assert (shrunk.input, shrunk.complete) == (f"1\n{wanted}\n".encode(), True)


@given(texts, st.integers(0, 5), st.booleans())
def test_what_comes_out_still_fails_is_no_larger_and_the_same_each_time(text: bytes, salt: int, free: bool) -> None:
    def fails(candidate: bytes) -> bool:
        return candidate == text or hash((candidate.count(b"a"), len(candidate) % 3, salt)) % 2 == 0

    first, second = (shrink(text, fails, free=free, most=300) for _ in range(2))
    assert first == second
    assert fails(first.input)
    assert (len(first.input), first.input) <= (len(text), text)
    assert first.tries <= 300


values = st.integers(10, 99)  # what looks like a count by chance may be taken for one
inputs = st.one_of(
    st.lists(values, min_size=1, max_size=6).map(lambda found: (array, f"{len(found)}\n{_spaced(found)}\n")),
    st.lists(st.lists(values, min_size=5, max_size=6), min_size=1, max_size=3).map(
        lambda found: (arrays, f"{len(found)}\n" + "".join(f"{len(each)}\n{_spaced(each)}\n" for each in found))
    ),
    st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
        lambda size: st.lists(
            st.text(".#", min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0]
        ).map(lambda rows: (grid, f"{size[0]} {size[1]}\n" + "".join(f"{row}\n" for row in rows)))
    ),
    st.integers(1, 4).flatmap(
        lambda size: st.lists(st.lists(values, min_size=size, max_size=size), min_size=size, max_size=size).map(
            lambda rows: (matrix, f"{size}\n" + "".join(f"{_spaced(row)}\n" for row in rows))
        )
    ),
    st.text("ab", min_size=1, max_size=6).map(lambda word: (spelled, f"{len(word)}\n{word}\n")),
)


def _spaced(found: Iterable[int]) -> str:
    return " ".join(map(str, found))


@settings(derandomize=True)
@given(inputs, st.integers(0, 20))
def test_without_a_validator_an_input_of_a_usual_shape_keeps_that_shape(
    given_input: tuple[Callable[[list[list[str]]], object], str], salt: int
) -> None:
    read, text = given_input

    def careless(candidate: bytes) -> bool:
        return (len(candidate) * 7 + salt) % 5 < 3  # as programs that read whatever comes

    shrunk = shrink(text.encode(), careless, free=False, most=300)
    assert sound(lambda lines: read(lines) is not None)(shrunk.input), shrunk.input


@given(texts)
def test_whatever_fails_always_ends_as_next_to_nothing(text: bytes) -> None:
    shrunk = shrink(text, lambda _: True, free=True)
    assert shrunk.complete
    assert len(shrunk.input) <= 1


@given(texts, st.booleans())
def test_nothing_is_tried_twice_and_what_was_given_not_at_all(text: bytes, free: bool) -> None:
    asked: list[bytes] = []

    def record(candidate: bytes) -> bool:
        asked.append(candidate)
        return len(asked) % 3 == 0

    shrink(text, record, free=free, most=200)
    assert text not in asked
    assert len(set(asked)) == len(asked)


@given(st.binary(max_size=80))
def test_lines_and_words_joined_again_are_the_same_bytes(text: bytes) -> None:
    assert joined(lines_of(text)) == text


@given(st.lists(st.integers(0, 9), max_size=40), st.sets(st.integers(0, 9), max_size=4))
def test_leaving_out_keeps_just_what_is_needed(items: list[int], needed: set[int]) -> None:
    kept = tuple(items)

    def accepts(rest: tuple[int, ...]) -> bool:
        nonlocal kept
        if needed & set(items) <= set(rest):
            kept = rest
            return True
        return False

    leave_out(tuple(items), accepts)
    assert sorted(kept) == sorted(needed & set(items))
