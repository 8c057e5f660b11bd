"""Which system calls a jailed program may make, as a filter that init installs right before the program starts."""

from __future__ import annotations

import platform
from functools import lru_cache

from sandboxes.seccomp.architecture import ARCHITECTURES, Architecture, PolicyError, load_architecture
from sandboxes.seccomp.bpf import assemble
from sandboxes.seccomp.policy import Policy, load_policy

__all__ = ["Architecture", "Policy", "PolicyError", "assemble", "load_architecture", "load_policy", "program", "tables"]


@lru_cache
def program(architecture: str | None = None) -> bytes:
    """Return the filter for an architecture (this machine's if ``None``): ``struct sock_filter``, 8 bytes each.

    Raises :class:`PolicyError` for an architecture without a table.
    """
    wanted = load_architecture(architecture or platform.machine())
    policy, _ = tables()
    return assemble(policy, wanted)


def tables() -> tuple[Policy, tuple[Architecture, ...]]:
    """The policy, and the architectures that it was held against. Raises :class:`PolicyError`."""
    architectures = tuple(load_architecture(name) for name in ARCHITECTURES)
    return load_policy(architectures), architectures
