"""Archives that cannot be trusted: what is refused, and that nothing is left of it."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from judge import PackageError
from judge.packages import archive
from judge.packages.archive import pack, unpack

LINK, FIFO, DEVICE, SOCKET = stat.S_IFLNK, stat.S_IFIFO, stat.S_IFBLK, stat.S_IFSOCK


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is to stand in an archive, with lies where they are given."""

    name: bytes
    content: bytes = b"content\n"
    deflated: bool = False
    flags: int = 0
    method: int | None = None
    system: int = 3
    attributes: int = 0o100644 << 16
    raw: bytes | None = None
    size: int | None = None
    packed: int | None = None
    crc: int | None = None
    local_name: bytes | None = None
    local_size: int | None = None
    local_crc: int | None = None
    local_flags: int | None = None
    offset: int | None = None
    trailer: bytes = b""
    extra: bytes = b""

    @property
    def data(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return deflate(self.content) if self.deflated else self.content


def deflate(content: bytes) -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packing.compress(content) + packing.flush()


def made(
    *entries: Entry, before: bytes = b"", between: bytes = b"", count: int | None = None, comment: bytes = b""
) -> bytes:
    """The bytes of an archive."""
    body, directory = bytearray(before), bytearray()
    for entry in entries:
        method = entry.method if entry.method is not None else 8 * entry.deflated
        crc = zlib.crc32(entry.content) if entry.crc is None else entry.crc
        size = len(entry.content) if entry.size is None else entry.size
        packed = len(entry.data) if entry.packed is None else entry.packed
        offset = len(body) if entry.offset is None else entry.offset
        local_name = entry.name if entry.local_name is None else entry.local_name
        local_crc = crc if entry.local_crc is None else entry.local_crc
        local_size = size if entry.local_size is None else entry.local_size
        local_flags = entry.flags if entry.local_flags is None else entry.local_flags
        local = (20, local_flags, method, 0, 33, local_crc, packed, local_size, len(local_name), 0)
        body += struct.pack("<4s5H3L2H", b"PK\3\4", *local) + local_name + entry.data + entry.trailer
        central = (20 | entry.system << 8, 20, entry.flags, method, 0, 33, crc, packed, size)
        lengths = (len(entry.name), len(entry.extra), 0, 0, 0)
        directory += struct.pack("<4s6H3L5H2L", b"PK\1\2", *central, *lengths, entry.attributes, offset)
        directory += entry.name + entry.extra
    number = len(entries) if count is None else count
    start = len(body) + len(between)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, number, number, len(directory), start, len(comment))
    return bytes(body) + between + bytes(directory) + end + comment


def ordinary(files: Iterable[tuple[str, bytes]]) -> bytes:
    """An archive as the standard library makes it."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files:
            target.writestr(name, content)
    return memory.getvalue()


def tree(directory: Path) -> dict[str, bytes | None]:
    """Everything below a directory, directories as ``None``."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() if path.is_file() else None
        for path in directory.rglob("*")
    }


PACKAGE = [
    ("problem.yaml", b"name: Sum\n"),
    ("data/secret/1.in", b"1 2\n"),
    ("data/secret/1.ans", b"3\n"),
    ("data/secret/large.in", b"7" * 3000),
]


DOTTED = {".timelimit": b"1\n", ".syncode.yaml": b"{}\n"}


