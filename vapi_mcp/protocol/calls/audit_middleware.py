"""The audit log around what the SDK's server answers."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from mcp.server import ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND
from pydantic import ValidationError

from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import UnknownTool
from vapi_mcp.protocol.audit import AuditedRequest, AuditTrail, End
from vapi_mcp.protocol.calls.recorded_context import recorded
from vapi_mcp.protocol.client_identity import ClientNames
from vapi_mcp.protocol.json_rpc import MessageId

_STATUSES: Mapping[int, int] = {
    INVALID_PARAMS: HTTPStatus.BAD_REQUEST,
    INVALID_REQUEST: HTTPStatus.BAD_REQUEST,
    METHOD_NOT_FOUND: HTTPStatus.NOT_FOUND,
}


class AuditMiddleware:
    """Records every request that the SDK's server answers.

    elsewhere: the ids of those that were answered and recorded there, for as long as the
    server has not handled them.
    """

    def __init__(
        self,
        trail: AuditTrail,
        names: ClientNames,
        current_grant: Callable[[ServerRequestContext[Any, Any]], Grant],
        elsewhere: Container[MessageId] = (),
    ) -> None:
        self._trail = trail
        self._names = names
        self._grant = current_grant
        self._elsewhere = elsewhere

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Answer a request as the rest of the chain does, and record what became of it."""
        if ctx.request_id is None or ctx.request_id in self._elsewhere:
            return await call_next(ctx)
        ctx = recorded(ctx)
        grant = self._grant(ctx)
        request = AuditedRequest(
            id=ctx.request_id,
            method=ctx.method,
            params=ctx.params or {},
            grant=grant,
            client=partial(self._names.of, ctx, grant),
            source=_source_of(ctx),
            record=ctx.record,
        )
        return await self._trail.audited(request, partial(call_next, ctx), failed=_failed)


def _source_of(ctx: ServerRequestContext[Any, Any]) -> str | None:
    """Return the address a request's connection came from; a pipe has none."""
    client = getattr(ctx.request, "client", None)
    return client.host if client is not None else None


def _failed(error: Exception) -> End:
    if isinstance(error, MCPError):
        # A tool that failed behind a resource says how, as it would in a result.
        told = error.data.get("statusCode") if isinstance(error.data, dict) else None
        status = told or _STATUSES.get(error.code, HTTPStatus.INTERNAL_SERVER_ERROR)
        is_unknown = isinstance(error.__context__, UnknownTool)
        return End(HTTPStatus.NOT_FOUND if is_unknown else status, error.message)
    if isinstance(error, ValidationError):
        return End(HTTPStatus.BAD_REQUEST, "invalid request parameters")
    # Its own text may quote anything.
    return End(HTTPStatus.INTERNAL_SERVER_ERROR, type(error).__name__)
