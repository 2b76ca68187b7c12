"""Insights: saved or previewed questions to the call table, and their answers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from starlette.responses import Response

from vapi_mcp.sandbox.reports.insight_queries import QueryRun, run_queries
from vapi_mcp.sandbox.reports.insight_rows import raw_rows, recharts
from vapi_mcp.sandbox.reports.insight_rules import formulas_of, prepare_insight
from vapi_mcp.sandbox.reports.time_ranges import read_span
from vapi_mcp.sandbox.requests.request import SandboxRequest
from vapi_mcp.sandbox.requests.responses import json_answer
from vapi_mcp.sandbox.resources.crud import Handler, present, success
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.sandbox import Sandbox

_STEPPED = ("bar", "line")


def run_insight(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Answer a saved insight; an overriding time range replaces all of the saved one."""
    insight = sandbox.require("insight", asked.id)
    body = present(asked.body)
    if body.get("timeRangeOverride") is not None:
        insight = {**insight, "timeRange": body["timeRangeOverride"]}
    answer = _run(sandbox, insight, asked.id, body)
    return json_answer(answer, success(asked))


def preview_insight(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Answer an insight that is not saved."""
    insight = present(asked.body)
    prepare_insight(sandbox, insight, None)
    return json_answer(_run(sandbox, insight, str(uuid.uuid4()), {}), success(asked))


def _run(sandbox: Sandbox, insight: JsonObject, insight_id: str, body: JsonObject) -> JsonObject:
    step = "day" if insight["type"] in _STEPPED else None
    given = insight.get("timeRange") or {}
    if step is None:
        given = {name: value for name, value in given.items() if name != "step"}
    span = read_span(given, sandbox.now(), "timeRange", step)
    run = QueryRun(span, insight.get("groupBy"), body.get("assistantId"))
    tables = run_queries(sandbox, insight["queries"], run)
    rows = raw_rows(tables, formulas_of(insight), run)
    wanted = (body.get("formatPlan") or {}).get("format", "raw")
    stamp = sandbox.stamp()
    return {
        "id": str(uuid.uuid4()),
        "insightId": insight_id,
        "orgId": sandbox.world.org_id,
        "createdAt": stamp,
        "updatedAt": stamp,
        "type": insight["type"],
        "timeRange": span.describe(),
        "data": rows if wanted == "raw" else recharts(rows, insight, run),
    }


HANDLERS: Mapping[str, Handler] = {
    "POST /reporting/insight/{id}/run": run_insight,
    "POST /reporting/insight/preview": preview_insight,
}
