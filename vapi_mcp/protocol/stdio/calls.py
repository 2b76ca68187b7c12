"""Calls over a pipe, and the rows of its requests in the audit log."""

from __future__ import annotations

from functools import partial
from typing import Any

from vapi_mcp.accounts.records import Grant
from vapi_mcp.invocation.caller import SilentCaller
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.protocol.audit import AuditedRequest, AuditTrail
from vapi_mcp.protocol.calls.client_name import ClientName, named
from vapi_mcp.protocol.calls.tool_calls import ToolCalls
from vapi_mcp.protocol.greeting.opening import META
from vapi_mcp.protocol.request_record import RequestRecord
from vapi_mcp.protocol.stdio.lane import UsualRequest

# Files may be written for a client on the same machine. It is asked nothing on this lane.
_CALLER = SilentCaller(is_local=True)


class PipeCalls:
    """Runs the calls of the fast lane, and records its requests."""

    def __init__(self, grant: Grant, calls: ToolCalls, trail: AuditTrail) -> None:
        self._grant = grant
        self._calls = calls
        self._trail = trail

    async def answer(self, request: UsualRequest) -> bytes:
        """Return the line that answers a call."""
        audited, is_modern = self._audited(request), _is_modern(request)
        run = partial(self._run, request, audited.record, is_modern=is_modern)
        result: Any = await self._trail.audited(audited, run)
        if is_modern:
            result = {**result, "_meta": {**result.get("_meta", {}), **META}}
        answer = {"jsonrpc": "2.0", "id": request.message.id, "result": result}
        return exact_json(answer) + b"\n"

    async def record(self, request: UsualRequest) -> None:
        """Record a request that was answered without a call."""
        await self._trail.audited(self._audited(request), _nothing)

    async def _run(
        self, request: UsualRequest, record: RequestRecord, *, is_modern: bool
    ) -> dict[str, Any]:
        if request.tool is None:
            raise TypeError("only calls are run")
        arguments = request.message.params.get("arguments", {})
        return await self._calls.result(
            request.tool,
            arguments,
            self._grant,
            _CALLER,
            record,
            is_modern=is_modern,
            shows_views=request.client is not None and request.client.shows_views,
        )

    def _audited(self, request: UsualRequest) -> AuditedRequest:
        message = request.message
        return AuditedRequest(
            id=message.id,
            method=message.method or "",
            params=message.params,
            grant=self._grant,
            client=partial(_name_of, request),
            source=None,
        )


def _is_modern(request: UsualRequest) -> bool:
    return request.client is not None and request.client.is_modern


def _name_of(request: UsualRequest) -> ClientName:
    return named(request.client and request.client.info)


async def _nothing() -> None:
    """Do nothing: the request has its answer."""
