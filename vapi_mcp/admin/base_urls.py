"""The base URLs that an account may have."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from vapi_mcp.accounts.records import REGIONS, Account, Upstreams
from vapi_mcp.admin.validation_errors import failed


class BaseUrls:
    """The base URLs that accounts may have, since this service sends requests to them.

    Vapi's own and the service's default always; other hosts only where a setting lists them, and
    this machine only where a setting allows it.
    """

    def __init__(
        self, upstreams: Upstreams, *, hosts: Iterable[str] = (), allow_loopback: bool = False
    ) -> None:
        known = (*REGIONS.values(), *upstreams.regions.values(), upstreams.default)
        self._upstreams = upstreams
        self._known = frozenset(url.rstrip("/").lower() for url in known)
        self._hosts = frozenset(host.lower() for host in hosts)
        self._allow_loopback = allow_loopback

    def checked(self, url: str) -> str:
        """Return a base URL without its trailing slash.

        Raises:
            AdminError: 400; it is no plain URL, or its host is not allowed.
        """
        parts = _parts(url)
        plain = url.rstrip("/")
        if parts is None:
            raise failed(
                "base_url",
                "must be a plain URL (scheme, host, optional port and path), such as "
                "https://api.vapi.ai",
            )
        if plain.lower() in self._known or self._allows(parts):
            return plain
        raise failed("base_url", _missing(parts.hostname or ""))

    def located(self, account: Account) -> Account:
        """Return an account with its base URL, also where it has a region or nothing."""
        return self._upstreams.located(account)

    def _allows(self, parts: SplitResult) -> bool:
        host = (parts.hostname or "").lower()
        if _is_loopback(host):
            return self._allow_loopback
        return host in self._hosts or parts.netloc.lower() in self._hosts


def _parts(url: str) -> SplitResult | None:
    """Return the parts of a URL of scheme, host, port and path only."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return None
    if not sound or "@" in parts.netloc or any(c in url for c in "?#\\% ") or not url.isascii():
        return None
    return parts


def _missing(host: str) -> str:
    """Return which settings would allow a host."""
    begin = "this host is not Vapi's; the operator of this service can allow it with "
    if _is_loopback(host):
        return (
            f"{begin}VAPI_MCP_ALLOW_PRIVATE_UPSTREAM=true, since the host is the service's own "
            "machine"
        )
    needed = f"{begin}VAPI_MCP_ALLOWED_UPSTREAM_HOSTS={host[:253]}"
    if _is_private(host):
        needed += " and, for its recordings, VAPI_MCP_ALLOW_PRIVATE_UPSTREAM=true"
    return needed


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal"))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
