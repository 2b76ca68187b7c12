"""Where a redirect may lead: the upstream's own origin, or a public address."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver


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
    """Say whether an IP address can be reached by everyone, and so may be by a redirect."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_global and not ip.is_multicast


def literal_address(host: str) -> str | None:
    """Return the address a URL's host spells out, or None when it is a name."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def is_same_origin(one: str, other: str) -> bool:
    """Say whether two URLs have one scheme, host and port; all names of this machine are one."""
    return _origin(one) == _origin(other)


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = (parts.hostname or "").lower()
    address = literal_address(host)
    is_here = host == "localhost" or (address and ipaddress.ip_address(address).is_loopback)
    return parts.scheme, "localhost" if is_here else host, port
