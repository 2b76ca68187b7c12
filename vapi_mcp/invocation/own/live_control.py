"""The control of a running call: a write that goes to the URL that Vapi names for it."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from vapi_mcp.errors import ToolError, UpstreamFailed, UpstreamRejected, WriteHeld
from vapi_mcp.invocation.answers.budget import compact
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.failures.upstream_errors import vapi_says
from vapi_mcp.invocation.messages import UpstreamResponse
from vapi_mcp.invocation.own.running_call import PATIENCE, control_url, read_running, why_not
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.write import Sent, Write

_KEY_WANTED = (
    "The control of this call asks for a key (controlAuthenticationEnabled in the monitorPlan of "
    "its assistant). This server sends its key to Vapi's API only. Nothing was done; turn that off "
    "for later calls."
)
_KEY_STATUSES = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


async def controlled(write: Write) -> Sent:
    """Send what a write says to the URL that the call has now.

    Raises:
        ToolError: The call ended meanwhile, or Vapi did not take it.
    """
    call, checked = write.call, write.completed
    url = control_url(call, await read_running(call, checked))
    request = replace(write.request, url=url, deadline=PATIENCE)
    response = await call.upstream.send(request, call.account)
    if response.status >= HTTPStatus.MULTIPLE_CHOICES:
        raise await _refusal(call, checked, response, url)
    id_ = checked.path["id"]
    text = compact({"id": id_, "sent": dict(write.body)})
    return Sent(ToolResult(text, checked.notes, upstream_ids=(id_,)), response)


async def _refusal(call: Call, checked: Checked, response: UpstreamResponse, url: str) -> ToolError:
    """Return what an answer means that is no success."""
    if response.status in _KEY_STATUSES:
        return UpstreamRejected(_KEY_WANTED, status=response.status)
    is_refusal = HTTPStatus.BAD_REQUEST <= response.status < HTTPStatus.INTERNAL_SERVER_ERROR
    if is_refusal and (why := await _why_now(call, checked)):
        return WriteHeld(f"{why} Nothing was done.", status=HTTPStatus.CONFLICT)
    said = vapi_says(response, call.account).replace(url, "***")
    message = f"The control of this call did not take it. {said}"
    if is_refusal:
        return UpstreamRejected(message, status=response.status)
    return UpstreamFailed(message, status=max(response.status, HTTPStatus.INTERNAL_SERVER_ERROR))


async def _why_now(call: Call, checked: Checked) -> str | None:
    try:
        return why_not(await read_running(call, checked))
    except ToolError:
        return None
