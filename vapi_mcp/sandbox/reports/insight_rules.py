"""The rules of an insight beyond its schema."""

from __future__ import annotations

from typing import Any

from vapi_mcp.sandbox.reports.formulas import check_formula
from vapi_mcp.sandbox.reports.insight_queries import label_of
from vapi_mcp.sandbox.reports.time_ranges import read_span
from vapi_mcp.sandbox.requests.refusals import bad_request
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.sandbox import Sandbox


def prepare_insight(sandbox: Sandbox, body: JsonObject, stored: JsonObject | None) -> JsonObject:
    """Accept an insight whose formulas can be computed from its queries."""
    merged = {**(stored or {}), **body}
    if not merged.get("queries"):
        raise bad_request(["queries should not be empty"])
    formulas = formulas_of(merged)
    if merged["type"] == "text" and len(merged["queries"]) > 1 and not formulas:
        raise bad_request("A Text Insight With Several Queries Needs A `formula`.")
    known = frozenset(label_of(query, index) for index, query in enumerate(merged["queries"]))
    for formula in formulas:
        check_formula(formula["formula"], known)
    read_span(merged.get("timeRange"), sandbox.now(), "timeRange")
    return body


def formulas_of(insight: JsonObject) -> list[JsonObject]:
    """Return an insight's formulas; a text insight's one may be a text, an object or a list."""
    given: Any = insight.get("formula") or insight.get("formulas") or []
    given = given if isinstance(given, list) else [given]
    formulas = [{"formula": one} if isinstance(one, str) else one for one in given]
    for one in formulas:
        if not isinstance(one.get("formula"), str) or not isinstance(one.get("name", ""), str):
            raise bad_request(["formula must be a string"])
    return formulas
