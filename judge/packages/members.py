"""Zip archives that cannot be trusted: their members, and their members' content, read strictly.

Readers of zip archives disagree where an archive contradicts itself: bytes before the first member, members that share
bytes, two directories, a local header that says other than the directory. All of that is refused here, so that an
archive means one thing only. Format: PKWARE APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, NoReturn

from judge.errors import PackageError

BLOCK_BYTES: Final = 1 << 18

_END: Final = struct.Struct("<4s4H2LH")
_END_64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64: Final = struct.Struct("<4sLQL")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_END_MARK, _END_64_MARK, _LOCATOR_64_MARK = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_CENTRAL_MARK, _LOCAL_MARK = b"PK\x01\x02", b"PK\x03\x04"
_MOST_COMMENT: Final = 0xFFFF
_SENTINEL_16, _SENTINEL_32 = 0xFFFF, 0xFFFFFFFF
_MOST_DIRECTORY_BYTES: Final = 8 << 20

_ENCRYPTED: Final = 0x0001 | 0x0040 | 0x2000
_PATCHED: Final = 0x0020
_SIZES_FOLLOW: Final = 0x0008
_UTF_8: Final = 0x0800
# After the data of a member whose sizes follow: checksum and two sizes of 4 or 8 bytes, with a mark or without.
_TRAILERS: Final = frozenset({12, 16, 20, 24})
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})

# Attributes of DOS and Windows, in the lower half: volume label, device, reparse point (links and junctions).
_STRANGE: Final = 0x0008 | 0x0040 | 0x0400


@dataclass(frozen=True, slots=True)
class Member:
    """A file or directory in an archive.

    ``path``   as the archive says it, without the slash at a directory's end
    ``start``  offset of its data, which are ``packed_bytes`` long and ``size_bytes`` when unpacked
    """

    path: str
    directory: bool
    start: int
    deflated: bool
    packed_bytes: int
    size_bytes: int
    checksum: int


def members(file: BinaryIO, *, most: int) -> tuple[Member, ...]:
    """What an archive holds, in the order of its directory; names are not checked, beyond being text.

    Raises :class:`PackageError` for more than ``most`` members, for one that is neither file nor directory, encrypted
    or packed otherwise than by deflate, and for an archive that contradicts itself or does not span the whole file.
    """
    directory = _directory(file, most)
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error) as error:
        raise _bad(f"is no zip archive that can be read: {error}") from error
    found = [_member(file, info) for info in infos]
    _check_extents(infos, found, directory)
    return tuple(found)


def content(file: BinaryIO, member: Member) -> Iterator[bytes]:
    """A member's content in blocks.

    Raises :class:`PackageError` as soon as it is longer than the archive says, and when it is shorter, damaged or cut.
    """
    size = checksum = 0
    for block in _inflated(file, member) if member.deflated else _stored(file, member):
        size += len(block)
        if size > member.size_bytes:
            refuse(member.path, "is longer than the archive says")
        checksum = zlib.crc32(block, checksum)
        yield block
    if size != member.size_bytes:
        refuse(member.path, f"is {size} bytes long, and {member.size_bytes} in the words of the archive")
    if checksum != member.checksum:
        refuse(member.path, "is damaged: its checksum is wrong")


def refuse(path: str, reason: str) -> NoReturn:
    """Raise :class:`PackageError` about a member, whatever characters its name consists of."""
    shown = ascii(path)[1:-1]
    raise PackageError(shown if len(shown) <= 120 else f"{shown[:117]}...", "", reason)


def _bad(reason: str) -> PackageError:
    return PackageError("archive", "", reason)


@dataclass(frozen=True, slots=True)
class _Directory:
    start: int
    size: int
    count: int


def _directory(file: BinaryIO, most: int) -> _Directory:
    """Where the directory of members is, which has to end where the file's last record begins."""
    size = file.seek(0, 2)
    tail_start = max(0, size - _END.size - _MOST_COMMENT)
    file.seek(tail_start)
    tail = file.read()
    ends = [at for at in _positions(tail, _END_MARK) if _ends_there(tail, at)]
    if not ends:
        raise _bad("is no zip archive, or is cut off: its end is missing")
    if len(ends) > 1:
        raise _bad("has more than one end")
    end = tail_start + ends[0]
    _, disk, first_disk, here, count, length, start, _ = _END.unpack_from(tail, ends[0])
    if disk or first_disk or here != count:
        raise _bad("is one part of several")
    directory, stop = _Directory(start, length, count), end
    if end >= _LOCATOR_64.size + _END_64.size:
        directory, stop = _end_64(file, end, directory)
    if directory.count > most:
        raise _bad(f"holds more than {most} entries")
    if directory.start + directory.size != stop:
        raise _bad("holds bytes that belong to none of its entries, or is several archives in one")
    _check_count(file, directory)
    return directory


