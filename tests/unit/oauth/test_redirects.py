"""Redirects: which can be registered, and which of them is asked for."""

from __future__ import annotations

import pytest

from vapi_mcp.oauth.redirects import belongs_to, host_of, is_usable, matches, source_of


@pytest.mark.parametrize(
    "uri",
    [
        "https://claude.ai/api/mcp/auth_callback",
        "http://localhost:8787/callback",
        "http://127.0.0.1/callback",
        "http://[::1]:1/callback",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "com.example.app:/oauth",
    ],
)
def test_https_this_machine_and_schemes_of_apps_can_be_registered(uri: str) -> None:
    assert is_usable(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "callback",
        "https://",
        "http://app.example/callback",
        "http://localhost.evil.example/",
        "http://localhost@evil.example/",
        "http://2130706433/",
        "https://app.example/#part",
        "https://app.example/\n",
        "https://app.example/;script-src",
        "https://app.example:port/",
        "https://ä.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        f"https://app.example/{'x' * 2000}",
    ],
)
def test_any_other_redirect_is_refused(uri: str) -> None:
    assert not is_usable(uri)


@pytest.mark.parametrize(
    ("asked", "registered", "is_same"),
    [
        ("https://a.example/back", "https://a.example/back", True),
        ("https://a.example/back/", "https://a.example/back", False),
        ("https://a.example:444/back", "https://a.example/back", False),
        ("http://localhost:5123/back", "http://localhost/back", True),
        ("http://127.0.0.1:5123", "http://127.0.0.1:33418", True),
        ("http://127.0.0.1:5123/back", "http://localhost/back", False),
        ("http://localhost:5123/other", "http://localhost/back", False),
        ("http://localhost:5123/back?a=1", "http://localhost/back", False),
        ("http://localhost:port/back", "http://localhost/back", False),
    ],
)
def test_a_redirect_is_exactly_the_registered_one_but_for_ports_of_this_machine(
    asked: str,
    registered: str,
    is_same: bool,
) -> None:
    assert matches(asked, registered) is is_same


@pytest.mark.parametrize(
    ("uri", "client", "is_own"),
    [
        ("https://claude.com/back", "https://claude.ai/client.json", True),
        ("https://insiders.vscode.dev/back", "https://vscode.dev/client.json", True),
        ("https://evilvscode.dev/back", "https://vscode.dev/client.json", False),
        ("https://vscode.dev.evil.example/", "https://vscode.dev/client.json", False),
        ("http://vscode.dev/back", "https://vscode.dev/client.json", False),
        ("vscode://back", "https://vscode.dev/client.json", False),
        ("http://localhost:1/back", "https://vscode.dev/client.json", True),
    ],
)
def test_a_document_speaks_for_its_own_host_and_this_machine(
    uri: str,
    client: str,
    is_own: bool,
) -> None:
    assert belongs_to(uri, client) is is_own


def test_a_page_shows_hosts_and_allows_origins() -> None:
    uris = ["https://a.example:444/back", "http://[::1]:1/back", "cursor://x/back"]
    assert [host_of(uri) for uri in uris] == ["a.example", "::1", "cursor:"]
    assert [source_of(uri) for uri in uris] == ["https://a.example:444", "http:", "cursor:"]
