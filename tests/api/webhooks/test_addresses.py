"""Where webhooks may lead, and where nobody gets them to lead."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address, ip_network

import pytest

from api.webhooks import addresses
from api.webhooks.addresses import AddressError, AddressGuard, SystemResolver, is_public, read_url

PUBLIC = "93.184.215.14"
ALSO_PUBLIC = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"

NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104 - nothing is bound to it
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.215.14",
    "::ffff:0:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::5db8:d70e",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fe80::1",
    "fe80::1%lo",
    "2606:2800:21f:cb07::1%eth0",
    "fec0::1",
    "ff02::1",
]


def guard(*found: str, allowed: str | None = None) -> AddressGuard:
    """For which every host has these addresses."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        del host, port
        return found

    return AddressGuard(resolve, allowed=[ip_network(allowed)] if allowed else [])


@pytest.mark.parametrize("address", NOT_PUBLIC)
async def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    for found in ([address], [PUBLIC, address], [address, PUBLIC], [ALSO_PUBLIC, PUBLIC, address]):
        with pytest.raises(AddressError, match="not on the public internet") as caught:
            await guard(*found).check("https://hooks.example/")
        assert address not in str(caught.value)


@pytest.mark.parametrize("address", [PUBLIC, ALSO_PUBLIC, "1.1.1.1", "100.63.0.1", "172.32.0.1", "2a00:1450::1"])
async def test_the_internet_may_be_reached(address: str) -> None:
    assert (await guard(address).check("https://hooks.example/")).addresses == (address,)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "0",
        "0.0.0.0",  # noqa: S104 - nothing is bound to it
        "127.0.0.1.",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::127.0.0.1]",
        "[fe80::1]",
        "[fe80::1%25lo]",
        "[fe80::1%lo]",
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "10.1.2.3",
        "\uff11\uff12\uff17.0.0.1",
        "127\u30020\u30020\u30021",
        "\u24dbocalhost",
        "127.0.0.1%00.example.com",
        "127.0.0.1\\@example.com",
        "example.com@127.0.0.1",
        "127.0.0.1:443@127.0.0.1",
    ],
)
async def test_no_way_to_write_an_address_gets_past(host: str) -> None:
    resolver = SystemResolver()
    try:
        with pytest.raises(AddressError):
            await AddressGuard(resolver).check(f"https://{host}/hook")
    finally:
        resolver.close()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com/", "https"),
        ("HTTP://example.com/", "https"),
        ("ftp://example.com/", "https"),
        ("file:///etc/passwd", "https"),
        ("gopher://example.com/", "https"),
        ("//example.com/", "https"),
        ("example.com", "https"),
        ("", "https"),
        ("https://", "host"),
        ("https:///path", "host"),
        ("https://:443/", "host"),
        ("https://ann@example.com/", "name or password"),
        ("https://ann:secret@example.com/", "name or password"),
        ("https://:@example.com/", "name or password"),
        ("https://example.com:22/", "port"),
        ("https://example.com:0/", "port"),
        ("https://example.com:80/", "port"),
        ("https://example.com:65536/", "port"),
        ("https://example.com:-1/", "port"),
        ("https://example.com:x/", "is no URL"),
        ("https://exa mple.com/", "host"),
        ("https://exa%6dple.com/", "host"),
        ("https://exa$mple.com/", "host"),
        ("https://exa\r\nmple.com/", "is no URL"),
        ("https://[::1/", "is no URL"),
        ("https://[gg::1]/", "is no URL"),
        ("https://a.b/\x00", "is no URL"),
    ],
)
async def test_a_url_that_is_none_for_webhooks_is_refused_before_it_is_looked_up(url: str, reason: str) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        raise AssertionError((host, port))

    with pytest.raises(AddressError, match=reason):
        await AddressGuard(resolve).check(url)


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://example.com", "example.com", None),
        ("HTTPS://EXAMPLE.com/Path?a=b", "example.com", None),
        ("https://example.com:443/", "example.com", None),
        ("https://example.com:8443/", "example.com", 8443),
        ("https://münchen.example/", "xn--mnchen-3ya.example", None),
        ("https://[2a00:1450::1]:4443/", "2a00:1450::1", 4443),
    ],
)
def test_hosts_and_ports_are_read_as_they_are_sent_to(url: str, host: str, port: int | None) -> None:
    read = read_url(url)
    assert (read.raw_host.decode(), read.port) == (host, port)


async def test_networks_may_be_allowed_by_name() -> None:
    assert (await guard("10.2.3.4", allowed="10.2.0.0/16").check("https://ci.internal/")).addresses == ("10.2.3.4",)
    for other in ("10.3.0.1", "127.0.0.1", "::ffff:10.2.3.4"):
        with pytest.raises(AddressError):
            await guard("10.2.3.4", other, allowed="10.2.0.0/16").check("https://ci.internal/")


@pytest.mark.parametrize("error", [OSError("no such host"), UnicodeError("label too long"), None])
async def test_a_host_that_is_not_found_is_refused(error: Exception | None) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        del host, port
        if error is not None:
            raise error
        return []

    with pytest.raises(AddressError, match="cannot be found"):
        await AddressGuard(resolve).check("https://hooks.example/")


async def test_what_is_no_address_is_none() -> None:
    with pytest.raises(AddressError, match="cannot be found"):
        await guard("not an address").check("https://hooks.example/")


async def test_a_name_server_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "_LOOKUP_S", 0.01)

    async def resolve(host: str, port: int) -> Sequence[str]:
        del host, port
        await asyncio.Event().wait()
        return []

    with pytest.raises(AddressError, match="cannot be found"):
        await AddressGuard(resolve).check("https://hooks.example/")
