"""The one place where outcomes become MCP results."""

from __future__ import annotations

import logging
import secrets
import traceback

import orjson
from mcp_types import CallToolResult, ContentBlock, TextContent

from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.result import ToolResult

logger = logging.getLogger(__name__)


def success(result: ToolResult) -> CallToolResult:
    """Return a finished call: its JSON, then our notes in a block of their own."""
    content: list[ContentBlock] = [TextContent(text=result.text)]
    if result.notes:
        content.append(TextContent(text=orjson.dumps({"notes": result.notes}).decode()))
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


def _chain(error: BaseException | None) -> list[BaseException]:
    links: list[BaseException] = []
    while error is not None and error not in links:
        links.append(error)
        error = error.__cause__ or error.__context__
    return links
