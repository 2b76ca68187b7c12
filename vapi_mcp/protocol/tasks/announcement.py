"""The extension of tasks, as client and server announce it to each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vapi_mcp.accounts.records import Grant
from vapi_mcp.registry.registry import Registry

EXTENSION = "io.modelcontextprotocol/tasks"


def announces_tasks(capabilities: Any) -> bool:
    """Return whether a client's capabilities say that it takes a task for an answer."""
    extensions = capabilities.get("extensions") if isinstance(capabilities, Mapping) else None
    return isinstance(extensions, Mapping) and isinstance(extensions.get(EXTENSION), Mapping)


def has_tasks(registry: Registry, grant: Grant) -> bool:
    """Return whether a tool that waits is in scope: only those become tasks."""
    return any(tool.spec.waits for tool in registry.in_scope(grant.scope))


def offering_tasks(capabilities: Mapping[str, Any]) -> dict[str, Any]:
    """Return a server's capabilities with tasks among them, in the order of the SDK's models."""
    extensions = dict(sorted({**capabilities.get("extensions", {}), EXTENSION: {}}.items()))
    return dict(sorted({**capabilities, "extensions": extensions}.items()))
