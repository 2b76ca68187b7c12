"""The law over all tools: each declares how it is kept to the objects of one client."""

from __future__ import annotations

import pytest

from tests.support.invocation import REGISTRY
from vapi_mcp.invocation.belonging.kinds import PATHS, kind_of
from vapi_mcp.registry.tool import Tool

TOOLS = list(REGISTRY.tools.values())


def fits(tool: Tool) -> bool:
    """Return whether what a tool declares is what its operation can be kept by."""
    spec, operation = tool.spec, tool.operation
    has_id = "{" in operation.path
    return {
        "item": spec.output.kind == "list" and not has_id,
        "object": operation.path == PATHS.get(kind_of_tool(tool), "") + "/{id}",
        "within": operation.path.startswith(PATHS.get(kind_of_tool(tool), "") + "/{id}/"),
        "references": operation.method == "POST" and not has_id,
        "filter": operation.key == "POST /analytics",
        "refused": bool(spec.only_reason),
    }[spec.only]


def kind_of_tool(tool: Tool) -> str:
    return kind_of(tool.operation.path)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_each_tool_declares_a_way_that_fits_its_operation(tool: Tool) -> None:
    assert tool.spec.only in ("refused", "filter") or kind_of_tool(tool) in PATHS
    if tool.spec.only in ("refused", "filter"):
        assert tool.spec.only_reason or tool.operation.key == "POST /analytics"
    else:
        assert fits(tool)


def test_what_spans_the_organisation_is_refused_with_a_reason() -> None:
    refused = {tool.spec.resource for tool in TOOLS if tool.spec.only == "refused"}

    assert refused == {"insights", "boards", "providers", "simulations"}
