"""Counting and keeping what a program writes."""

from __future__ import annotations

import os

from sandboxes.nsjail.streams import Stream


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
    stream.drain(most_bytes=1000)  # the writer is still open
    assert stream.kept == b"late"
    os.close(writer)
    os.close(reader)
