"""Rows of reports have names beside the ids they are grouped by."""

from __future__ import annotations

from typing import Any

import orjson

from tests.support.invocation import REGISTRY, ResultInvoker, granted
from tests.support.upstream import FakeUpstream

COST = {"operation": "sum", "column": "cost"}
ROWS: list[dict[str, Any]] = [{"assistantId": "a-1", "n": 1.5}, {"assistantId": None, "n": 2}]
NAMED = [{"assistantId": "a-1", "assistantName": "Ann", "n": 1.5}, ROWS[1]]
ANN = {"GET /assistant/a-1": {"id": "a-1", "name": "Ann"}}


async def _report(tool: str, upstream: FakeUpstream, **arguments: Any) -> Any:
    invoker = ResultInvoker(upstream)
    return orjson.loads((await invoker.invoke(REGISTRY.find(tool), arguments, granted())).text)


async def test_analytics_by_assistant_name_the_assistants() -> None:
    upstream = FakeUpstream({**ANN, "POST /analytics": [{"name": "q", "result": ROWS}]})
    query = {"name": "q", "table": "call", "operations": [COST]}
    grouped = {**query, "groupBy": ["assistantId"]}
    tool = "create_a_vapi_analytics"
    assert (await _report(tool, upstream, queries=[grouped]))[0]["result"] == NAMED
    asked = len(upstream.requests)
    assert (await _report(tool, upstream, queries=[query]))[0]["result"] == ROWS
    assert len(upstream.requests) == asked + 1


async def test_a_preview_of_an_insight_by_assistant_names_the_assistants() -> None:
    upstream = FakeUpstream({**ANN, "POST /reporting/insight/preview": {"id": "i", "data": ROWS}})
    query = {"type": "vapiql-json", "table": "call", "name": "n", **COST}
    tool = "create_a_vapi_insight_preview"
    found = await _report(tool, upstream, type="pie", queries=[query], groupBy="assistantId")
    assert found["data"] == NAMED
