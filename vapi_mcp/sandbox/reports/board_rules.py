"""The rules of boards beyond their schema."""

from __future__ import annotations

from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.references import check_references
from vapi_mcp.sandbox.state.sandbox import Sandbox


def prepare_board(sandbox: Sandbox, body: JsonObject, stored: JsonObject | None) -> JsonObject:
    """Accept a board whose tiles show insights that exist."""
    for index, item in enumerate(body.get("items") or ()):
        check_references(sandbox, item, f"items.{index}.")
    return body if stored else {"items": [], **body}
