"""A relay by itself: nothing is lost, nothing waits, and nobody is hurt by who is gone."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandboxes import Relay

PIPE_BYTES = 1 << 16


@dataclass(frozen=True)
class Reader:
    """The program that reads: the far end of its stdin, and what its watch waits with."""

    relay: Relay
    far: int
    near: int
    epoll: select.epoll

    def bind(self) -> None:
        self.relay.bind(self.near, self.epoll)

    def take(self) -> bytes:
        """All that comes until the end, as a program with a watch beside it would find it."""
        found = b""
        while chunk := self._read():
            found += chunk
        return found

    def _read(self) -> bytes:
        for descriptor, _ in self.epoll.poll(0):
            assert self.relay.serves(descriptor)
        return os.read(self.far, PIPE_BYTES)


@pytest.fixture
def reader() -> Iterator[Reader]:
    far, near = os.pipe()
    with select.epoll() as epoll:
        relay = Relay()
        yield Reader(relay, far, near, epoll)
        relay.release()
    os.close(far)


@pytest.mark.parametrize("bound", [True, False])
def test_what_is_put_in_comes_out_and_then_the_end(reader: Reader, *, bound: bool) -> None:
    if bound:
        reader.bind()
    reader.relay.put(b"one ")
    reader.relay.put(b"two")
    reader.relay.end()
    if not bound:
        reader.bind()
    assert reader.take() == b"one two"
    assert reader.relay.handed_on > 0


def test_more_than_a_pipe_holds_waits_and_the_writer_does_not(reader: Reader) -> None:
    reader.bind()
    content = os.urandom(10 * PIPE_BYTES)
    for start in range(0, len(content), 5000):
        reader.relay.put(content[start : start + 5000])
    reader.relay.end()
    assert reader.take() == content


def test_the_end_of_nothing_is_seen_at_once(reader: Reader) -> None:
    reader.relay.end()
    reader.bind()
    assert reader.take() == b""


def test_a_reader_that_has_closed_its_input_gets_nothing_and_nothing_is_kept(reader: Reader) -> None:
    reader.bind()
    os.dup2(os.open("/dev/null", os.O_RDONLY), reader.far)  # the fixture closes that
    for _ in range(100):
        reader.relay.put(b"x" * PIPE_BYTES)
    reader.relay.end()
    assert not reader.relay._waiting


def test_a_reader_that_is_gone_holds_up_nobody(reader: Reader) -> None:
    reader.bind()
    reader.relay.put(b"x" * (4 * PIPE_BYTES))
    reader.relay.release()
    reader.relay.put(b"more")
    reader.relay.end()
    reader.relay.release()
    assert not reader.relay._waiting


def test_a_descriptor_of_somebody_else_is_not_served(reader: Reader) -> None:
    assert not reader.relay.serves(-1)
    reader.bind()
    assert not reader.relay.serves(reader.far)


@given(st.lists(st.binary(max_size=3 * PIPE_BYTES), max_size=6))
def test_a_writer_in_another_thread_is_heard_to_the_last_byte(chunks: list[bytes]) -> None:
    far, near = os.pipe()
    with select.epoll() as epoll:
        relay = Relay()
        reader = Reader(relay, far, near, epoll)
        reader.bind()

        def write() -> None:
            for chunk in chunks:
                relay.put(chunk)
            relay.end()

        writer = threading.Thread(target=write)
        writer.start()
        found = b""
        os.set_blocking(far, False)
        poll = select.poll()
        poll.register(far, select.POLLIN)
        poll.register(epoll.fileno(), select.POLLIN)
        while True:
            poll.poll(1000)
            for descriptor, _ in epoll.poll(0):
                relay.serves(descriptor)
            try:
                chunk = os.read(far, PIPE_BYTES)
            except BlockingIOError:
                continue
            if not chunk:
                break
            found += chunk
        writer.join()
        relay.release()
    os.close(far)
    assert found == b"".join(chunks)
