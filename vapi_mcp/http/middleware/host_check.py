"""The check of host names and origins, against DNS rebinding."""

from __future__ import annotations

from collections import OrderedDict
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from vapi_mcp.http.errors import CLOSING, Refusal, plain_error
from vapi_mcp.settings import Settings

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})

# Load balancers ask a process by its address or any name, and there is nothing here to steal.
_FOR_EVERYONE = frozenset({"/healthz", "/readyz"})

# Prometheus asks a process by its address. A web page cannot: its browser would say the name.
_BY_ADDRESS = frozenset({"/metrics"})

# Forms of our own pages: their origin is the host they were sent to.
_OWN_PAGES = ("/authorize", "/console")

# Hosts as they were written, each with its port.
_MOST_KNOWN = 64

# Where an error is one of JSON-RPC.
MCP_PATHS = ("/mcp", "/sse", "/messages")


class HostGuard:
    """Refuses requests for other hosts (421) and from other web origins (403).

    Health answers every host, and metrics answer every IP address as well.

    Ports do not matter for host names. An absent Origin is no browser's and is fine.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._hosts = frozenset(host.strip("[]") for host in settings.hosts)
        self._origins = settings.origins
        self._known = OrderedDict[str, None]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it."""
        if scope["type"] != "http" or scope["path"] in _FOR_EVERYONE:
            return await self._app(scope, receive, send)
        refusal = self._refusal(Headers(scope=scope), scope["path"])
        if refusal is None:
            return await self._app(scope, receive, send)
        if scope["path"].startswith(MCP_PATHS):
            return await refusal(scope, receive, send)
        plain = plain_error(refusal.status, refusal.message, refusal.headers)
        return await plain(scope, receive, send)

    def knows(self, host: str) -> bool:
        """Return whether requests for a host are let through; it remembers the last ones."""
        if host in self._known:
            return True
        if not self._answers_to([host], by_address=False):
            return False
        self._known[host] = None
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return True

    def _refusal(self, headers: Headers, path: str) -> Refusal | None:
        hosts = headers.getlist("host")
        if not self._answers_to(hosts, by_address=path in _BY_ADDRESS):
            return _unknown_host()
        own = _own_origins(hosts[0]) if path.startswith(_OWN_PAGES) else ()
        if not all(self._may_call(o) or o.lower() in own for o in headers.getlist("origin")):
            return _unknown_origin()
        return None

    def _answers_to(self, hosts: list[str], *, by_address: bool) -> bool:
        named = _hostname(f"//{hosts[0]}") if len(hosts) == 1 else None
        if named is None:
            return False
        return named in self._hosts or (by_address and _is_address(named))

    def _may_call(self, origin: str) -> bool:
        if origin.lower() in self._origins:
            return True
        local = origin.lower().startswith(("http://", "https://"))
        return local and _hostname(origin) in LOCAL_HOSTS


def _hostname(url: str) -> str | None:
    """Return the host of a URL that holds nothing but a host and perhaps a port."""
    try:
        parts = urlsplit(url)
        port = parts.port  # raises where it is no number
    except ValueError:
        return None
    named = parts.hostname or ""
    host = f"[{named}]" if ":" in named else named
    whole = host if port is None else f"{host}:{port}"
    return named if url.lower().endswith(f"//{whole}") else None


def _own_origins(host: str) -> tuple[str, str]:
    return f"http://{host}".lower(), f"https://{host}".lower()


def _is_address(host: str) -> bool:
    """Return whether a host is an IP address in its usual form, so that no name hides in it."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _unknown_host() -> Refusal:
    return Refusal(
        HTTPStatus.MISDIRECTED_REQUEST,
        "this server does not answer to this host name; its operator can allow the name "
        "with VAPI_MCP_ALLOWED_HOSTS or VAPI_MCP_PUBLIC_URL",
        headers=CLOSING,
    )


def _unknown_origin() -> Refusal:
    return Refusal(
        HTTPStatus.FORBIDDEN,
        "web pages of this origin may not call this server; its operator can allow the "
        "origin with VAPI_MCP_ALLOWED_ORIGINS",
        headers=CLOSING,
    )
