"""The `tools/list` answers, for servers that only pass them on: all tools, and those of a scope."""

from __future__ import annotations

from functools import cache
from typing import Any

from vapi_mcp.registry.registry import Registry, build_registry
from vapi_mcp.registry.scope import Scope
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.tools.loader import load_specs

# The scope of the second server: what an agent needs that reads calls.
SCOPED_METHODS = "read"
SCOPED_TAGS = "calls"


def all_tools() -> list[dict[str, Any]]:
    """Return the definitions of all tools."""
    return [tool.definition() for tool in _registry().in_scope()]


def scoped_tools() -> list[dict[str, Any]]:
    """Return the definitions of the second server's tools."""
    scope = Scope(methods=frozenset({SCOPED_METHODS}), tags=frozenset({SCOPED_TAGS}))
    return [tool.definition() for tool in _registry().in_scope(scope)]


@cache
def _registry() -> Registry:
    return build_registry(load_specs().tools, load_facts())
