"""The engine's side of ``protocol.h``: what init is told, the requests that cases are given, the records they send."""

from __future__ import annotations

import enum
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sandboxes.errors import SetupError
from sandboxes.limits import Command, Limits

MAGIC: Final = 0x324E5953
VERSION: Final = 2
MOST_STRINGS: Final = 1024

_ORDER: Final = struct.Struct("<IIIIQ")
_MESSAGE: Final = struct.Struct("<I")
_HEAD: Final = struct.Struct("<IIIIQQQIIIIIIII")
_HELLO: Final = struct.Struct("<II")
_READY: Final = struct.Struct("<I")
_STATUS: Final = struct.Struct("<IIIIQQQQ")
_FAILURE: Final = struct.Struct("<III")
RECORD_BYTES: Final = 256
# The kernel counts processes by user and user namespace: the agent and the case's process 1 are among them then.
_OF_OURS: Final = 2
# RLIMIT_CPU goes by ticks, which may run ahead of the time that wait4 tells; with this much more, both are past it.
_TICKS_S: Final = 1


class ProtocolError(SetupError):
    """init said something that is no record, or a request cannot be written down."""


class Place(enum.IntEnum):
    """Where init failed (``enum place`` of ``protocol.h``)."""

    START = 1
    REQUEST = 2
    FILES = 3
    HELLO = 4
    FORK = 5
    LIMITS = 6
    PRIVILEGES = 7
    SECCOMP = 8
    EXEC = 9
    WAIT = 10
    MOUNTS = 11
    PRELOAD = 12


@dataclass(frozen=True, slots=True)
class Hello:
    """An agent or a case is ready and waits; with a case's a descriptor of its ``/box`` travels."""

    version: int


@dataclass(frozen=True, slots=True)
class Ready:
    """A preloaded process waits."""


@dataclass(frozen=True, slots=True)
class Status:
    """How the last step ended. Times of the monotonic clock in ns; ``user_us`` and ``system_us`` from ``wait4``."""

    step: int
    exit_code: int
    signal: int | None
    started_ns: int
    ended_ns: int
    user_us: int
    system_us: int


@dataclass(frozen=True, slots=True)
class Failure:
    """The program was never started."""

    place: Place
    error: int

    @property
    def text(self) -> str:
        """What went wrong, in words."""
        return f"init failed at {self.place.name.lower()}: {os.strerror(self.error)}"


Record = Hello | Ready | Status | Failure


class RequestKind(enum.IntEnum):
    """What a case is asked for, or a container's process 1 (``enum request_kind``)."""

    RUN = 1
    PRELOAD = 2
    END = 3

    def encode(self) -> bytes:
        """The message; with one to a case the request's memory file travels."""
        return _MESSAGE.pack(self)


@dataclass(frozen=True, slots=True)
class CaseOrder:
    """What an agent needs to make a case. ``uid`` and ``gid`` are the program's, inside the jail, and never 0."""

    uid: int
    gid: int
    scratch_bytes: int
    scratch_inodes: int

    def encode(self) -> bytes:
        """The message; the case's socket and its standard input, output and error travel with it."""
        return _ORDER.pack(VERSION, self.uid, self.gid, self.scratch_inodes, self.scratch_bytes)


@dataclass(frozen=True, slots=True)
class Request:
    """Everything a case needs. ``uid`` and ``gid`` as in the order.

    ``preloaded``: the command's last step is handed to the process that the case was asked to start ahead.
    ``grouped``: control groups limit processes and CPU time; else rlimits stand in for them as far as they can.
    """

    command: Command
    limits: Limits
    environment: Sequence[str]
    filter: bytes
    uid: int
    gid: int
    preloaded: bool = False
    grouped: bool = True

    def encode(self) -> bytes:
        """The request as ``protocol.h`` lays it out. Raises :class:`ProtocolError` for NUL bytes or too many words."""
        command, limits = self.command, self.limits
        parts = [
            _HEAD.pack(
                MAGIC,
                VERSION,
                self.uid,
                self.gid,
                limits.stack_bytes,
                limits.file_size_bytes,
                limits.open_files,
                len(self.filter) // 8,
                len(command.files),
                len(command.links),
                len(command.steps),
                self.preloaded,
                0 if self.grouped else limits.processes + _OF_OURS,
                0 if self.grouped else -(-limits.cpu_ms // 1000) + _TICKS_S,
                0,
            ),
            self.filter,
        ]
        for path, content in command.files.items():
            parts += (_string(path), struct.pack("<Q", len(content)), content)
        parts += (_string(path) for path in command.links)
        parts.append(_strings(self.environment))
        parts += (_strings(step) for step in command.steps)
        return b"".join(parts)


def parse_record(data: bytes) -> Record:
    """One record of init. Raises :class:`ProtocolError` if it is none."""
    try:
        if len(data) == _HELLO.size:
            kind, version = _HELLO.unpack(data)
            if (kind, version) == (1, VERSION):
                return Hello(version)
        elif len(data) == _READY.size:
            if _READY.unpack(data) == (4,):
                return Ready()
        elif len(data) == _STATUS.size:
            kind, step, exit_code, signal, started_ns, ended_ns, user_us, system_us = _STATUS.unpack(data)
            if kind == 2:
                return Status(step, exit_code, signal or None, started_ns, ended_ns, user_us, system_us)
        elif len(data) == _FAILURE.size:
            kind, place, error = _FAILURE.unpack(data)
            if kind == 3 and error < 1 << 31:
                return Failure(Place(place), error)
    except ValueError as error:
        raise ProtocolError(f"init sent a record with unknown values: {data.hex()}") from error
    raise ProtocolError(f"init sent {len(data)} bytes that are no record: {data[:32].hex()}")


def _string(text: str) -> bytes:
    encoded = os.fsencode(text)
    if b"\0" in encoded:
        raise ProtocolError(f"a NUL byte cannot stand in an argument, path or variable: {text!r}")
    return struct.pack("<I", len(encoded) + 1) + encoded + b"\0"


def _strings(texts: Sequence[str]) -> bytes:
    if len(texts) > MOST_STRINGS:
        raise ProtocolError(f"{len(texts)} words are more than the {MOST_STRINGS} that fit")
    return struct.pack("<I", len(texts)) + b"".join(map(_string, texts))
