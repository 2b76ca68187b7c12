"""The calls that servers placed, by the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from vapi_mcp.audit.summary import PlacedCalls


def placed_by_server(rows: Iterable[PlacedCalls]) -> Mapping[str, frozenset[str]]:
    """Return the ids of the calls that each server placed."""
    placed = defaultdict[str, set[str]](set)
    for row in rows:
        if row.server_id is not None:
            placed[row.server_id].update(row.ids)
    return {server: frozenset(ids) for server, ids in placed.items()}


def costs_told(rows: Iterable[PlacedCalls]) -> Mapping[str, float]:
    """Return the cost of each call that some row about it alone tells; the highest is the last."""
    costs: dict[str, float] = {}
    for row in rows:
        if row.cost and len(row.ids) == 1:
            [call] = row.ids
            costs[call] = max(row.cost, costs.get(call, 0.0))
    return costs
