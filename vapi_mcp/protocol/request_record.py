"""The record of one MCP request: its handler notes the call, the audit log reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp.server import ServerRequestContext

from vapi_mcp.invocation.outcome import Outcome
from vapi_mcp.registry.tool import Tool


@dataclass(slots=True)
class RequestRecord:
    """The call behind a request, which under discovery is not the one that the client named.

    tool, arguments: None where no tool ran. outcome: None until the call ended.
    """

    tool: Tool | None = None
    arguments: Mapping[str, Any] | None = None
    outcome: Outcome | None = None

    @property
    def writes(self) -> bool:
        """Whether the call changes something."""
        return self.tool is not None and self.tool.spec.effect != "read"


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
