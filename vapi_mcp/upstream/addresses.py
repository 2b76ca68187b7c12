"""The permitted addresses of a redirect: the upstream's own origin, or a public address."""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

import httpx
import yarl
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Python takes these for global in some of its versions: IPv4 inside of IPv6 as it once was, local
# translation, and what protocols use among themselves.
_NOT_PUBLIC: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = (
    ipaddress.IPv6Network("::/96"),
    ipaddress.IPv6Network("64:ff9b:1::/48"),
    ipaddress.IPv4Network("192.0.0.0/24"),
)
# What the system takes for an address: up to four numbers, in decimal, octal or hexadecimal.
_NUMERIC = re.compile(r"(?:0[xX][0-9a-fA-F]*|[0-9]+)(?:\.(?:0[xX][0-9a-fA-F]*|[0-9]+)){0,3}")


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses only.

    The check sits where the address is chosen, so a name cannot answer one thing to the check
    and another to the connection.
    """

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the public addresses of a host; raises OSError when it has none."""
        found = await self._resolver.resolve(host, port, family)
        public = [address for address in found if is_public(address["host"])]
        if not public:
            raise OSError(f"{host} has no public address")
        return public

    async def close(self) -> None:
        """Release what resolving holds: nothing."""
        await self._resolver.close()


def is_public(address: str) -> bool:
    """Return whether an IP address can be reached by everyone, and so may be by a redirect."""
    ip = _embedded(ipaddress.ip_address(address.partition("%")[0]))
    if any(ip in network for network in _NOT_PUBLIC):
        return False
    return ip.is_global and not ip.is_multicast


def literal_address(host: str) -> str | None:
    """Return the address a URL's host spells out, or None when it is a name.

    It is spelt as the system's resolver reads it: `127.1`, `0x7f000001` and `127.0.0.1.` are one.
    """
    host = host.removesuffix(".").replace("%25", "%")
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    if not _NUMERIC.fullmatch(host):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None


def normalised(url: str) -> str:
    """Return a URL as the connection will be made: its host in ASCII, an address in full.

    What is judged of it is then what is connected to.

    Raises:
        ValueError: It is no URL, or has no host.
    """
    try:
        parsed = httpx.URL(url)
        address = literal_address(parsed.raw_host.decode("ascii"))
        parsed = parsed.copy_with(host=address) if address else parsed
        # The connection's own library reads it once more, and has rules of its own.
        host = yarl.URL(str(parsed)).raw_host
    except (httpx.InvalidURL, TypeError) as error:
        raise ValueError("not a URL") from error
    if not host or host != parsed.raw_host.decode("ascii").replace("%25", "%"):
        raise ValueError("not a URL of one host")
    return str(parsed)


def objection_to(url: str) -> Literal["scheme", "address"] | None:
    """Return what keeps a URL from being of https and of a public address, as far as it spells one.

    Names are judged where they are resolved (`PublicResolver`).
    """
    parts = urlsplit(url)
    if parts.scheme != "https":
        return "scheme"
    address = literal_address(parts.hostname or "")
    return "address" if address and not is_public(address) else None


def is_same_origin(one: str, other: str) -> bool:
    """Return whether two URLs have one scheme, host and port; all names of this machine are one."""
    return _origin(one) == _origin(other)


def _embedded(ip: _Address) -> _Address:
    """Return the IPv4 address inside one of IPv6, where that is what is reached in the end."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = (parts.hostname or "").lower()
    address = literal_address(host)
    is_here = host == "localhost" or (address and ipaddress.ip_address(address).is_loopback)
    return parts.scheme, "localhost" if is_here else host, port
