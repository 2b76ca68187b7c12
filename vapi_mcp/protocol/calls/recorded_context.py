"""The SDK's context of a request that has a record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mcp.server import ServerRequestContext

from vapi_mcp.protocol.request_record import RequestRecord


@dataclass(kw_only=True)
class RecordedContext(ServerRequestContext[Any, Any]):
    """The SDK's context of a request, with its record."""

    record: RequestRecord = field(default_factory=RequestRecord)


def recorded(ctx: ServerRequestContext[Any, Any]) -> RecordedContext:
    """Return a context for the handler of the same request, with a record of its own."""
    return RecordedContext(**vars(ctx))


def record_of(ctx: ServerRequestContext[Any, Any]) -> RequestRecord:
    """Return the record of a request; one that is not kept where the request has none."""
    return ctx.record if isinstance(ctx, RecordedContext) else RequestRecord()
