"""The views and the tools they belong to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.app import ACCOUNT
from tests.support.registry import registry
from vapi_mcp.accounts.records import Grant, Server, ServerConfig
from vapi_mcp.protocol.apps.views import (
    CALL_PLAYER,
    CHART,
    VIEWS,
    view_at,
    view_of,
    views_in,
    with_view,
)
from vapi_mcp.registry.scope import EVERYTHING, Scope


def grant_of(scope: Scope = EVERYTHING, **config: Any) -> Grant:
    """Return a grant of a scope."""
    server = Server("server-1", "some", ACCOUNT.id, scope, config=ServerConfig(**config))
    return Grant(ACCOUNT, server)


def test_reads_of_a_call_and_what_computes_figures_have_a_view() -> None:
    views = {tool.name: view_of(tool.spec) for tool in registry().tools.values()}

    assert {name: view.name for name, view in views.items() if view} == {
        "get_single_vapi_call_by_id": "call-player",
        "list_all_vapi_mono_recordings": "call-player",
        "list_all_vapi_stereo_recordings": "call-player",
        "list_all_vapi_customer_recordings": "call-player",
        "list_all_vapi_assistant_recordings": "call-player",
        "create_a_vapi_run": "chart",
        "create_a_vapi_insight_preview": "chart",
        "create_a_vapi_analytics": "chart",
    }


def test_a_tool_names_its_view_in_both_ways_and_others_stay_as_they_are() -> None:
    tools = registry().tools
    reading, listing = tools["get_single_vapi_call_by_id"], tools["list_all_vapi_calls"]

    assert with_view({"name": "x"}, reading) == {
        "name": "x",
        "_meta": {"ui": {"resourceUri": CALL_PLAYER.uri}, "ui/resourceUri": CALL_PLAYER.uri},
    }
    assert with_view({"name": "x"}, listing) == {"name": "x"}


@pytest.mark.parametrize("view", VIEWS)
def test_a_page_is_one_file_that_loads_nothing(view: Any) -> None:
    assert view.page.startswith("<!doctype html>")
    assert "<!-- shared -->" not in view.page
    for word in ("http://", "https://", "src=", "innerHTML", "@import", "url("):
        found = view.page.replace("http://www.w3.org/2000/svg", "")
        assert word not in found, word


@pytest.mark.parametrize(
    ("uri", "view"),
    [
        (CALL_PLAYER.uri, CALL_PLAYER),
        (CHART.uri, CHART),
        ("ui://vapi/chart/0123456789ab", CHART),
        ("ui://vapi/chart/latest", None),
        ("ui://vapi/chart", None),
        ("ui://vapi/other/0123456789ab", None),
        ("ui://vapi/../0123456789ab", None),
        ("vapi://calls/x/transcript", None),
    ],
)
def test_a_view_is_found_at_its_address_whatever_its_version(uri: str, view: Any) -> None:
    assert view_at(uri) is view


@pytest.mark.parametrize(
    ("grant", "names"),
    [
        (grant_of(), {"call-player", "chart"}),
        (grant_of(Scope(tags=frozenset({"analytics"}))), {"chart"}),
        (grant_of(Scope(tags=frozenset({"recordings"}))), {"call-player"}),
        (grant_of(Scope(tags=frozenset({"assistants"}))), set()),
        (grant_of(tool_exposure="discovery"), set()),
    ],
)
def test_a_view_stands_for_its_tools(grant: Grant, names: set[str]) -> None:
    assert views_in(registry(), grant) == names
