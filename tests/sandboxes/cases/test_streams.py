"""Counting and keeping what a program writes."""

from __future__ import annotations

import fcntl
import os

from sandboxes.cases.streams import Stream


def test_counts_everything_and_keeps_up_to_the_cap() -> None:
    reader, writer = os.pipe()
    stream = Stream(reader, keep_bytes=4)
    os.write(writer, b"abc")
    assert stream.read()
    os.write(writer, b"defg")
    assert stream.read()
    assert stream.read()  # nothing there is not the end
    os.close(writer)
    assert not stream.read()
    assert (stream.kept, stream.written_bytes) == (b"abcd", 7)
    os.close(reader)


def test_draining_takes_what_is_there_and_does_not_wait_for_more() -> None:
    reader, writer = os.pipe()
    stream = Stream(reader, keep_bytes=100)
    os.write(writer, b"late")
    stream.drain()  # the writer is still open
    assert stream.kept == b"late"
    os.close(writer)
    os.close(reader)


def test_draining_takes_all_of_a_pipe_that_the_program_made_larger() -> None:
    reader, writer = os.pipe()
    stream = Stream(reader, keep_bytes=1 << 20)
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 1 << 20)
    assert os.write(writer, bytes(1 << 20)) == 1 << 20
    stream.drain()
    assert stream.written_bytes == 1 << 20
    os.close(writer)
    os.close(reader)
