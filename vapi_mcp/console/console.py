"""The parts of the product that the console shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from vapi_mcp.accounts.service import AccessService
from vapi_mcp.admin.admin import Administration
from vapi_mcp.console.calls.outlines import Outlines
from vapi_mcp.console.readings import Readings
from vapi_mcp.invocation.artifacts.links import MediaLinks
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.protocol.audit import AuditTrail
from vapi_mcp.protocol.calls.tool_calls import ToolCalls
from vapi_mcp.registry.registry import Registry
from vapi_mcp.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """Use cases of an administrator and the pipeline of tools, for pages.

    calls, trail: run and record tool calls as those of clients are. readings: what this process
    knows of its own health. outlines: of recordings that this process drew.
    """

    administration: Administration
    access: AccessService
    registry: Registry
    settings: Settings
    calls: ToolCalls
    trail: AuditTrail
    links: MediaLinks
    upstream: Upstream
    readings: Readings
    outlines: Outlines = field(default_factory=Outlines)
