"""The audit of requests that the SDK's server answers."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any

from mcp.server import ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import UnknownTool
from vapi_mcp.protocol.audit import AuditedRequest, AuditTrail, End, failure_of
from vapi_mcp.protocol.client_identity import ClientNames
from vapi_mcp.protocol.json_rpc import INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, MessageId
from vapi_mcp.protocol.request_record import RequestRecord

_STATUSES: Mapping[int, int] = {
    INVALID_PARAMS: HTTPStatus.BAD_REQUEST,
    INVALID_REQUEST: HTTPStatus.BAD_REQUEST,
    METHOD_NOT_FOUND: HTTPStatus.NOT_FOUND,
}


@dataclass(kw_only=True)
class RecordedContext(ServerRequestContext[Any, Any]):
    """The SDK's context of a request, with its record."""

    record: RequestRecord = field(default_factory=RequestRecord)


class AuditMiddleware:
    """Records every request of the SDK's server, and gives each a context with a record.

    elsewhere: the ids of requests that were answered and recorded elsewhere, for as long as the
    server has not handled them.
    """

    def __init__(
        self,
        trail: AuditTrail,
        names: ClientNames,
        *,
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
        ctx = RecordedContext(**vars(ctx))
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
        answer = partial(call_next, ctx)
        return await self._trail.audited(request, answer, read_failure=_failure_of)


def record_of(ctx: ServerRequestContext[Any, Any]) -> RequestRecord:
    """Return the record of a request; one that is not kept where the request has none."""
    return ctx.record if isinstance(ctx, RecordedContext) else RequestRecord()


def _source_of(ctx: ServerRequestContext[Any, Any]) -> str | None:
    """Return the address a request's connection came from; a pipe has none."""
    client = getattr(ctx.request, "client", None)
    return client.host if client is not None else None


def _failure_of(error: Exception) -> End:
    if isinstance(error, MCPError):
        # A tool that failed behind a resource says how, as it would in a result.
        told = error.data.get("statusCode") if isinstance(error.data, dict) else None
        status = told or _STATUSES.get(error.code, HTTPStatus.INTERNAL_SERVER_ERROR)
        is_unknown = isinstance(error.__context__, UnknownTool)
        return End(HTTPStatus.NOT_FOUND if is_unknown else status, error.message)
    if isinstance(error, ValidationError):
        return End(HTTPStatus.BAD_REQUEST, "invalid request parameters")
    return failure_of(error)
