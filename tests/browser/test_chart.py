"""The chart of computed figures, in a frame under the policy that its page asks for."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe

from tests.support.e2e.gallery import world
from tests.support.view_client import ViewClient, view_client
from tests.support.view_host import ShownView

_ANALYTICS, _RUN = "create_a_vapi_analytics", "create_a_vapi_run"
_HOSTILE = '<img src=x onerror="window.hurt=1">'
_MONTH = {"start": "-30d", "end": "now", "timezone": "UTC"}
_QUERIES = [
    {
        "name": "By reason",
        "table": "call",
        "operations": [
            {"operation": "count", "column": "id", "alias": "calls"},
            {"operation": "sum", "column": "cost", "alias": "dollars"},
        ],
        "groupBy": ["endedReason"],
        "timeRange": {**_MONTH, "step": "day"},
    },
    {
        "name": "Ends",
        "table": "call",
        "operations": [{"operation": "count", "column": "id", "alias": "calls"}],
        "groupBy": ["endedReason"],
        "timeRange": _MONTH,
    },
]


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client() -> AsyncGenerator[ViewClient]:
    """Return a client of a server with many calls."""
    async with view_client() as made:
        yield made


@asynccontextmanager
async def charted(
    client: ViewClient, result: Mapping[str, Any] | None = None, **host: Any
) -> AsyncGenerator[ShownView]:
    """Show the result of two queries, or another one."""
    given = result or await client.result(_ANALYTICS, queries=_QUERIES)
    async with client.shown(_ANALYTICS, given, **host) as view:
        yield view


def result_with(*charts: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result that brings charts along."""
    return {"content": [], "_meta": {"vapi-mcp/view": {"charts": charts}}}


async def test_queries_and_figures_are_chosen_by_buttons(client: ViewClient) -> None:
    async with charted(client) as view:
        await view.until("charts.length === 2")
        assert await view.frame.locator("h1").text_content() == "By reason"
        assert await view.frame.get_by_role("img", name="calls over time").is_visible()
        assert await view.frame.locator("#rows tbody tr").count() == 3
        await view.frame.get_by_role("button", name="dollars").click()
        assert await view.frame.get_by_role("img", name="dollars over time").is_visible()
        await view.frame.get_by_role("button", name="More").click()
        assert (await view.frame.locator("#place").text_content() or "").startswith("2 of")
        await view.frame.get_by_role("button", name="Ends").click()
        values = await view.frame.locator("#rows tbody td:last-child").all_text_contents()
        assert view.complaints == []
    assert len(values) == 9
    assert values == sorted(values, key=int, reverse=True)


@pytest.mark.parametrize("kind", ["bar", "line", "pie", "text"])
async def test_saved_insights_of_every_type_are_shown(client: ViewClient, kind: str) -> None:
    insight = next(each for each in world().resources["insight"].values() if each["type"] == kind)
    result = await client.result(_RUN, id=insight["id"])
    async with charted(client, result) as view:
        await view.until("charts.length === 1")
        shape = {"bar": "#plot svg", "line": "#plot path", "pie": "#rows i", "text": "strong"}
        assert await view.frame.locator(shape[kind]).first.is_visible()
        assert view.complaints == []


async def test_bars_of_a_few_days_stand_side_by_side(client: ViewClient) -> None:
    days = [f"2026-11-0{day}T00:00:00+00:00" for day in range(1, 4)]
    series = [
        {"measure": "calls", "group": group, "values": values}
        for group, values in (("a", [1, None, 3]), ("b", [2, -1, 0]))
    ]
    chart = {"title": "x", "kind": "bar", "axis": "date", "labels": days, "series": series}
    async with charted(client, result_with(chart)) as view:
        await view.until("charts.length === 1")
        bars = await view.frame.locator("#plot rect").count()
        days_shown = await view.frame.locator("#rows tbody th").all_text_contents()
    assert bars == 5
    assert days_shown == ["Nov 3", "Nov 2", "Nov 1"]


async def test_texts_of_strangers_stay_texts(client: ViewClient) -> None:
    series = [{"measure": _HOSTILE, "group": "", "values": [1]}]
    other = [*series, {"measure": "b", "group": _HOSTILE, "values": [2]}]
    bars = {"title": _HOSTILE, "kind": "bar", "axis": _HOSTILE, "labels": [_HOSTILE]}
    lines = {"title": "b", "kind": "line", "axis": "date", "labels": [_HOSTILE]}
    result = result_with(
        {**bars, "series": series, "range": {"start": _HOSTILE, "step": _HOSTILE}},
        {**lines, "series": other},
    )
    async with charted(client, result) as view:
        await view.until("charts.length === 2")
        assert await view.frame.locator("h1").text_content() == _HOSTILE
        assert _HOSTILE in (await view.frame.locator("#rows").text_content() or "")
        await view.frame.get_by_role("button", name="b", exact=True).first.click()
        assert await view.frame.locator("img").count() == 0
        assert await view.frame.evaluate("window.hurt") is None
        assert view.complaints == []


@pytest.mark.parametrize("width", [360, 640])
async def test_the_view_is_at_most_500_pixels_high_and_its_targets_are_large(
    client: ViewClient, width: int
) -> None:
    async with charted(client, width=width) as view:
        await view.until("charts.length === 2")
        layout = await view.layout()
    assert layout.height <= 500
    assert layout.smallest_button >= 44
    assert layout.width == width


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_chart_is_accessible(client: ViewClient, theme: str) -> None:
    async with charted(client, theme=theme) as view:
        await view.until("charts.length === 2")
        await view.paint_ground()
        timed = await Axe().run(view.frame)
        await view.frame.get_by_role("button", name="Ends").click()
        grouped = await Axe().run(view.frame)
    assert (timed.generate_snapshot(), grouped.generate_snapshot()) == ("", "")


async def test_a_result_without_figures_says_so(client: ViewClient) -> None:
    async with charted(client, {"content": [], "isError": True}) as view:
        told = view.frame.get_by_role("status")
        await view.until("document.getElementById('state').textContent.startsWith('The figures')")
        assert await told.is_visible()
        assert view.complaints == []
