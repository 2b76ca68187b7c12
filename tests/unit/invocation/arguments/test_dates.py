"""Dates in arguments."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.invocation import REGISTRY, ResultInvoker, granted, response
from tests.support.upstream import ScriptedUpstream
from tests.unit.invocation.lists.test_walks import items_at
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.arguments.dates import written_out

NOW = datetime(2026, 11, 28, 14, 30, tzinfo=UTC)
LIST = "list_all_vapi_calls"


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("createdAtGe", "-7d", "2026-11-21T14:30:00.000Z"),
        ("createdAtGe", "today", "2026-11-28T00:00:00.000Z"),
        ("createdAtGt", "today", "2026-11-27T23:59:59.999Z"),
        ("createdAtGt", "yesterday", "2026-11-26T23:59:59.999Z"),
        ("createdAtLt", "this month", "2026-11-01T00:00:00.000Z"),
        ("createdAtLe", "last month", "2026-11-01T00:00:00.000Z"),
        ("createdAtGe", "2026-11-01", "2026-11-01"),
        ("createdAtGe", "2026-11-01T10:00:00+02:00", "2026-11-01T10:00:00+02:00"),
    ],
)
def test_a_relative_date_is_written_out_and_a_full_one_stays(
    name: str, value: str, sent: str
) -> None:
    assert written_out(name, value, NOW) == sent


async def test_a_relative_date_may_be_repeated_with_a_cursor() -> None:
    upstream = ScriptedUpstream(response(items_at(list(range(10)))))
    invoker, tool = ResultInvoker(upstream), REGISTRY.find(LIST)
    first = await invoker.invoke(tool, {"createdAtGe": "-7d", "limit": 3}, granted())
    cursor = first.text.partition('"next_cursor":"')[2].partition('"')[0]
    await invoker.invoke(tool, {"createdAtGe": "-7d", "next_cursor": cursor}, granted())
    begun, again = (dict(request.query)["createdAtGe"] for request in upstream.requests)
    assert begun == again
    with pytest.raises(InvalidArguments, match="assistantId contradicts next_cursor"):
        await invoker.invoke(tool, {"assistantId": "a", "next_cursor": cursor}, granted())


async def test_what_is_no_date_is_refused_with_examples() -> None:
    upstream = ScriptedUpstream(response([]))
    with pytest.raises(InvalidArguments, match="createdAtGe 'soon' is no date: -24h, -7d, today"):
        await ResultInvoker(upstream).invoke(
            REGISTRY.find(LIST), {"createdAtGe": "soon"}, granted()
        )
    assert not upstream.requests
