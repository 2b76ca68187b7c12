from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vapi_mcp.access.models import Grant
from vapi_mcp.invocation.arguments import check_arguments
from vapi_mcp.invocation.artifacts import artifact_result
from vapi_mcp.invocation.lists import ListReader
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.request import build_request
from vapi_mcp.invocation.response import shape_response
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.facts import Facts


class Invoker:
    """The pipeline that runs every tool."""

    def __init__(self, upstream: Upstream, facts: Facts) -> None:
        self._upstream = upstream
        self._facts = facts
        self._lists = ListReader(upstream)

    async def invoke(self, tool: Tool, arguments: Mapping[str, Any], grant: Grant) -> ToolResult:
        """Run one tool call against the grant's account.

        Raises:
            ToolError: The call failed in a way its caller can act on.
        """
        checked = check_arguments(tool, arguments, self._facts)
        if tool.spec.output.kind == "list":
            return await self._lists.read(tool, checked, grant.account)
        request = build_request(tool, checked)
        if tool.spec.output.kind == "artifact":
            answer = await self._upstream.locate(request, grant.account)
            return artifact_result(tool, checked, answer, grant.account)
        response = await self._upstream.send(request, grant.account)
        return shape_response(tool, response, checked, grant.account)
