"""Whatever arrives on the channel, the engine either understands it or says that it is no record."""

from __future__ import annotations

import contextlib
import struct

from hypothesis import given
from hypothesis import strategies as st

from sandboxes import Command, Limits
from sandboxes.init import Failure, Hello, ProtocolError, Ready, Request, Status, parse_record
from sandboxes.init.protocol import RECORD_BYTES, Place

NUMBERS = st.integers(0, 2**32 - 1)
SMALL = st.one_of(st.integers(0, 12), NUMBERS)
RECORDS = {Hello: "<II", Ready: "<I", Status: "<IIIIQQQQ", Failure: "<III"}


@st.composite
def almost_records(draw: st.DrawFn) -> bytes:
    """Bytes of a record's size with numbers near the right ones, now and then cut or with something behind."""
    layout = draw(st.sampled_from(sorted(RECORDS.values())))
    words = [draw(SMALL) for _ in layout[1:]]
    data = struct.pack(layout, *words) + draw(st.binary(max_size=4))
    return data[: draw(st.integers(len(data) - 4, len(data)))]


@given(st.one_of(st.binary(max_size=RECORD_BYTES), almost_records()))
def test_any_bytes_are_a_record_or_a_protocol_error(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        record = parse_record(data)
        assert len(data) == struct.calcsize(RECORDS[type(record)])


@given(NUMBERS, NUMBERS, NUMBERS, *[st.integers(0, 2**64 - 1)] * 4)
def test_a_status_is_read_as_it_was_written(
    step: int, exit_code: int, signal: int, started: int, ended: int, user: int, system: int
) -> None:
    data = struct.pack("<IIIIQQQQ", 2, step, exit_code, signal, started, ended, user, system)
    assert parse_record(data) == Status(step, exit_code, signal or None, started, ended, user, system)


@given(st.integers(1, len(Place)), st.integers(0, 2**31 - 1))
def test_every_failure_reads_as_a_sentence(place: int, error: int) -> None:
    record = parse_record(struct.pack("<III", 3, place, error))
    assert isinstance(record, Failure)
    assert record.text.startswith("init failed at ")


WORDS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4).map(tuple)


@given(st.lists(WORDS, min_size=1, max_size=4), st.dictionaries(st.text("ab/.", min_size=1), st.binary(max_size=64)))
def test_a_request_is_written_or_refused(steps: list[tuple[str, ...]], files: dict[str, bytes]) -> None:
    command = Command(steps=tuple(steps), files=files)
    request = Request(command=command, limits=Limits(), environment=(), filter=b"", uid=1000, gid=1000)
    if any("\0" in word for step in steps for word in step):
        with contextlib.suppress(ProtocolError):
            request.encode()
            raise AssertionError("a NUL byte was written into a string that ends at the first")
    else:
        encoded = request.encode()
        assert all(content in encoded for content in files.values())
        assert all(word.encode() + b"\0" in encoded for step in steps for word in step)
