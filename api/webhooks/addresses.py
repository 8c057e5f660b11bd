"""Where webhooks may lead: the addresses behind a host are looked at before anything is sent to one of them.

Users name the hosts, and the service stands where they do not: whatever it can reach that the internet cannot is out of
bounds. A host is looked up once for each delivery and the connection goes to an address that was looked at, so that a
name which means something else a moment later is of no use.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

import httpx

Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, as text. Raises :class:`OSError` or :class:`UnicodeError` if there are none."""

_HTTPS: Final = 443
_PRIVILEGED: Final = 1024
_LAST_PORT: Final = 65_535
_HOST: Final = re.compile(rb"[a-z0-9_.-]+|[0-9a-f:.]+")  # IDNA and lower case by now; brackets are gone
_LOOKUPS_AT_ONCE: Final = 64  # those that nobody waits for any more still take their time
_LOOKUP_S: Final = 5.0

# https://www.iana.org/assignments/iana-ipv4-special-registry and what clouds answer their machines at.
_NOT_PUBLIC_V4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this host: Linux takes it for loopback
            "10.0.0.0/8",
            "100.64.0.0/10",  # behind a carrier's NAT; metadata at Alibaba
            "127.0.0.0/8",
            "168.63.129.16/32",  # metadata at Azure
            "169.254.0.0/16",  # link-local; metadata nearly everywhere
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
# https://www.iana.org/assignments/iana-ipv6-special-registry: nothing but global unicast is public, and of it not what
# stands for an IPv4 address (6to4, Teredo) or belongs to nobody. NAT64 and mapped addresses are outside it.
_PUBLIC_V6: Final = IPv6Network("2000::/3")
_NOT_PUBLIC_V6: Final = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))


class AddressError(Exception):
    """Nothing may, or can, be sent there. Its text is for the webhook's owner and names no address."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send something: ``url`` as it was given, ``addresses`` its host was found to have, all allowed."""

    url: httpx.URL
    addresses: tuple[str, ...]


def read_url(text: str) -> httpx.URL:
    """An address that a webhook may have by its looks. Raises :class:`AddressError`.

    Ports below 1024 other than 443 are those of other protocols, and nobody receives webhooks there.
    """
    try:
        url = httpx.URL(text)
        port = _port(url)
    except (httpx.InvalidURL, ValueError):
        raise AddressError("is no URL") from None
    if url.scheme != "https":
        raise AddressError("must begin with https://")
    if url.userinfo:
        raise AddressError("must not hold a name or password")
    if not _HOST.fullmatch(url.raw_host):
        raise AddressError("names no host")
    if port != _HTTPS and not _PRIVILEGED <= port <= _LAST_PORT:
        raise AddressError("must have port 443, or one from 1024 on")
    return url


def _port(url: httpx.URL) -> int:
    return _HTTPS if url.port is None else url.port


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the internet's, and stands for nothing else."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    if address.scope_id is not None or address not in _PUBLIC_V6:
        return False
    return not any(address in network for network in _NOT_PUBLIC_V6)


class SystemResolver:
    """Looks hosts up as the machine does, in threads of its own: slow name servers hold up nobody else."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_LOOKUPS_AT_ONCE, thread_name_prefix="webhook-dns")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """See :data:`Resolve`."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _look_up, host, port)
        return list(dict.fromkeys(str(place[4][0]) for place in found))

    def close(self) -> None:
        """Nobody is waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[tuple[int, int, int, str, tuple[object, ...]]]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)  # type: ignore[return-value] # wider than it is


class AddressGuard:
    """Says where a webhook leads, if it may lead there. ``allowed``: networks that may be reached though not public."""

    def __init__(self, resolve: Resolve, *, allowed: Sequence[Network] = ()) -> None:
        self._resolve = resolve
        self._allowed = tuple(allowed)

    async def check(self, text: str) -> Target:
        """Raises :class:`AddressError` unless every address of the host may be reached."""
        url = read_url(text)
        try:
            async with asyncio.timeout(_LOOKUP_S):
                found = await self._resolve(url.raw_host.decode("ascii"), _port(url))
            addresses = [ip_address(address) for address in found]
        except (OSError, ValueError):  # TimeoutError and UnicodeError are among them
            raise AddressError("names a host that cannot be found") from None
        if not addresses:
            raise AddressError("names a host that cannot be found")
        if not all(map(self._may_reach, addresses)):
            raise AddressError("names a host that is not on the public internet")
        return Target(url, tuple(map(str, addresses)))

    def _may_reach(self, address: IPv4Address | IPv6Address) -> bool:
        return is_public(address) or any(address in network for network in self._allowed)
