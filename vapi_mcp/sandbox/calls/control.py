"""The control URL of a running call: words for its assistant, its end, its transfer.

It takes no key, as Vapi's takes none unless the assistant's monitorPlan asks for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from vapi_mcp.sandbox.calls import lifecycle
from vapi_mcp.sandbox.requests.refusals import bad_request, not_found
from vapi_mcp.sandbox.requests.request import read_json
from vapi_mcp.sandbox.requests.responses import json_answer
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.dates import milliseconds, stored_moment
from vapi_mcp.sandbox.state.sandbox import Sandbox
from vapi_mcp.sandbox.state.scheduled_steps import settle


def control_endpoint(sandbox: Sandbox) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers at the control URLs of calls."""

    async def serve(request: Request) -> Response:
        body = await read_json(request)
        settle(sandbox)
        call_id = str(request.path_params["call_id"])
        call = sandbox.find("call", call_id)
        has_control = call is not None and "controlUrl" in (call.get("monitor") or {})
        if call is None or not has_control or call.get("status") != "in-progress":
            raise not_found("Call", call_id)
        _apply(sandbox, call, body)
        return json_answer({})

    return serve


def _apply(sandbox: Sandbox, call: JsonObject, body: Any) -> None:
    match body:
        case {"type": "say", "content": str(content)} if content:
            said = _with_words(sandbox, call, content)
            sandbox.put("call", said)
            if body.get("endCallAfterSpoken") is True:
                lifecycle.end_now(sandbox, said, "assistant-ended-call")
        case {"type": "end-call"}:
            lifecycle.end_now(sandbox, call, "manually-canceled")
        case {"type": "transfer", "destination": {"type": "number" | "sip"} as destination}:
            content = body.get("content")
            said = _with_words(sandbox, call, content) if isinstance(content, str) else call
            moved = {**said, "destination": destination}
            lifecycle.end_now(sandbox, moved, "assistant-forwarded-call")
        case _:
            raise bad_request(["type must be one of: say, end-call, transfer"])


def _with_words(sandbox: Sandbox, call: JsonObject, content: str) -> JsonObject:
    """Return a call in which the assistant has said these words."""
    now = sandbox.now()
    start = stored_moment(call["startedAt"])
    message = {
        "role": "bot",
        "message": content,
        "time": milliseconds(now),
        "secondsFromStart": round((now - start).total_seconds(), 3),
        "source": "",
    }
    return {**call, "messages": [*call.get("messages", ()), message]}
