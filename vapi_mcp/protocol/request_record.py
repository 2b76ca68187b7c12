"""The record of one MCP request: its handler notes the call, the audit log reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
