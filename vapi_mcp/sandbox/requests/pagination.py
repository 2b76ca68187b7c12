"""Vapi's two ways of paging: a date window, and pages with metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from starlette.responses import Response

from vapi_mcp.sandbox.requests.filters import Filter, select
from vapi_mcp.sandbox.requests.responses import json_array, json_bytes
from vapi_mcp.sandbox.state.collection import Collection, JsonObject, creation
from vapi_mcp.sandbox.state.dates import to_moment

DEFAULT_LIMIT = 100


def window_answer(
    collection: Collection, query: Mapping[str, Any], filters: Mapping[str, Filter]
) -> Response:
    """Answer a date-window list: a bare array, newest first, at most `limit` items."""
    limit = int(query.get("limit", DEFAULT_LIMIT))
    items = select(collection.newest_first(), query, filters)[:limit]
    return json_bytes(json_array(map(collection.json, items)))


def array_answer(
    collection: Collection, query: Mapping[str, Any], filters: Mapping[str, Filter]
) -> Response:
    """Answer a page list without metadata: a bare array."""
    limit, page = int(query.get("limit", DEFAULT_LIMIT)), int(query.get("page", 1))
    items = _sorted(select(collection.newest_first(), query, filters), query)
    cut = items[(page - 1) * limit : page * limit]
    return json_bytes(json_array(map(collection.json, cut)))


def part_answer(items: Sequence[JsonObject], query: Mapping[str, Any]) -> Response:
    """Answer a page list of what is no collection, in the order given."""
    limit, page = int(query.get("limit", DEFAULT_LIMIT)), int(query.get("page", 1))
    cut = list(items[(page - 1) * limit : page * limit])
    metadata = _metadata(len(items), page, limit, query)
    return json_bytes(orjson.dumps({"results": cut, "metadata": metadata}))


def page_answer(
    collection: Collection, query: Mapping[str, Any], filters: Mapping[str, Filter]
) -> Response:
    """Answer a page list: `{results, metadata}`."""
    limit = int(query.get("limit", DEFAULT_LIMIT))
    page = int(query.get("page", 1))
    items = _sorted(select(collection.newest_first(), query, filters), query)
    cut = items[(page - 1) * limit : page * limit]
    results = json_array(map(collection.json, cut))
    metadata = orjson.dumps(_metadata(len(items), page, limit, query))
    return json_bytes(b'{"results":' + results + b',"metadata":' + metadata + b"}")


def _sorted(items: list[JsonObject], query: Mapping[str, Any]) -> Sequence[JsonObject]:
    """Sort by the wanted column, then creation and id; items come in newest first."""
    descending = query.get("sortOrder", "DESC") == "DESC"
    column = query.get("sortBy", "createdAt")
    if column == "createdAt":
        return items if descending else items[::-1]
    measure = _duration if column == "duration" else _cost
    return sorted(items, key=lambda item: (measure(item), *creation(item)), reverse=descending)


def _cost(item: JsonObject) -> float:
    return float(item.get("cost") or 0)


def _duration(item: JsonObject) -> float:
    start, end = to_moment(item.get("startedAt")), to_moment(item.get("endedAt"))
    return (end - start).total_seconds() if start and end else 0.0


def _metadata(total: int, page: int, limit: int, query: Mapping[str, Any]) -> JsonObject:
    pages = -(-total // limit) if limit else 0
    bounds = {name: query[name] for name in ("createdAtLe", "createdAtGe") if name in query}
    return {
        "itemsPerPage": limit,
        "totalItems": total,
        "currentPage": page,
        "totalPages": pages,
        "hasNextPage": page < pages,
        "sortOrder": query.get("sortOrder", "DESC"),
        "itemsBeyondRetention": False,
        **bounds,
    }