class TestAccepting:
    def test_files_and_directories_come_out_as_they_were(self, tmp_path: Path) -> None:
        (tmp_path / "a.zip").write_bytes(ordinary([*PACKAGE, ("attachments/", b"")]))
        assert unpack(tmp_path / "a.zip", tmp_path / "out") is None
        found = tree(tmp_path / "out")
        assert {name: content for name, content in found.items() if content is not None} == dict(PACKAGE)
        assert found["attachments"] is None
        assert set(os.listdir(tmp_path)) == {"a.zip", "out"}

    def test_one_directory_that_holds_everything_is_stripped(self, tmp_path: Path) -> None:
        content = ordinary([("sum/", b""), *((f"sum/{name}", data) for name, data in PACKAGE)])
        assert unpack(io.BytesIO(content), tmp_path / "out") == "sum"
        assert (tmp_path / "out" / "problem.yaml").is_file()

    def test_what_other_tools_left_is_passed_over(self, tmp_path: Path) -> None:
        left = [".DS_Store", "__MACOSX/sum/._problem.yaml", "sum/.git/config", "sum/data/.gitignore", "sum/Thumbs.db"]
        packed = [*PACKAGE, (".timelimit", b"2\n")]
        content = ordinary([*((name, b"x") for name in left), *((f"sum/{name}", data) for name, data in packed)])
        assert unpack(io.BytesIO(content), tmp_path / "out") == "sum"
        assert sorted(name for name, data in tree(tmp_path / "out").items() if data) == sorted(dict(packed))

    def test_an_archive_that_was_written_without_seeking(self, tmp_path: Path) -> None:
        class Pipe:
            def __init__(self) -> None:
                self.written = bytearray()

            def write(self, block: bytes, /) -> int:
                self.written += block
                return len(block)

            def flush(self) -> None:
                """There is nothing to flush."""

            def close(self) -> None:
                """There is nothing to close."""

        pipe = Pipe()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as target:
            for name, data in PACKAGE:
                with target.open(zipfile.ZipInfo(name), "w", force_zip64=name.endswith("1.in")) as member:
                    member.write(data)
        unpack(io.BytesIO(bytes(pipe.written)), tmp_path / "out")
        assert {name: data for name, data in tree(tmp_path / "out").items() if data is not None} == dict(PACKAGE)

    def test_names_beyond_the_formats_are_for_what_is_no_package_of_it(self, tmp_path: Path) -> None:
        unpack(io.BytesIO(ordinary([("tests/zażółć 1.in", b"1")])), tmp_path / "out")
        assert (tmp_path / "out" / "zażółć 1.in").read_bytes() == b"1"
        with pytest.raises(PackageError, match="breaks the rule of the format"):
            unpack(io.BytesIO(ordinary([*PACKAGE, ("attachments/a b.txt", b"1")])), tmp_path / "package")

    def test_a_large_member_takes_no_memory(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
            target.writestr("1.in", bytes(64 << 20))
        tracemalloc.start()
        try:
            unpack(tmp_path / "a.zip", tmp_path / "out")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert (tmp_path / "out" / "1.in").stat().st_size == 64 << 20
        assert peak < 8 << 20


GOOD = Entry(b"data/1.in")
BOMB = Entry(b"a", bytes(100_000), deflated=True)

HOSTILE: dict[str, tuple[bytes, str]] = {
    # names
    "absolute": (made(Entry(b"/etc/passwd")), "absolute"),
    "absolute for Windows": (made(Entry(b"C:/x")), "character"),
    "parent": (made(Entry(b"../x")), r"'\.\.'"),
    "parent further down": (made(Entry(b"a/../../x")), r"'\.\.'"),
    "parent as directory": (made(Entry(b"a/../", b"", attributes=0)), r"'\.\.'"),
    "here": (made(Entry(b"a/./x")), r"'\.'"),
    "empty part": (made(Entry(b"a//x")), "empty"),
    "no name": (made(Entry(b"")), "empty"),
    "slash": (made(Entry(b"/", b"", attributes=0)), "empty"),
    "backslash": (made(Entry(b"..\\x")), "character"),
    "NUL": (made(Entry(b"x.py\0.txt")), "character"),
    "newline": (made(Entry(b"a\nb")), "character"),
    "escape": (made(Entry(b"\x1b[2J")), "character"),
    "delete": (made(Entry(b"a\x7f")), "character"),
    "right to left": (made(Entry("a\u202egpj.exe".encode(), flags=0x800)), "character"),
    "wrong UTF-8": (made(Entry(b"\xff\xfe", flags=0x800)), "cannot be read|can be read"),
    "too long": (made(Entry(b"a" * 256)), "too long"),
    "too long a path": (made(Entry(b"/".join([b"a" * 200] * 6))), "too long"),
    "too deep": (made(Entry(b"a/" * 16 + b"x")), "deeper"),
    "not of the format": (made(Entry(b"problem.yaml"), Entry(b"data/$x.in")), "rule of the format"),
    # collisions
    "twice": (made(GOOD, GOOD), "twice"),
    "letters' case": (made(GOOD, Entry(b"data/1.IN")), "collides"),
    "a directory's letters' case": (made(GOOD, Entry(b"Data/2.in")), "collides"),
    "one name in two ways": (
        made(Entry("\u00e9".encode(), flags=0x800), Entry("e\u0301".encode(), flags=0x800)),
        "collides",
    ),
    "sharp s": (made(Entry("\u00df".encode(), flags=0x800), Entry(b"ss")), "collides"),
    "file and directory": (made(Entry(b"a"), Entry(b"a/b")), "both"),
    "directory and file": (made(Entry(b"a/b"), Entry(b"a")), "both"),
    "file and directory of one name": (made(Entry(b"a"), Entry(b"a/", b"")), "twice|both"),
    # kinds
    "link": (made(Entry(b"a", b"/etc/passwd", attributes=(LINK | 0o777) << 16)), "link"),
    "link of macOS": (made(Entry(b"a", b"/etc/passwd", system=19, attributes=(LINK | 0o777) << 16)), "link"),
    "link made on DOS": (made(Entry(b"a", b"/etc/passwd", system=0, attributes=(LINK | 0o777) << 16)), "link"),
    "link to a directory": (made(Entry(b"a", b"/", attributes=(LINK | 0o777) << 16 | 0x10)), "link"),
    "junction": (made(Entry(b"a", system=10, attributes=0x400)), "neither"),
    "volume label": (made(Entry(b"a", b"", system=0, attributes=0x8)), "neither"),
    "pipe": (made(Entry(b"a", b"", attributes=(FIFO | 0o666) << 16)), "neither"),
    "device": (made(Entry(b"a", b"", attributes=(DEVICE | 0o666) << 16)), "neither"),
    "socket": (made(Entry(b"a", b"", attributes=(SOCKET | 0o666) << 16)), "neither"),
    "file called a directory": (made(Entry(b"a/", b"", attributes=0o100644 << 16)), "not by both"),
    "directory called a file": (made(Entry(b"a", b"", attributes=0o040755 << 16)), "not by both"),
    "directory with content": (made(Entry(b"a/", attributes=0o040755 << 16)), "with content"),
    # packing
    "encrypted": (made(Entry(b"a", flags=1)), "encrypted"),
    "strongly encrypted": (made(Entry(b"a", flags=0x41)), "encrypted"),
    "bzip2": (made(Entry(b"a", method=12)), "other than deflate"),
    "deflate64": (made(Entry(b"a", method=9)), "other than deflate"),
    "patch": (made(Entry(b"a", flags=0x20)), "other than deflate"),
    # contents
    "wrong checksum": (made(Entry(b"a", crc=1)), "checksum"),
    "longer than said": (made(Entry(b"a", b"x" * 100, deflated=True, size=10)), "longer"),
    "longer than said, with the checksum of what is said": (
        made(Entry(b"a", b"x" * 100, deflated=True, size=10, crc=zlib.crc32(b"x" * 10))),
        "longer",
    ),
    "shorter than said": (made(Entry(b"a", b"x", deflated=True, size=10)), "10 in the words"),
    "two sizes": (made(Entry(b"a", size=3)), "two sizes differ"),
    "no deflate": (made(Entry(b"a", raw=b"\xff" * 20, deflated=True)), "damaged"),
    "cut deflate": (made(Entry(b"a", b"x" * 1000, raw=deflate(b"x" * 1000)[:-2], deflated=True)), "cut off"),
    "something after the end of deflate": (
        made(Entry(b"a", b"x", raw=deflate(b"x") + b"y", deflated=True)),
        "not part",
    ),
    # contradictions
    "another name in the header": (made(Entry(b"a", local_name=b"b")), "another name"),
    "another size in the header": (made(Entry(b"a", local_size=3)), "other sizes"),
    "another checksum in the header": (made(Entry(b"a", local_crc=3)), "other sizes"),
    "encrypted in the header": (made(Entry(b"a", local_flags=1)), "another way"),
    "entries that overlap": (made(BOMB, Entry(b"b", bytes(100_000), deflated=True, offset=0, raw=b"")), "name|shares"),
    "entry within an entry": (
        made(Entry(b"a", made(Entry(b"b", b"xy"))), Entry(b"b", b"xy", offset=31, raw=b"", packed=2)),
        "shares|name|bytes that belong",
    ),
    "entry nowhere": (made(Entry(b"a", offset=5000)), "not where"),
    "entry in the directory": (made(GOOD, Entry(b"b", offset=48)), "not where"),
    "too few are counted": (made(GOOD, Entry(b"b"), count=1), "as many entries"),
    "too many are counted": (made(GOOD, count=2), "as many entries"),
    "too much data is said": (made(Entry(b"a", packed=5000, size=5000)), "shares"),
    "bytes between": (made(GOOD, between=b"hidden"), "belong to no entry"),
    "bytes of a trailer that none asked for": (made(Entry(b"a", trailer=bytes(16))), "belong to no entry"),
    "bytes before": (made(Entry(b"a"), before=b"#!/bin/sh\n"), "begin with an entry"),
    "bytes before that nothing counts": (b"#!/bin/sh\n" + made(GOOD), "belong to none"),
    "two archives": (made(GOOD) + made(Entry(b"b")), "belong to none|several"),
    "two ends": (made(GOOD, comment=made(Entry(b"b"))), "more than one end"),
    "bytes after": (made(GOOD) + b"more", "end is missing"),
    "several disks": (made(GOOD)[:-18] + struct.pack("<2H", 1, 1) + made(GOOD)[-14:], "several"),
    "nothing": (made(), "holds nothing"),
    "nothing but a directory": (made(Entry(b"a/", b"", attributes=0)), "holds no file"),
    "empty file": (b"", "end is missing"),
    "no archive": (b"name: Sum\n" * 100, "end is missing"),
    # sizes
    "a gigabyte is said": (made(*(Entry(b"%d" % n, b"", size=1 << 29, deflated=True) for n in range(3))), "1024 MiB"),
    "four gigabytes are said": (made(Entry(b"a", deflated=True, size=0xFFFFFFFE)), "1024 MiB"),
    "zip64 without its field": (made(Entry(b"a", size=0xFFFFFFFF, packed=0xFFFFFFFF)), "can be read|MiB|shares|sizes"),
    "zip64 with another size": (
        made(Entry(b"a", deflated=True, size=0xFFFFFFFF, extra=struct.pack("<2HQ", 1, 8, 1 << 62))),
        "MiB|other sizes",
    ),
    "zip64 cut": (made(Entry(b"a", size=0xFFFFFFFF, extra=struct.pack("<2HL", 1, 4, 1))), "can be read"),
}


class TestRefusing:
    @pytest.mark.parametrize(("content", "sentence"), HOSTILE.values(), ids=HOSTILE.keys())
    def test_hostile_archives(self, tmp_path: Path, content: bytes, sentence: str) -> None:
        with pytest.raises(PackageError, match=sentence):
            unpack(io.BytesIO(content), tmp_path / "out")
        assert os.listdir(tmp_path) == []

    @pytest.mark.parametrize("good", [0, 1])
    def test_of_what_was_written_before_the_refusal_nothing_is_left(self, tmp_path: Path, good: int) -> None:
        entries = [*(Entry(b"good%d" % n) for n in range(good)), Entry(b"bad", crc=0)]
        with pytest.raises(PackageError, match="bad: is damaged"):
            unpack(io.BytesIO(made(*entries)), tmp_path / "out")
        assert os.listdir(tmp_path) == []

    def test_ten_thousand_entries_and_no_more(self, tmp_path: Path) -> None:
        entries = [Entry(b"%d" % number, b"") for number in range(10_000)]
        assert unpack(io.BytesIO(made(*entries)), tmp_path / "out") is None
        assert len(os.listdir(tmp_path / "out")) == 10_000
        with pytest.raises(PackageError, match="more than 10000 entries"):
            unpack(io.BytesIO(made(*entries, Entry(b"more", b""))), tmp_path / "other")

    def test_entries_are_counted_and_their_number_not_believed(self, tmp_path: Path) -> None:
        entries = [Entry(b"%d" % number, b"") for number in range(10_100)]
        with pytest.raises(PackageError, match="as many entries"):
            unpack(io.BytesIO(made(*entries, count=10)), tmp_path / "out")

    def test_directories_that_nobody_lists_are_counted(self, tmp_path: Path) -> None:
        entries = [Entry(b"%d/a/b/c/d" % number, b"") for number in range(6000)]
        with pytest.raises(PackageError, match="directories that it does not list"):
            unpack(io.BytesIO(made(*entries)), tmp_path / "out")
        assert os.listdir(tmp_path) == []

    def test_what_is_unpacked_is_counted(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(archive, "MOST_BYTES", 1000)
        assert unpack(io.BytesIO(made(Entry(b"a", bytes(1000), deflated=True))), tmp_path / "out") is None
        with pytest.raises(PackageError, match="more than"):
            unpack(io.BytesIO(made(Entry(b"a", bytes(1001), deflated=True))), tmp_path / "more")

    @pytest.mark.parametrize("cut", [1, 10, 21, 22, 30, 60, 100])
    def test_a_cut_archive(self, tmp_path: Path, cut: int) -> None:
        with pytest.raises(PackageError, match=r"end is missing|belong"):
            unpack(io.BytesIO(ordinary(PACKAGE)[:-cut]), tmp_path / "out")

    def test_zip64_ends_that_say_other_things(self, tmp_path: Path) -> None:
        plain = made(GOOD)
        end = plain[-22:]
        _, _, _, _, count, size, start, _ = struct.unpack("<4s4H2LH", end)

        def with_64(count: int, size: int, start: int, *, at: int | None = None) -> bytes:
            where = len(plain) - 22
            record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
            locator = struct.pack("<4sLQL", b"PK\6\7", 0, where if at is None else at, 1)
            return plain[:-22] + record + locator + end

        unpack(io.BytesIO(with_64(count, size, start)), tmp_path / "honest")
        for lie in (with_64(2, size, start), with_64(count, size, 0), with_64(count, size, start, at=0)):
            with pytest.raises(PackageError, match=r"zip64 end|different things"):
                unpack(io.BytesIO(lie), tmp_path / "out")

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(PackageError, match=r"a\.zip: cannot be read"):
            unpack(tmp_path / "a.zip", tmp_path / "out")

    def test_an_archive_of_itself_is_a_file_like_any_other(self, tmp_path: Path) -> None:
        inner = made(Entry(b"inner.zip", made(GOOD)))
        unpack(io.BytesIO(made(Entry(b"outer.zip", inner), GOOD)), tmp_path / "out")
        assert (tmp_path / "out" / "outer.zip").read_bytes() == inner


NOISE = hashlib.shake_256(b"noise").digest(200)  # stays as long when it is packed
SEEDED = ordinary([*PACKAGE, ("data/sample/1.in", NOISE)])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.tuples(st.integers(0, len(SEEDED) - 1), st.integers(0, 255)), max_size=4), cut=st.integers(0, 3)
)
def test_changed_bytes_lead_to_the_same_content_or_to_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], cut: int
) -> None:
    changed = bytearray(SEEDED)
    for at, value in changes:
        changed[at] = value
    directory = tmp_path_factory.mktemp("mutated")
    try:
        unpack(io.BytesIO(bytes(changed[: len(changed) - cut])), directory / "out")
    except PackageError:
        assert os.listdir(directory) == []
        return
    assert os.listdir(directory) == ["out"]
    contents = [content for content in tree(directory / "out").values() if content is not None]
    known = [*dict(PACKAGE).values(), NOISE]
    assert all(content in known for content in contents)


