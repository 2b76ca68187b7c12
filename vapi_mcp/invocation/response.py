from __future__ import annotations

from typing import Any

import orjson

from vapi_mcp.access.models import Account, Grant
from vapi_mcp.errors import UpstreamFailed
from vapi_mcp.invocation.checked import Checked
from vapi_mcp.invocation.failures import failure, quoted
from vapi_mcp.invocation.fitting import Written
from vapi_mcp.invocation.objects import ObjectAnswer
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.registry.tool import Tool
from vapi_mcp.upstream.messages import UpstreamResponse


def shape_response(
    tool: Tool, response: UpstreamResponse, checked: Checked, grant: Grant
) -> ToolResult:
    """Return Vapi's own object, or what of it was asked for, within the server's budget.

    Raises:
        UpstreamRejected: Vapi answered 4xx.
        UpstreamFailed: Vapi answered 5xx or nothing that is JSON.
        InvalidArguments: The object has no such part.
    """
    answer = parsed_answer(tool, response, grant.account)
    text, notes = _shaped(tool, response, answer, checked, grant)
    known = answer if isinstance(answer, dict) else {}
    upstream_id, cost = known.get("id"), known.get("cost")
    return ToolResult(
        text,
        notes,
        upstream_id=upstream_id if isinstance(upstream_id, str) else None,
        cost=cost if type(cost) in (int, float) else None,
    )


def _shaped(
    tool: Tool, response: UpstreamResponse, answer: Any, checked: Checked, grant: Grant
) -> Written:
    """Return the text of an answer and what is to be said about it."""
    if not response.body:
        note = f"Vapi answered {response.status} without a body: it is done, there is no object."
        return "{}", (*checked.notes, note)
    return ObjectAnswer(tool, checked, answer, grant).write(response.body)


def parsed_answer(tool: Tool, response: UpstreamResponse, account: Account) -> Any:
    """Return the JSON of a successful answer; nothing at all is None, but only after a write.

    Raises:
        UpstreamRejected: Vapi answered 4xx.
        UpstreamFailed: Vapi answered 5xx or nothing that is JSON.
    """
    if not 200 <= response.status < 300:  # noqa: PLR2004 - the successes of HTTP
        raise failure(tool, response, account)
    if not response.body and tool.operation.method != "GET":
        return None
    try:
        return orjson.loads(response.body)
    except orjson.JSONDecodeError as error:
        raise _unreadable(tool, response, account) from error


def _unreadable(tool: Tool, response: UpstreamResponse, account: Account) -> UpstreamFailed:
    what = (
        "an empty answer"
        if not response.body
        else "a web page instead of JSON"
        if "html" in response.content_type
        else "JSON that breaks off or is not JSON"
    )
    hint = (
        "Try again in a moment."
        if tool.operation.method == "GET"
        else "It may have been done: look with the matching list tool before repeating it."
    )
    return UpstreamFailed(
        f"Vapi answered {response.status} with {what}.",
        status=502,
        hint=hint,
        truto_is_remote_error=True,
        raw_response=quoted(response, account),
    )
