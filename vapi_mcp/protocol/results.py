"""The one place where outcomes become MCP results."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Sequence

import orjson
from mcp.server.context import HandlerResult
from mcp_types import CallToolResult, ContentBlock, TextContent

from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.result import ToolResult

# How our own block begins.
_NOTES = '{"notes":'

logger = logging.getLogger(__name__)


def success(result: ToolResult) -> CallToolResult:
    """Return a finished call: its JSON, then our notes in a block of their own."""
    content: list[ContentBlock] = [TextContent(text=result.text)]
    if result.notes:
        content.append(TextContent(text=_notes(result.notes)))
    return CallToolResult(content=content, is_error=result.is_error)


def refusal(error: ToolError) -> CallToolResult:
    """Return a failure that its caller can act on, as the error object of the house."""
    text = orjson.dumps(error.as_dict()).decode()
    return CallToolResult(content=[TextContent(text=text)], is_error=True)


def breakdown(error: Exception, tool_name: str) -> CallToolResult:
    """Return a failure of ours under an id, and log where it happened under the same id.

    The exception's own text stays out of both: it may quote arguments, keys or upstream answers.
    """
    mark = secrets.token_hex(6)
    kinds = " from ".join(type(link).__name__ for link in _chain(error))
    where = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s broke down (%s): %s\n%s", tool_name, mark, kinds, where)
    message = f"this server failed; nothing more is known here. Report it with the id {mark}"
    return refusal(ToolError(message, status=500, id=mark))


def with_structure(result: CallToolResult) -> CallToolResult:
    """Return a call's result with its JSON as structured content too, always an object."""
    block = result.content[0]
    answer = orjson.loads(block.text) if isinstance(block, TextContent) else None
    structure = answer if isinstance(answer, dict) else {"result": answer}
    return result.model_copy(update={"structured_content": structure})


def with_note(result: HandlerResult, note: str) -> HandlerResult:
    """Return a call's result as it goes out, with one more note in its block of notes."""
    if not isinstance(result, dict):
        return result
    *content, last = result["content"]
    known = orjson.loads(last["text"])["notes"] if last["text"].startswith(_NOTES) else []
    kept = content if known else [*content, last]
    return {**result, "content": [*kept, {"type": "text", "text": _notes([*known, note])}]}


def _notes(notes: Sequence[str]) -> str:
    return orjson.dumps({"notes": notes}).decode()


def _chain(error: BaseException | None) -> list[BaseException]:
    links: list[BaseException] = []
    while error is not None and error not in links:
        links.append(error)
        error = error.__cause__ or error.__context__
    return links