class TestPacking:
    @pytest.fixture
    def package(self, tmp_path: Path) -> Path:
        for name, content in (*PACKAGE, *DOTTED.items(), (".git/config", b"x"), ("data/.gitignore", b"x")):
            path = tmp_path / "sum" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return tmp_path / "sum"

    def test_what_is_packed_can_be_unpacked(self, package: Path, tmp_path: Path) -> None:
        pack(package, tmp_path / "sum.zip", top="sum")
        assert unpack(tmp_path / "sum.zip", tmp_path / "out") == "sum"
        files = {name: content for name, content in tree(tmp_path / "out").items() if content is not None}
        assert files == {**dict(PACKAGE), **DOTTED}

    def test_equal_content_gives_equal_bytes(self, package: Path, tmp_path: Path) -> None:
        first, second = io.BytesIO(), io.BytesIO()
        pack(package, first)
        for path in package.rglob("*"):
            path.chmod(0o700)
            os.utime(path, (1, 1))
        pack(package, second)
        assert first.getvalue() == second.getvalue()
        (package / "problem.yaml").write_bytes(b"name: Other\n")
        pack(package, tmp_path / "third.zip")
        assert (tmp_path / "third.zip").read_bytes() != first.getvalue()

    def test_a_link_that_leads_out_is_not_followed(self, package: Path, tmp_path: Path) -> None:
        (package / "data" / "secret" / "2.in").symlink_to("/etc/passwd")
        with pytest.raises(PackageError, match="leads out"):
            pack(package, tmp_path / "sum.zip")
