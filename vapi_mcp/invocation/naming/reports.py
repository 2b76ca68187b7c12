"""The names beside the ids that reports are grouped by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

import orjson

from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.explaining import explaining
from vapi_mcp.invocation.messages import UpstreamResponse
from vapi_mcp.invocation.naming.naming import Naming

_REPORTS = frozenset({"analytics", "insights"})
# Where rows stand: in each part of analytics, and in an insight.
_ROWS = ("result", "data")
_OK = range(200, 300)


async def with_names(
    naming: Naming, call: Call, body: Mapping[str, Any] | None, response: UpstreamResponse
) -> UpstreamResponse:
    """Return the answer of a report with names in its rows; as it is if none is grouped by ids."""
    if call.tool.spec.resource not in _REPORTS or response.status not in _OK:
        return response
    if not _groups(body or {}) & call.tool.spec.contents.names.keys():
        return response
    with explaining("the names in a report"):
        answer = orjson.loads(response.body)
        for holder, key in list(_holders(answer)):
            holder[key] = list(await naming.named(call, holder[key]))
        return replace(response, body=orjson.dumps(answer))
    return response


def _groups(body: Mapping[str, Any]) -> set[str]:
    """Return what a report is grouped by; one that is saved says it in its own words."""
    queries = body.get("queries")
    holders = [body, *(cast("list[Any]", queries) if isinstance(queries, list) else [])]
    given = [each.get("groupBy") for each in holders if isinstance(each, dict)]
    names = [name for each in given for name in (each if isinstance(each, list) else [each])]
    return {name for name in names if isinstance(name, str)}


def _holders(answer: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each object that holds rows, and the key of them."""
    parts = cast("list[Any]", answer) if isinstance(answer, list) else [answer]
    for each in parts:
        if isinstance(each, dict):
            part = cast("dict[str, Any]", each)
            yield from ((part, key) for key in _ROWS if isinstance(part.get(key), list))
