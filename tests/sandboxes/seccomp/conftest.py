"""A machine that runs classic BPF as the kernel does, and a way to run Python under a real filter."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

STARTER = Path(__file__).with_name("under_filter.py")


def interpret(program: bytes, audit: int, number: int, arguments: Sequence[int] = ()) -> tuple[int, int]:
    """What the filter returns for a call, and after how many instructions.

    Refuses what the kernel refuses at installation (net/core/filter.c, kernel/seccomp.c): loads outside
    ``struct seccomp_data``, jumps out of the program, an end without return.
    """
    assert len(program) % 8 == 0
    assert 0 < len(program) // 8 <= 4096
    code = [struct.unpack_from("<HBBI", program, 8 * index) for index in range(len(program) // 8)]
    assert code[-1][0] == 0x06
    data = struct.pack("<iIQ6Q", number - (number >> 31 << 32), audit, 0, *arguments, *[0] * (6 - len(arguments)))
    accumulator = position = steps = 0
    while True:
        assert position < len(code)
        operation, true, false, constant = code[position]
        position += 1
        steps += 1
        match operation:
            case 0x20:
                assert constant % 4 == 0
                assert constant < len(data)
                (accumulator,) = struct.unpack_from("<I", data, constant)
            case 0x54:
                accumulator &= constant
            case 0x05:
                position += constant
            case 0x15:
                position += true if accumulator == constant else false
            case 0x35:
                position += true if accumulator >= constant else false
            case 0x45:
                position += true if accumulator & constant else false
            case 0x06:
                return constant, steps
            case _:
                pytest.fail(f"operation {operation:#x} is not one that the assembler should use")


@pytest.fixture(scope="session")
def run_filter() -> Callable[..., tuple[int, int]]:
    return interpret


@pytest.fixture
def under_filter(tmp_path: Path) -> Callable[[bytes, str], subprocess.CompletedProcess[str]]:
    """Runs Python source in a process of its own under a filter that the kernel has accepted."""

    def start(program: bytes, source: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "filter").write_bytes(program)
        (tmp_path / "source.py").write_text(source)
        return subprocess.run(
            [sys.executable, "-I", STARTER, tmp_path / "filter", sys.executable, "-I", tmp_path / "source.py"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            cwd=tmp_path,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
        )

    return start
