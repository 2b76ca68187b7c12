"""What runs and records the calls of one client's own process, on both lanes."""

from __future__ import annotations

from dataclasses import dataclass

from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.records import Grant
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.invocation.writes.undo.change import OpenChanges
from vapi_mcp.protocol.apps.view_data import ViewData
from vapi_mcp.protocol.audit import AuditTrail
from vapi_mcp.protocol.calls.tool_calls import ToolCalls
from vapi_mcp.protocol.stdio.calls import PipeCalls
from vapi_mcp.registry.registry import Registry


@dataclass(frozen=True, slots=True)
class LocalCalls:
    """The pipeline of tools, its limits and the audit log, for one grant."""

    grant: Grant
    registry: Registry
    invoker: Invoker
    limits: Limits
    trail: AuditTrail
    view_data: ViewData
    open_changes: OpenChanges | None = None

    def pipe(self) -> PipeCalls:
        """Return what the fast lane needs of it."""
        calls = ToolCalls(self.invoker, self.limits, self.view_data)
        return PipeCalls(self.grant, calls, self.trail)
