"""The URL to print for a server."""

from __future__ import annotations

from vapi_mcp.settings import Settings


def printed_url(settings: Settings, port: int) -> str:
    """Return what the URLs of a service at this port begin with: the public URL if there is one."""
    return settings.public_url or f"http://{_reachable(settings.host)}:{port}"


def _reachable(host: str) -> str:
    """Return a host that a client on this machine can use in a URL."""
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
