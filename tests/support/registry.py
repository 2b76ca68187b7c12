"""The registry of this tree, and the names of its tools."""

from __future__ import annotations

from functools import cache

from vapi_mcp.registry.registry import Registry, build_registry
from vapi_mcp.specs.facts.facts import Facts, load_facts
from vapi_mcp.specs.tools.loader import load_specs


@cache
def facts() -> Facts:
    return load_facts()


@cache
def registry() -> Registry:
    specs = load_specs()
    return build_registry(specs.tools, facts(), synonyms=specs.synonyms)


# In the order in which `tools/list` gives them.
NAMES = tuple(tool.name for tool in registry().in_scope())
# Those of the full catalogue, in the same order.
ALL_NAMES = tuple(registry().tools)
