from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from vapi_mcp.access.models import Grant
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.arguments import check_arguments
from vapi_mcp.invocation.artifacts import artifact_result
from vapi_mcp.invocation.estimate import estimate_from_sample
from vapi_mcp.invocation.lists import ListReader
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.request import build_request
from vapi_mcp.invocation.response import shape_response
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.trace import current_trace
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.facts import Facts


class Invoker:
    """The pipeline that runs every tool."""

    def __init__(self, upstream: Upstream, facts: Facts) -> None:
        self._upstream = upstream
        self._facts = facts
        self._lists = ListReader(upstream)

    async def invoke(self, tool: Tool, arguments: Mapping[str, Any], grant: Grant) -> ToolResult:
        """Run one tool call against the grant's account, and note it in the current trace.

        Raises:
            ToolError: The call failed in a way its caller can act on.
        """
        trace = current_trace()
        named = arguments.get("id")
        trace.tool, trace.arguments = tool, arguments
        trace.upstream_id = named if isinstance(named, str) else None
        try:
            result = await self._run(tool, arguments, grant)
        except ToolError as error:
            trace.status = error.status
            raise
        trace.status = HTTPStatus.OK
        trace.upstream_id = result.upstream_id or trace.upstream_id
        trace.cost = result.cost
        trace.tokens = estimate_from_sample(result.text)
        return result

    async def _run(self, tool: Tool, arguments: Mapping[str, Any], grant: Grant) -> ToolResult:
        checked = check_arguments(tool, arguments, self._facts)
        if tool.spec.output.kind == "list":
            return await self._lists.read(tool, checked, grant.account)
        request = build_request(tool, checked)
        if tool.spec.output.kind == "artifact":
            answer = await self._upstream.locate(request, grant.account)
            return artifact_result(tool, checked, answer, grant.account)
        response = await self._upstream.send(request, grant.account)
        return shape_response(tool, response, checked, grant.account)
