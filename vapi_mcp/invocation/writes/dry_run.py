"""The result of a dry run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vapi_mcp.invocation.arguments.notes import by_weight
from vapi_mcp.invocation.explaining import explained
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.invocation.meanings.prompt_variables import variables_note
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.previews.preview import Preview
from vapi_mcp.invocation.writes.write import Write

# Of a preview: the call itself says the first two, the notes the last.
_SAID_ALREADY = frozenset({"what", "tool", "warning"})
_NOTE = "Dry run: this was checked here as a real call would be, and nothing was sent."


def dry_result(
    write: Write, notes: tuple[str, ...] = (), preview: Preview | None = None
) -> ToolResult:
    """Return the request that a write would send, without the account's key.

    notes: to be shown with it. preview: of what would be deleted.
    """
    request = write.request
    shown: dict[str, Any] = {
        "dry_run": True,
        "method": request.method,
        "path": request.path,
        "query": write.completed.query,
        "body": write.completed.body,
    }
    if (upload := request.upload) is not None:
        shown["file"] = {
            "name": upload.file_name,
            "content_type": upload.content_type,
            "size_bytes": len(upload.content),
        }
    if preview is not None:
        shown["preview"] = {k: v for k, v in preview.shown.items() if k not in _SAID_ALREADY}
        notes = (*preview.notes, *notes)
    if lacks := explained("variables", lambda: variables_note(write.tool, _saved(write)), None):
        notes = (*notes, lacks)
    told = by_weight((*write.completed.notes, *notes, _NOTE))
    return ToolResult(exact_json(shown).decode(), told)


def _saved(write: Write) -> Mapping[str, Any]:
    """Return the object as it will be; nothing of one that is changed unread."""
    saved = write.completed.saved
    is_known = saved is not None or write.tool.spec.effect == "create"
    return {**(saved or {}), **write.body} if is_known else {}
