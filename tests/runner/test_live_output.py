"""Output as it is shown while a program writes it."""

from __future__ import annotations

import base64
import itertools
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import live_output
from runner.live_output import LiveOutput
from runner.record import Encoding
from sandboxes import OutputStream

OUT, ERR = OutputStream.STDOUT, OutputStream.STDERR
Record = dict[str, Any]


class Audience:
    """Keeps what it is told, and when."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.moments: list[float] = []

    def __call__(self, record: Record) -> None:
        self.records.append(record)
        self.moments.append(time.monotonic())

    def text(self, stream: OutputStream = OUT) -> str:
        return "".join(record["chunk"] for record in self.records if record["stream"] == stream.value)


@pytest.fixture
def heard() -> Audience:
    return Audience()


def test_what_comes_first_is_told_at_once_and_the_rest_soon(heard: Audience) -> None:
    with LiveOutput(heard, Encoding.UTF8) as output:
        output(OUT, b"one\n")
        assert heard.records == [{"stream": "stdout", "chunk": "one\n", "offset": 0}]
        output(OUT, b"two\n")
        output(OUT, b"three\n")
        assert len(heard.records) == 1
        time.sleep(3 * live_output.INTERVAL_S)
        assert heard.records[1:] == [{"stream": "stdout", "chunk": "two\nthree\n", "offset": 4}]


def test_there_are_never_more_than_ten_in_a_second(heard: Audience) -> None:
    with LiveOutput(heard, Encoding.UTF8) as output:
        ends = time.monotonic() + 1.3
        while time.monotonic() < ends:
            output(OUT, b"x")
            output(ERR, b"y")
            time.sleep(0.001)
    assert len(heard.records) >= 8
    for first, eleventh in zip(heard.moments, heard.moments[10:], strict=False):
        assert eleventh - first >= 1
    assert {record["stream"] for record in heard.records[:4]} == {"stdout", "stderr"}


def test_neither_stream_keeps_the_other_from_being_told(heard: Audience) -> None:
    with LiveOutput(heard, Encoding.UTF8) as output:
        output(OUT, b"a")
        output(ERR, b"b")
        output(OUT, b"c")
        time.sleep(4 * live_output.INTERVAL_S)
        assert [(record["stream"], record["chunk"]) for record in heard.records] == [
            ("stdout", "a"),
            ("stderr", "b"),
            ("stdout", "c"),
        ]


def test_the_end_tells_the_rest_of_both(heard: Audience) -> None:
    with LiveOutput(heard, Encoding.UTF8) as output:
        output(OUT, b"a")
        output(ERR, b"b")
        output(OUT, b"c")
    assert heard.records == [
        {"stream": "stdout", "chunk": "a", "offset": 0},
        {"stream": "stderr", "chunk": "b", "offset": 0},
        {"stream": "stdout", "chunk": "c", "offset": 1},
    ]
    time.sleep(2 * live_output.INTERVAL_S)
    assert len(heard.records) == 3


def test_offsets_count_bytes_and_characters_are_never_torn(heard: Audience, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_output, "INTERVAL_S", 0.0)
    with LiveOutput(heard, Encoding.UTF8) as output:
        for byte in "aż€😀b".encode():
            output(OUT, bytes([byte]))
            time.sleep(0.002)
    assert heard.text() == "aż€😀b"
    told = [(record["chunk"], record["offset"]) for record in heard.records]
    assert told == [("a", 0), ("ż", 1), ("€", 3), ("😀", 6), ("b", 10)]


def test_bytes_that_are_no_text_are_replaced_as_in_the_result(heard: Audience) -> None:
    with LiveOutput(heard, Encoding.UTF8) as output:
        output(OUT, b"a\xff\xc5")
    assert heard.text() == "a\ufffd\ufffd"
    assert [record["offset"] for record in heard.records] == [0, 2]


def test_in_base64_every_byte_is_kept(heard: Audience) -> None:
    with LiveOutput(heard, Encoding.BASE64) as output:
        output(OUT, b"a\xff")
        output(OUT, b"\x00\xc5")
    assert [record["offset"] for record in heard.records] == [0, 2]
    assert b"".join(base64.b64decode(record["chunk"]) for record in heard.records) == b"a\xff\x00\xc5"


def test_a_program_that_begins_anew_is_told_from_the_beginning(heard: Audience) -> None:
    with LiveOutput(heard, Encoding.UTF8) as output:
        output.restart()
        output(OUT, b"lost \xc5")
        output(OUT, b"too")
        output.restart()
        output(OUT, b"kept")
    assert heard.records[-1] == {"stream": "stdout", "chunk": "kept", "offset": 0}
    assert "too" not in heard.text()


def test_a_program_that_writes_nothing_is_not_told_of(heard: Audience) -> None:
    with LiveOutput(heard, Encoding.UTF8) as output:
        output(OUT, b"")
    assert heard.records == []


@given(st.lists(st.tuples(st.sampled_from(OutputStream), st.binary(max_size=6)), max_size=30))
def test_however_it_is_cut_all_of_it_is_told_once(
    chunks: list[tuple[OutputStream, bytes]],
) -> None:
    heard = Audience()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live_output, "INTERVAL_S", 0.0)
        with LiveOutput(heard, Encoding.UTF8) as output:
            for stream, chunk in chunks:
                output(stream, chunk)
    for stream in OutputStream:
        whole = b"".join(chunk for other, chunk in chunks if other is stream)
        mine = [record for record in heard.records if record["stream"] == stream.value]
        assert "".join(record["chunk"] for record in mine) == whole.decode("utf-8", "replace")
        offsets = [record["offset"] for record in mine]
        assert all(earlier < later for earlier, later in itertools.pairwise(offsets))
        for record in mine:
            before = whole[: record["offset"]].decode("utf-8", "replace")
            assert "".join(other["chunk"] for other in mine[: mine.index(record)]) == before
