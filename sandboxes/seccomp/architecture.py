"""The machine architectures a filter can be made for: their system call numbers, from one TOML table each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandboxes.errors import IsolationError

ARCHITECTURES: Final = ("arm64", "x86_64")
_KEYS: Final = {"architecture": str, "machines": list, "audit": int, "foreign_bit": int, "numbers": dict}
_MOST: Final = 0xFFFF_FFFF


class PolicyError(IsolationError):
    """A table or the policy cannot be used, or there is none for this machine; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """One ABI of the kernel.

    ``machines``     names that uname(2) has for it
    ``audit``        the value of ``seccomp_data.arch`` (``AUDIT_ARCH_*``, linux/audit.h)
    ``foreign_bit``  set in the numbers of a second ABI that shares ``audit``; 0 where there is none
    ``numbers``      system call name -> number, complete for the kernels the table names
    """

    name: str
    machines: tuple[str, ...]
    audit: int
    foreign_bit: int
    numbers: Mapping[str, int]


def load_architecture(name: str, *, directory: Path | None = None) -> Architecture:
    """Read the table called ``name`` or that of the machine called so (``aarch64``). Raises :class:`PolicyError`."""
    known = [read_architecture((directory or Path(__file__).parent) / f"{each}.toml") for each in ARCHITECTURES]
    for architecture in known:
        if name == architecture.name or name in architecture.machines:
            return architecture
    raise PolicyError(f"there is no table of system calls for {name}: supported are {', '.join(ARCHITECTURES)}")


def read_architecture(path: Path) -> Architecture:
    """Read one table. Raises :class:`PolicyError` for unknown or missing keys and for a number given twice."""
    try:
        table = tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PolicyError(f"{path.name}: {error}") from error
    if odd := set(table) ^ set(_KEYS):
        raise PolicyError(f"{path.name}: keys unknown or missing: {', '.join(sorted(odd))}")
    for key, kind in _KEYS.items():
        if type(table[key]) is not kind:
            raise PolicyError(f"{path.name}: {key} must be of type {kind.__name__}")
    if table["architecture"] != path.stem:
        raise PolicyError(f"{path.name} describes {table['architecture']}")
    names: dict[int, str] = {}
    for call, number in table["numbers"].items():
        if type(number) is not int or not 0 <= number <= _MOST:
            raise PolicyError(f"{path.name}: the number of {call} is {number!r}")
        if number in names:
            raise PolicyError(f"{path.name}: {call} and {names[number]} have the same number {number}")
        names[number] = call
    return Architecture(
        name=table["architecture"],
        machines=tuple(table["machines"]),
        audit=table["audit"],
        foreign_bit=table["foreign_bit"],
        numbers=table["numbers"],
    )