def _positions(tail: bytes, mark: bytes) -> Iterator[int]:
    at = tail.find(mark)
    while at >= 0:
        yield at
        at = tail.find(mark, at + 1)


def _ends_there(tail: bytes, at: int) -> bool:
    if at + _END.size > len(tail):
        return False
    comment: int = _END.unpack_from(tail, at)[-1]
    return at + _END.size + comment == len(tail)


def _end_64(file: BinaryIO, end: int, plain: _Directory) -> tuple[_Directory, int]:
    """The directory as a zip64 end before the plain one describes it, and where that begins; else both unchanged."""
    file.seek(end - _LOCATOR_64.size)
    mark, disk, at, disks = _LOCATOR_64.unpack(file.read(_LOCATOR_64.size))
    if mark != _LOCATOR_64_MARK:
        return plain, end
    stop = end - _LOCATOR_64.size - _END_64.size
    file.seek(stop)
    mark, length, _, _, here_disk, first_disk, here, count, size, start = _END_64.unpack(file.read(_END_64.size))
    if mark != _END_64_MARK or at != stop or length != _END_64.size - 12:
        raise _bad("has a zip64 end that is not where it should be")
    if disk or here_disk or first_disk or disks > 1 or here != count:
        raise _bad("is one part of several")
    pairs = ((plain.count, count, _SENTINEL_16), (plain.size, size, _SENTINEL_32), (plain.start, start, _SENTINEL_32))
    if any(short not in {long, sentinel} for short, long, sentinel in pairs):
        raise _bad("has two ends that say different things")
    return _Directory(start, size, count), stop


def _check_count(file: BinaryIO, directory: _Directory) -> None:
    """Step through the directory before anything is made of it: it may be long."""
    if directory.size > _MOST_DIRECTORY_BYTES:
        raise _bad(f"has a directory of more than {_MOST_DIRECTORY_BYTES} bytes")
    file.seek(directory.start)
    records = file.read(directory.size)
    at = count = 0
    while at < len(records):
        if count >= directory.count or len(records) - at < _CENTRAL.size:
            raise _bad("has a directory that does not hold as many entries as it says")
        fields = _CENTRAL.unpack_from(records, at)
        if fields[0] != _CENTRAL_MARK:
            raise _bad("has a damaged directory")
        if fields[13]:
            raise _bad("is one part of several")
        count += 1
        at += _CENTRAL.size + fields[10] + fields[11] + fields[12]
    if at != directory.size or count != directory.count:
        raise _bad("has a directory that does not hold as many entries as it says")


def _member(file: BinaryIO, info: zipfile.ZipInfo) -> Member:
    name = info.orig_filename  # the other one ends at the first NUL
    directory = name.endswith("/")
    path = name[:-1] if directory else name
    if info.flag_bits & _ENCRYPTED:
        refuse(path, "is encrypted")
    if info.flag_bits & _PATCHED or info.compress_type not in _METHODS:
        refuse(path, "is packed in a way other than deflate")
    _check_kind(path, info, directory=directory)
    deflated = info.compress_type == zipfile.ZIP_DEFLATED
    if directory and info.file_size:
        refuse(path, "is a directory with content")
    if not deflated and info.compress_size != info.file_size:
        refuse(path, "is not packed, yet its two sizes differ")
    return Member(
        path=path,
        directory=directory,
        start=_data_start(file, info),
        deflated=deflated,
        packed_bytes=info.compress_size,
        size_bytes=info.file_size,
        checksum=info.CRC,
    )


