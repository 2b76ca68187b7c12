"""Where a request comes from: the last address that no trusted proxy has."""

from __future__ import annotations

from typing import Any

import pytest

from vapi_mcp.errors import ConfigurationError
from vapi_mcp.http.middleware.trusted_proxies import TrustedProxies
from vapi_mcp.settings import load_settings

FORWARDED = "x-forwarded-for"


async def source(peer: str, *values: str, trusted: str = "127.0.0.1,10.0.0.0/8,::1") -> str:
    """Return the address that counts for a request with these headers."""
    seen: list[Any] = []

    async def app(scope: Any, *_: Any) -> None:
        seen.append(scope["client"][0])

    headers = [(FORWARDED.encode(), value.encode()) for value in values]
    scope = {"type": "http", "client": (peer, 4711), "headers": headers}
    networks = load_settings(env_file=None, trusted_proxies=trusted).trusted_proxies
    nothing: Any = None
    await TrustedProxies(app, networks)(scope, nothing, nothing)
    return seen[0]


@pytest.mark.parametrize(
    ("peer", "values", "found"),
    [
        ("127.0.0.1", ["192.0.2.7"], "192.0.2.7"),
        # What stands before it is the client's own word.
        ("127.0.0.1", ["198.51.100.1, 192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["198.51.100.1", "192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["192.0.2.7, 10.1.2.3"], "192.0.2.7"),
        ("127.0.0.1", ["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("::1", ["2001:DB8::7"], "2001:db8::7"),
        ("::1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("127.0.0.1", ["192.0.2.7:4711"], "192.0.2.7"),
        # A socket of IPv6 writes IPv4 peers so.
        ("::ffff:10.0.0.5", ["::ffff:192.0.2.7"], "192.0.2.7"),
        # No address at all: the last known one counts.
        ("127.0.0.1", ["unknown"], "127.0.0.1"),
        ("127.0.0.1", [""], "127.0.0.1"),
        ("127.0.0.1", ["\x1b[31mred, 10.1.2.3"], "10.1.2.3"),
        ("127.0.0.1", ["192.0.2.7, " + "9" * 5000], "127.0.0.1"),
        # From a peer that is no proxy the header means nothing.
        ("192.0.2.99", ["198.51.100.1"], "192.0.2.99"),
        ("unix", ["198.51.100.1"], "unix"),
    ],
)
async def test_the_last_address_that_no_proxy_has_counts(
    peer: str, values: list[str], found: str
) -> None:
    assert await source(peer, *values) == found


async def test_no_header_is_believed_by_default() -> None:
    assert await source("127.0.0.1", "192.0.2.7", trusted="") == "127.0.0.1"


@pytest.mark.parametrize("wrong", ["*", "nginx", "10.0.0.1/8", "10.0.0.0/8,localhost"])
def test_what_is_no_address_stops_the_start(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAPI_MCP_TRUSTED_PROXIES", wrong)
    with pytest.raises(ConfigurationError, match="TRUSTED_PROXIES.*is not an address or a network"):
        load_settings(env_file=None)
