"""What the engine and init say to each other."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

import sandboxes.init
from sandboxes import Command, Limits
from sandboxes.init import CaseOrder, Failure, Hello, ProtocolError, Ready, Request, RequestKind, Status, parse_record
from sandboxes.init.protocol import Place

HEADER = (Path(sandboxes.init.__file__).parent / "protocol.h").read_text()


def request(**changes: object) -> Request:
    values: dict[str, object] = {
        "command": Command(steps=(("a",),)),
        "limits": Limits(),
        "environment": (),
        "filter": b"",
        "uid": 1000,
        "gid": 1000,
    }
    return Request(**(values | changes))  # type: ignore[arg-type]  # a table of keywords


class TestRequest:
    def test_layout(self) -> None:
        command = Command(steps=(("ls", "-l"),), files={"f": b"xyz"}, links=("l",))
        encoded = request(command=command, environment=["A=b"], filter=bytes(16)).encode()
        head = struct.unpack_from("<IIIIQQQIIIIIIII", encoded)
        assert head[:4] == (0x324E5953, 2, 1000, 1000)
        assert head[7:] == (2, 1, 1, 1, 0, 0, 0, 0)
        tail = encoded[72 + 16 :]
        assert tail == (
            b"\x02\0\0\0f\0" + struct.pack("<Q", 3) + b"xyz"
            b"\x02\0\0\0l\0"
            b"\x01\0\0\0" + b"\x04\0\0\0A=b\0"
            b"\x02\0\0\0" + b"\x03\0\0\0ls\0" + b"\x03\0\0\0-l\0"
        )

    def test_a_preloaded_process_is_asked_for(self) -> None:
        plain, preloaded = request().encode(), request(preloaded=True).encode()
        assert [index for index, byte in enumerate(plain) if preloaded[index] != byte] == [56]
        assert preloaded[56] == 1

    def test_without_control_groups_limits_of_the_process_stand_in(self) -> None:
        encoded = request(limits=Limits(cpu_ms=1500, processes=16), grouped=False).encode()
        assert struct.unpack_from("<II", encoded, 60) == (18, 3)

    def test_nul_bytes_are_refused(self) -> None:
        with pytest.raises(ProtocolError, match="NUL"):
            request(command=Command(steps=(("a\0b",),))).encode()

    def test_too_many_words_are_refused(self) -> None:
        with pytest.raises(ProtocolError, match="1024"):
            request(command=Command(steps=(("a",) * 1025,))).encode()

    def test_bytes_that_are_not_utf8_pass_through(self) -> None:
        assert b"\xff\0" in request(command=Command(steps=(("a", "\udcff"),))).encode()


def test_layout_of_an_order() -> None:
    assert CaseOrder(1000, 1001, 64 << 20, 4096).encode() == struct.pack("<IIIIQ", 2, 1000, 1001, 4096, 64 << 20)


def test_kinds_of_requests() -> None:
    assert (RequestKind.RUN.encode(), RequestKind.PRELOAD.encode()) == (b"\1\0\0\0", b"\2\0\0\0")


class TestParseRecord:
    def test_hello(self) -> None:
        assert parse_record(struct.pack("<II", 1, 2)) == Hello(2)

    def test_ready(self) -> None:
        assert parse_record(struct.pack("<I", 4)) == Ready()

    def test_status(self) -> None:
        data = struct.pack("<IIIIQQQQ", 2, 1, 139, 11, 5, 6, 7, 8)
        assert parse_record(data) == Status(1, 139, 11, 5, 6, 7, 8)

    def test_failure_reads_well(self) -> None:
        record = parse_record(struct.pack("<III", 3, Place.EXEC, 2))
        assert isinstance(record, Failure)
        assert record.text == "init failed at exec: No such file or directory"

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"x",
            struct.pack("<II", 1, 99),
            struct.pack("<III", 3, 99, 1),
            bytes(4),
            bytes(48),
            bytes(12),
            bytes(200),
        ],
    )
    def test_anything_else_is_an_error(self, data: bytes) -> None:
        with pytest.raises(ProtocolError):
            parse_record(data)


def test_both_sides_number_the_places_alike() -> None:
    (body,) = re.findall(r"enum place \{(.*?)\}", HEADER, re.DOTALL)
    names = re.findall(r"PLACE_(\w+)", body)
    assert {name: number for number, name in enumerate(names, 1)} == {place.name: place.value for place in Place}


def test_both_sides_agree_on_the_numbers() -> None:
    assert "REQUEST_MAGIC 0x324e5953U" in HEADER
    assert "PROTOCOL_VERSION 2U" in HEADER
    assert "MOST_STRINGS 1024U" in HEADER
