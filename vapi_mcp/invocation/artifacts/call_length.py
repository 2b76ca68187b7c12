"""Whether a recording is as long as its call."""

from __future__ import annotations

from http import HTTPStatus

from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.explaining import explaining
from vapi_mcp.invocation.finding.values import duration_of
from vapi_mcp.invocation.json_reading import read_json
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.ports import Upstream

# The read is a help and no condition, so it may not hold up the answer for long.
_PATIENCE = 5.0
# Recordings begin a little late and end a little early.
_USUAL_GAP, _USUAL_SHARE = 5.0, 0.1


async def call_seconds(upstream: Upstream, call_id: str, account: Account) -> float | None:
    """Return how long a call lasted; None where that is not known."""
    request = UpstreamRequest("GET", f"/call/{call_id}", deadline=_PATIENCE)
    with explaining("the length of a call"):
        try:
            response = await upstream.send(request, account)
            call = read_json(response.body).value if response.status == HTTPStatus.OK else None
        except (ToolError, ValueError):
            return None
        return duration_of(call) if isinstance(call, dict) else None
    return None


def shortness_note(recorded: float | None, lasted: float | None) -> str | None:
    """Return what to say of a recording that is much shorter than its call, in seconds."""
    if recorded is None or lasted is None:
        return None
    if lasted - recorded <= max(_USUAL_GAP, lasted * _USUAL_SHARE):
        return None
    return (
        f"The recording lasts {recorded:.0f} s, its call {lasted:.0f} s: it leaves out ringing, "
        "holds or transfers, or is incomplete. The transcript may have more."
    )
