"""The client's address of a request that comes through trusted proxies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

_HEADER = b"x-forwarded-for"
# Some proxies write the port as well: 192.0.2.7:4711, [2001:db8::7]:4711.
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](?::\d+)?|(?P<four>[\d.]+):\d+")


class TrustedProxies:
    """Puts the client's address in the place of a trusted proxy's.

    It is the last one in `X-Forwarded-For` that no trusted proxy has: each proxy adds its peer at
    the end, so what stands before that one is the client's own word. From any other peer the header
    means nothing.

    uvicorn has the same, but takes any text for an address, and does not know a proxy by its IPv4
    address where the service listens on IPv6.
    """

    def __init__(self, app: ASGIApp, networks: Sequence[IPv4Network | IPv6Network]) -> None:
        self._app = app
        self._networks = networks
        self._known = lru_cache(maxsize=1024)(self._looked_up)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with the address that counts."""
        if scope["type"] == "http":
            scope["client"] = self.client_of(scope)
        await self._app(scope, receive, send)

    def client_of(self, scope: Scope) -> tuple[str, int] | None:
        """Return the address that counts; None where the server knows none."""
        peer: tuple[str, int] | None = scope.get("client")
        if not peer:
            return None
        address, is_trusted = self._known(peer[0])
        if address is not None and not is_trusted:
            return address, peer[1]
        return self._client(peer, scope["headers"])

    def _looked_up(self, host: str) -> tuple[str | None, bool]:
        """Return the address of a peer as it is told, and whether it is a proxy of ours."""
        address = _read(host)
        return (None, False) if address is None else (str(address), self._trusts(address))

    def _client(
        self, peer: tuple[str, int], headers: Iterable[tuple[bytes, bytes]]
    ) -> tuple[str, int]:
        address = _read(peer[0])
        if address is None or not self._trusts(address):
            return (str(address), peer[1]) if address else peer
        values = [value.decode("latin-1") for name, value in headers if name == _HEADER]
        told = ",".join(values).split(",") if values else []
        for text in reversed(told):
            if (found := _read(text.strip())) is None:
                break
            address = found
            if not self._trusts(found):
                return str(found), 0
        return (str(address), 0)

    def _trusts(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._networks)


@lru_cache(maxsize=256)
def _read(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address as it is compared: an IPv4 one within IPv6 as IPv4; None if it is none."""
    with_port = _WITH_PORT.fullmatch(text)
    try:
        address = ip_address((with_port["six"] or with_port["four"]) if with_port else text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
