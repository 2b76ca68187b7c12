"""The charts of the activity."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.support.app import hosted
from tests.support.console import signed_in, signed_in_at
from tests.support.e2e.gallery import gallery
from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.console.activity.chart import Bar, Chart, chart_of


def test_a_chart_is_as_high_as_its_highest_bar() -> None:
    days = [("Mon", (3.0, 1.0), "4"), ("Tue", (0.0, 0.0), "0"), ("Wed", (1.0, 0.0), "1")]
    assert chart_of("Requests", ("good", "failed"), days) == Chart(
        "Requests",
        ("good", "failed"),
        (Bar((75.0, 25.0), "Mon: 4"), Bar((0.0, 0.0), "Tue: 0"), Bar((25.0, 0.0), "Wed: 1")),
        "4",
        is_empty=False,
    )
    assert chart_of("Nothing", ("x",), [("Mon", (0.0,), "0")]).is_empty


async def test_charts_count_what_the_filter_wants() -> None:
    now = datetime.now(UTC) - timedelta(seconds=1)
    entries = [
        LogEntry(log_type="mcp", status=status, created_at=now, tool_name=tool, tenant_id=tenant)
        for status, tool, tenant in ((200, "a", "acme"), (500, "a", "acme"), (200, "b", None))
    ]
    async with hosted() as server, signed_in(server, tenant_id="acme") as (_, browser):
        await server.store.add_entries(entries)
        page = (await browser.get("/activity/charts", tool_name="a")).text
        assert f"{now.date()}: 2, 1 failed" in page
        assert "tool_name=a" in page
        async with signed_in(server) as (_, everyones):
            whole = (await everyones.get("/activity/charts", log_type="mcp")).text
            assert f"{now.date()}: 3, 1 failed" in whole


async def test_minutes_and_money_are_vapi_s_own_figures() -> None:
    async with (
        gallery() as server,
        signed_in_at(server.running.url, server) as browser,
    ):
        part = (await browser.get("/activity/spending", last="30d")).text
    assert part.count("<figure") == 3
    assert "nothing in this time" not in part
    assert "Calls of <a" in part


async def test_an_account_that_vapi_refuses_says_so_in_its_place() -> None:
    async with hosted() as server, signed_in(server) as (_, browser):
        server.upstream.answers["POST /analytics"] = {"unexpected": True}
        part = await browser.get("/activity/spending")
        assert part.status_code == 200
        assert "<figure" in part.text
