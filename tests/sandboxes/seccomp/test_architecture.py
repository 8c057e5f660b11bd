"""The tables of system call numbers."""

from __future__ import annotations

import platform
import re
import subprocess
from pathlib import Path

import pytest

from sandboxes.errors import IsolationError
from sandboxes.seccomp import PolicyError, load_architecture
from sandboxes.seccomp.architecture import ARCHITECTURES, read_architecture

GOOD = """
architecture = "toy"
machines = ["toy64"]
audit = 1
foreign_bit = 0
[numbers]
read = 0
write = 1
"""


@pytest.mark.parametrize(
    ("name", "call", "number"),
    [
        ("x86_64", "read", 0),
        ("x86_64", "execve", 59),
        ("x86_64", "openat", 257),
        ("x86_64", "rseq", 334),
        ("x86_64", "clone3", 435),
        ("x86_64", "mseal", 462),
        ("arm64", "openat", 56),
        ("arm64", "execve", 221),
        ("arm64", "newfstatat", 79),
        ("arm64", "clone3", 435),
        ("arm64", "mseal", 462),
    ],
)
def test_numbers_of_the_kernel(name: str, call: str, number: int) -> None:
    assert load_architecture(name).numbers[call] == number


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_tables_have_no_holes_but_the_kernels(name: str) -> None:
    numbers = set(load_architecture(name).numbers.values())
    reserved = {"x86_64": range(337, 424), "arm64": [*range(244, 260), *range(295, 424)]}[name]
    assert numbers == set(range(472)) - set(reserved)


def test_new_calls_have_the_same_number_everywhere() -> None:
    x86_64, arm64 = (load_architecture(name).numbers for name in ("x86_64", "arm64"))
    assert {call: n for call, n in x86_64.items() if n >= 424} == {call: n for call, n in arm64.items() if n >= 424}


def test_agrees_with_the_headers_of_this_machine() -> None:
    """Headers may be older or newer than the table: what both know must be the same."""
    asked = subprocess.run(
        ["cc", "-E", "-dM", "-include", "asm/unistd.h", "-x", "c", "/dev/null"],
        capture_output=True,
        text=True,
        check=True,
    )
    headers = {m[1]: int(m[2]) for m in re.finditer(r"^#define __NR_(\w+) (\d+)$", asked.stdout, re.MULTILINE)}
    table = load_architecture(platform.machine()).numbers
    both = headers.keys() & table.keys()
    assert len(both) > 250
    assert {call: headers[call] for call in both} == {call: table[call] for call in both}


@pytest.mark.parametrize(("machine", "name"), [("aarch64", "arm64"), ("x86_64", "x86_64"), ("amd64", "x86_64")])
def test_is_found_by_machine(machine: str, name: str) -> None:
    assert load_architecture(machine).name == name


def test_an_unknown_machine_cannot_isolate() -> None:
    with pytest.raises(IsolationError, match="no table of system calls for riscv64"):
        load_architecture("riscv64")


def test_reads_a_table(tmp_path: Path) -> None:
    (tmp_path / "toy.toml").write_text(GOOD)
    toy = read_architecture(tmp_path / "toy.toml")
    assert (toy.name, toy.machines, toy.audit, toy.numbers) == ("toy", ("toy64",), 1, {"read": 0, "write": 1})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("audit = 1", "audit = 1\nautid = 1", "autid"),
        ("audit = 1", "", "audit"),
        ("audit = 1", 'audit = "1"', "audit must be of type int"),
        ("write = 1", "write = 0", "write and read have the same number 0"),
        ("write = 1", "write = -1", "number of write is -1"),
        ("write = 1", "write = true", "number of write is True"),
        ("write = 1", "write =", "toy.toml: "),
        ('"toy"', '"boy"', "describes boy"),
    ],
)
def test_a_wrong_table_is_an_error(tmp_path: Path, old: str, new: str, message: str) -> None:
    (tmp_path / "toy.toml").write_text(GOOD.replace(old, new))
    with pytest.raises(PolicyError, match=message):
        read_architecture(tmp_path / "toy.toml")


def test_a_missing_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"toy\.toml"):
        read_architecture(tmp_path / "toy.toml")
