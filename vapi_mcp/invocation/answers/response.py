"""The answer of Vapi as the result of a tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from vapi_mcp.accounts.records import Account, Grant
from vapi_mcp.errors import ToolError, UpstreamFailed
from vapi_mcp.invocation.answers.budget import compact
from vapi_mcp.invocation.answers.fit import Written
from vapi_mcp.invocation.answers.object import ObjectAnswer
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.explaining import explained, logged
from vapi_mcp.invocation.failures.upstream_errors import failure, quoted
from vapi_mcp.invocation.json_reading import ReadJson, read_json
from vapi_mcp.invocation.mending import mending_notes
from vapi_mcp.invocation.messages import UpstreamResponse
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.json_paths import WHOLE, below
from vapi_mcp.registry.tool import Tool

_DONE = "This was done, but its answer cannot be shown: read the result with the matching get tool."
_NOT_OVER = frozenset({"scheduled", "queued", "ringing", "in-progress", "forwarding"})


def shape_response(
    tool: Tool, response: UpstreamResponse, checked: Checked, grant: Grant
) -> ToolResult:
    """Return Vapi's own object, or what of it was asked for, within the server's budget.

    Raises:
        UpstreamRejected: Vapi answered 4xx.
        UpstreamFailed: Vapi answered 5xx or nothing that is JSON.
        InvalidArguments: The object has no such part.
    """
    read = read_answer(tool, response, grant.account)
    answer = read.value
    checked = _noting(tool, checked, read)
    came = response.body if tool.spec.effect == "read" else None
    if read.body is not response.body:
        response = replace(response, body=read.body)
    text, notes = _shaped(tool, response, answer, checked, grant)
    known = answer if isinstance(answer, dict) else {}
    return ToolResult(
        text,
        notes,
        upstream_ids=_ids_in(known),
        cost=_cost_in(known),
        body=came,
    )


def _noting(tool: Tool, checked: Checked, read: ReadJson) -> Checked:
    """Return the arguments with notes on what of an answer to them could not be read."""
    if not read.replaced:
        return checked
    control, untrusted = checked.control, tool.spec.contents.untrusted
    part, fields = control.get("part") or WHOLE, control.get("fields") or ()
    within = "" if part == WHOLE else part
    wanted = [below(within, field) for field in fields] or ([within] if within else [])
    told = explained("replaced", lambda: mending_notes(read.replaced, untrusted, wanted), ())
    return replace(checked, notes=(*checked.notes, *told))


def _ids_in(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of an object, or of all that a batch made."""
    known, made = answer.get("id"), answer.get("results")
    if made is None:
        return (known,) if isinstance(known, str) else ()
    items = [answer, *(made if isinstance(made, list) else ())]
    ids = [item.get("id") for item in items if isinstance(item, dict)]
    return tuple(each for each in ids if isinstance(each, str))


def _cost_in(answer: Mapping[str, Any]) -> float | None:
    """Return a cost that is known: of a call that is not over, Vapi says 0."""
    cost = answer.get("cost")
    is_early = cost == 0 and answer.get("status") in _NOT_OVER
    return cost if type(cost) in (int, float) and not is_early else None


def _shaped(
    tool: Tool, response: UpstreamResponse, answer: Any, checked: Checked, grant: Grant
) -> Written:
    """Return the text of an answer and what is to be said about it."""
    if not response.body:
        note = (
            f"Vapi answered {response.status} without a body: this was done, and there is no "
            "object to show."
        )
        return "{}", (*checked.notes, note)
    try:
        return ObjectAnswer(tool, checked, answer, grant).write(response.body)
    except Exception as error:
        if tool.spec.effect == "read":
            raise
        why = error.message if isinstance(error, ToolError) else f"see {logged(error, tool.name)}"
    # What is done is done, however its answer looks.
    return _least(answer), (*checked.notes, f"{_DONE} ({why})")


def _least(answer: Any) -> str:
    """Return the id of what was written, which nothing has to shape."""
    known = answer.get("id") if isinstance(answer, dict) else None
    return compact({"id": known} if isinstance(known, str) else {})


def read_answer(tool: Tool, response: UpstreamResponse, account: Account) -> ReadJson:
    """Return the JSON of a successful answer; nothing at all is None, but only after a write.

    Raises:
        UpstreamRejected: Vapi answered 4xx.
        UpstreamFailed: Vapi answered 5xx or nothing that is JSON.
    """
    if not 200 <= response.status < 300:  # noqa: PLR2004 - the successes of HTTP
        raise failure(tool, response, account)
    if not response.body and tool.operation.method != "GET":
        return ReadJson(None, b"")
    try:
        return read_json(response.body)
    except ValueError as error:
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
        else "It may have been done: check with the matching list tool before you repeat it."
    )
    return UpstreamFailed(
        f"Vapi answered {response.status} with {what}.",
        status=502,
        hint=hint,
        truto_is_remote_error=True,
        raw_response=explained("a quotation", lambda: quoted(response, account), None),
    )
