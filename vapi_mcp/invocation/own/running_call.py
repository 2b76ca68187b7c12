"""The running call that a tool controls, and the URL that Vapi names for its control."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, cast

from vapi_mcp.errors import WriteHeld
from vapi_mcp.invocation.answers.response import read_answer
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.result import clipped

_RUNNING = "in-progress"
PATIENCE = 10.0
_LONGEST_WORD = 80
_NOT_ENABLED = (
    "This call cannot be controlled: it has no control URL, as controlEnabled is off in the "
    "monitorPlan of its assistant. Nothing was sent. For later calls update the assistant."
)


async def control_checked(call: Call, checked: Checked) -> Checked:
    """Return the arguments as they are to be sent to a call that runs and can be controlled.

    Raises:
        ToolError: It does not, or it cannot be read.
    """
    own = call.tool.spec.own
    found = await read_running(call, checked)
    control_url(call, found)
    adds = own.adds if own else {}
    return replace(checked, body={**adds, **(checked.body or {})}, saved=found)


async def read_running(call: Call, checked: Checked) -> Mapping[str, Any]:
    """Return the call as it is now.

    Raises:
        ToolError: It cannot be read.
    """
    own = call.tool.spec.own
    path = (own.reads or "").partition(" ")[2] if own else ""
    request = UpstreamRequest("GET", path.format_map(checked.path), deadline=PATIENCE)
    response = await call.upstream.send(request, call.account)
    value = read_answer(call.tool, response, call.account).value
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def control_url(call: Call, found: Mapping[str, Any]) -> str:
    """Return the control URL of a call that runs.

    Raises:
        WriteHeld: It does not run, or has none.
    """
    if why := why_not(found):
        raise _refusal(call, f"{why} Nothing was sent.", hinted=found.get("status") == "scheduled")
    monitor = found.get("monitor")
    url = cast("dict[str, Any]", monitor).get("controlUrl") if isinstance(monitor, dict) else None
    if not isinstance(url, str) or not url:
        raise _refusal(call, _NOT_ENABLED)
    return url


def _refusal(call: Call, message: str, *, hinted: bool = False) -> WriteHeld:
    hint = call.tool.spec.hints.get(HTTPStatus.CONFLICT) if hinted else None
    return WriteHeld(message, status=HTTPStatus.CONFLICT, **({"hint": hint} if hint else {}))


def why_not(found: Mapping[str, Any]) -> str | None:
    """Return why a call cannot be controlled in its state; None where it can."""
    status = clipped(str(found.get("status") or "in no known state"), _LONGEST_WORD)
    match status:
        case "in-progress":
            return None
        case "ended":
            reason = clipped(str(found.get("endedReason") or "no reason given"), _LONGEST_WORD)
            return f"This call has ended ({reason})."
        case _:
            return (
                f"This call is {status}, and can be controlled only while it is {_RUNNING}; look "
                "again in a moment."
            )