def _check_kind(path: str, info: zipfile.ZipInfo, *, directory: bool) -> None:
    """Whatever system it was made on: the upper half of the attributes is a Unix mode or nothing."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        refuse(path, "is a link")
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR} or info.external_attr & _STRANGE:
        refuse(path, "is neither a file nor a directory")
    if kind == (stat.S_IFREG if directory else stat.S_IFDIR):
        refuse(path, "is a directory by its name or by its attributes, but not by both")


def _data_start(file: BinaryIO, info: zipfile.ZipInfo) -> int:
    """Where the data begin, after a local header that says the same as the directory."""
    file.seek(info.header_offset)
    raw = file.read(_LOCAL.size)
    if len(raw) < _LOCAL.size or not raw.startswith(_LOCAL_MARK):
        refuse(info.orig_filename, "is not where the directory says")
    _, _, flags, method, _, _, checksum, packed, size, name_length, extra_length = _LOCAL.unpack(raw)
    name = file.read(name_length)
    if name != info.orig_filename.encode("utf-8" if info.flag_bits & _UTF_8 else "cp437"):
        refuse(info.orig_filename, "has another name in its own header")
    if method != info.compress_type or flags != info.flag_bits:
        refuse(info.orig_filename, "is packed another way in the words of its own header")
    if not flags & _SIZES_FOLLOW:
        said = ((packed, info.compress_size), (size, info.file_size))
        if checksum != info.CRC or any(here not in {there, _SENTINEL_32} for here, there in said):
            refuse(info.orig_filename, "has other sizes or another checksum in its own header")
    start: int = info.header_offset + _LOCAL.size + name_length + extra_length
    return start


def _check_extents(infos: Sequence[zipfile.ZipInfo], found: Sequence[Member], directory: _Directory) -> None:
    """Members lie one after the other from the file's first byte to the directory: none share bytes, none is hidden."""
    pairs = sorted(zip(infos, found, strict=True), key=lambda pair: pair[0].header_offset)
    if not pairs:
        raise _bad("holds nothing")
    if pairs[0][0].header_offset != 0:
        raise _bad("does not begin with an entry")
    following = [*(info.header_offset for info, _ in pairs[1:]), directory.start]
    for (info, member), stop in zip(pairs, following, strict=True):
        gap = stop - member.start - member.packed_bytes
        if gap < 0:
            refuse(member.path, "shares bytes with another entry")
        if gap and not (info.flag_bits & _SIZES_FOLLOW and gap in _TRAILERS):
            refuse(member.path, "is followed by bytes that belong to no entry")


def _stored(file: BinaryIO, member: Member) -> Iterator[bytes]:
    file.seek(member.start)
    left = member.packed_bytes
    while left:
        block = file.read(min(left, BLOCK_BYTES))
        if not block:
            refuse(member.path, "is cut off")
        left -= len(block)
        yield block


def _inflated(file: BinaryIO, member: Member) -> Iterator[bytes]:
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for block in _stored(file, member):
            waiting = block
            while waiting and not unpacking.eof:
                yield unpacking.decompress(waiting, BLOCK_BYTES)
                waiting = unpacking.unconsumed_tail
            if unpacking.eof and (waiting or unpacking.unused_data):
                refuse(member.path, "is followed by bytes that are not part of it")
        while not unpacking.eof:  # what is in already may still make more than a block
            more = unpacking.decompress(b"", BLOCK_BYTES)
            if not more:
                refuse(member.path, "is cut off")
            yield more
    except zlib.error as error:
        raise PackageError(ascii(member.path)[1:-1], "", "is damaged: it cannot be unpacked") from error
