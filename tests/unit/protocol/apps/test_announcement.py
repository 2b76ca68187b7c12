"""The extension of MCP Apps as both sides announce it."""

from __future__ import annotations

from typing import Any

import pytest

from vapi_mcp.protocol.apps.announcement import announces_views, offering_views

_UI, _KIND = "io.modelcontextprotocol/ui", "text/html;profile=mcp-app"


@pytest.mark.parametrize(
    ("capabilities", "announced"),
    [
        ({"extensions": {_UI: {"mimeTypes": [_KIND]}}}, True),
        ({"extensions": {_UI: {"mimeTypes": ["text/x", _KIND]}, "other": {}}}, True),
        ({"extensions": {_UI: {"mimeTypes": ["text/html"]}}}, False),
        ({"extensions": {_UI: {"mimeTypes": _KIND}}}, False),
        ({"extensions": {_UI: {}}}, False),
        ({"extensions": {_UI: None}}, False),
        ({"extensions": {"other": {"mimeTypes": [_KIND]}}}, False),
        ({"extensions": [_UI]}, False),
        ({"extensions": None}, False),
        ({}, False),
        ([], False),
        (None, False),
    ],
)
def test_a_client_shows_views_if_it_names_our_kind_of_page(
    capabilities: Any, announced: bool
) -> None:
    assert announces_views(capabilities) is announced


def test_a_server_offers_views_among_its_other_capabilities() -> None:
    assert list(offering_views({"tools": {}, "extensions": {"other": {}}, "a": {}}).items()) == [
        ("a", {}),
        ("extensions", {"other": {}, _UI: {"mimeTypes": [_KIND]}}),
        ("tools", {}),
    ]
