"""The tools that pages themselves use, found by what they do: their names are data."""

from __future__ import annotations

from vapi_mcp.invocation.artifacts.kinds import kind_of
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool

_CALLS, _ANALYTICS = "calls", "analytics"


def calls_list(registry: Registry) -> Tool:
    """Return the tool that lists calls."""
    return _of(registry, _CALLS, "list")


def call_reader(registry: Registry) -> Tool:
    """Return the tool that gets one call."""
    return _of(registry, _CALLS, "get")


def call_placer(registry: Registry) -> Tool:
    """Return the tool that places calls."""
    return _of(registry, _CALLS, "create")


def analytics(registry: Registry) -> Tool:
    """Return the tool that computes figures of calls."""
    return _of(registry, _ANALYTICS, "create")


def artifact_tool(registry: Registry, name: str) -> Tool:
    """Return the tool of an artifact, such as `mono` or `call-logs`."""
    artifacts = (each for each in registry.in_scope() if each.spec.output.kind == "artifact")
    return next(each for each in artifacts if kind_of(each).name == name)


def _of(registry: Registry, resource: str, method: str) -> Tool:
    tools = (each.spec for each in registry.in_scope() if each.spec.resource == resource)
    return registry.tools[next(spec.name for spec in tools if spec.method == method)]
