"""JSON of others made short: its shape and its beginnings stay, so that it can still be read."""

from __future__ import annotations

from itertools import islice
from typing import Any

from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.invocation.result import clipped

# Longest text, most items and entries, deepest level; the first that fits is taken.
_MEASURES = ((300, 10, 6), (120, 6, 4), (60, 4, 3), (30, 3, 2))


def abridged(value: Any, most: int) -> Any:
    """Return a value of at most about `most` characters as JSON.

    Texts are clipped, lists and objects end early, and what is too deep is clipped as text.
    """
    for text, items, depth in _MEASURES:
        short = _short(value, text, items, depth)
        if len(exact_json(short)) <= most:
            return short
    return clipped(exact_json(value).decode(), most)


def _short(value: Any, text: int, items: int, depth: int) -> Any:
    if isinstance(value, str):
        return clipped(value, text)
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        return clipped(exact_json(value).decode(), text)
    left_out = len(value) - items
    if isinstance(value, list):
        short = [_short(item, text, items, depth - 1) for item in value[:items]]
        return [*short, f"… ({left_out:,} more)"] if left_out > 0 else short
    few = islice(value.items(), items)
    kept = {clipped(name, text): _short(child, text, items, depth - 1) for name, child in few}
    return {**kept, "…": f"{left_out:,} more"} if left_out > 0 else kept
