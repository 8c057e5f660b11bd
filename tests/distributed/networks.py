"""Hosts of a network that is all on this machine: namespaces with addresses of their own, whose cables can be cut.

The addresses are those kept for documentation: nothing outside ever has them, and no namespace has a way outside.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from typing import Final

from tests.conftest import unavailable
from tests.distributed.cluster import Place

_PATIENCE_S: Final = 10.0
NETWORKS: Final = ("198.51.100", "203.0.113", "192.0.2")


class Network:
    """A bridge in this namespace, with one host a cable. A process that sleeps keeps each host: no mount does."""

    def __init__(self) -> None:
        self._mark = f"sc{os.getpid() % 100_000}"
        self._network = _unused()
        self.here = Place(f"{self._network}.1")
        self._hosts: list[subprocess.Popen[bytes]] = []

    def host(self) -> Place:
        """One more."""
        keeper = subprocess.Popen(["unshare", "--net", "--", "sleep", "infinity"])
        self._hosts.append(keeper)
        number = len(self._hosts) + 1
        netns = f"/proc/{keeper.pid}/ns/net"
        _await_other(netns)
        inner, outer = f"{self._mark}i{number}", f"{self._mark}o{number}"
        _ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", str(keeper.pid))
        _ip("link", "set", outer, "master", self._mark, "up")
        _ip("link", "set", "lo", "up", netns=netns)
        _ip("address", "add", f"{self._network}.{number}/24", "dev", inner, netns=netns)
        _ip("link", "set", inner, "up", netns=netns)
        return Place(f"{self._network}.{number}", netns)

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
        for keeper in self._hosts:
            keeper.kill()
            keeper.wait()
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            _ip("link", "del", self._mark)


def _unused() -> str:
    """The first of those networks that this machine is no part of: some machines have such addresses themselves."""
    known = _ip("-4", "address") + _ip("-4", "route")
    return next(network for network in NETWORKS if f"{network}." not in known)


def _await_other(netns: str) -> None:
    """Until the process has left this network."""
    here = os.stat("/proc/self/ns/net").st_ino
    ends = time.monotonic() + _PATIENCE_S
    while os.stat(netns).st_ino == here:
        assert time.monotonic() < ends, "no network can be made here"
        time.sleep(0.01)


def _ip(*words: str, netns: str | None = None) -> str:
    inside = [] if netns is None else ["nsenter", f"--net={netns}"]
    return subprocess.run([*inside, "ip", *words], check=True, capture_output=True, text=True).stdout
