"""Hosts of a network that is all on this machine: namespaces with addresses of their own, whose cables can be cut.

The addresses are those kept for documentation: nothing outside ever has them, and no namespace has a way outside.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from typing import Final

from tests.conftest import unavailable
from tests.distributed.cluster import Place

NETWORKS: Final = ("198.51.100", "203.0.113", "192.0.2")


class Network:
    """A bridge in this namespace, with one host a cable."""

    def __init__(self) -> None:
        self._mark = f"sc{os.getpid() % 100_000}"
        self._network = _unused()
        self.here = Place(f"{self._network}.1")
        self._hosts: list[str] = []

    def host(self) -> Place:
        """One more."""
        number = len(self._hosts) + 2
        name, inner, outer = f"{self._mark}n{number}", f"{self._mark}i{number}", f"{self._mark}o{number}"
        _ip("netns", "add", name)
        self._hosts.append(name)
        _ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", name)
        _ip("link", "set", outer, "master", self._mark, "up")
        _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", name, "address", "add", f"{self._network}.{number}/24", "dev", inner)
        _ip("-n", name, "link", "set", inner, "up")
        return Place(f"{self._network}.{number}", name)

    def cut(self, place: Place) -> None:
        """Nothing gets through any more."""
        _ip("link", "set", self._outer(place), "down")

    def mend(self, place: Place) -> None:
        """It does again."""
        _ip("link", "set", self._outer(place), "up")

    def _outer(self, place: Place) -> str:
        return f"{self._mark}o{place.address.rpartition('.')[2]}"

    def __enter__(self) -> Network:
        try:
            _ip("link", "add", self._mark, "type", "bridge")
            _ip("address", "add", f"{self.here.address}/24", "dev", self._mark)
            _ip("link", "set", self._mark, "up")
        except (OSError, subprocess.CalledProcessError) as error:
            self.__exit__()
            unavailable(f"no network can be made here: {error}")
        return self

    def __exit__(self, *exception: object) -> None:
        for name in self._hosts:
            with contextlib.suppress(OSError, subprocess.CalledProcessError):
                _ip("netns", "del", name)
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            _ip("link", "del", self._mark)


def _unused() -> str:
    """The first of those networks that this machine is no part of: some machines have such addresses themselves."""
    known = _ip("-4", "address") + _ip("-4", "route")
    return next(network for network in NETWORKS if f"{network}." not in known)


def _ip(*words: str) -> str:
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout
