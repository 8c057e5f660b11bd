"""Building init for real."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest

from sandboxes.init import InitBuildError, build_init

PT_INTERP = 3


def program_header_types(elf: bytes) -> list[int]:
    """The types of all program headers of a 64-bit little-endian ELF file (elf(5))."""
    (offset,) = struct.unpack_from("<Q", elf, 32)
    size, count = struct.unpack_from("<HH", elf, 54)
    return [struct.unpack_from("<I", elf, offset + size * number)[0] for number in range(count)]


def test_builds_once_and_the_same(tmp_path: Path) -> None:
    first = build_init(tmp_path / "a")
    written = first.stat().st_mtime_ns
    assert build_init(tmp_path / "a") == first
    assert first.stat().st_mtime_ns == written
    second = build_init(tmp_path / "b")
    assert second.name == first.name
    assert second.read_bytes() == first.read_bytes()


def test_is_static_and_stays_away_when_it_is_not_process_1(tmp_path: Path) -> None:
    init = build_init(tmp_path)
    assert PT_INTERP not in program_header_types(init.read_bytes())
    assert subprocess.run([init, "3"], check=False, stdin=subprocess.DEVNULL).returncode == 64
    assert subprocess.run([init], check=False, stdin=subprocess.DEVNULL).returncode == 64


def test_a_missing_compiler_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(InitBuildError, match="libc6-dev"):
        build_init(tmp_path, compiler="no-such-compiler")


def test_a_compiler_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    compiler = tmp_path / "cc"
    compiler.write_text('#!/bin/sh\n[ "$1" = --version ] && exit 0\necho broken >&2\nexit 1\n')
    compiler.chmod(0o755)
    with pytest.raises(InitBuildError, match="does not compile: broken"):
        build_init(tmp_path / "init", compiler=str(compiler))
    assert list((tmp_path / "init").iterdir()) == []


def test_a_compiler_that_cannot_say_its_version_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InitBuildError, match="--version"):
        build_init(tmp_path, compiler="false")
