"""The pipeline that runs every tool."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from vapi_mcp.accounts.records import Grant
from vapi_mcp.audit.entry import Outcome
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.answers.response import shape_response
from vapi_mcp.invocation.answers.tokens import estimate_from_sample
from vapi_mcp.invocation.arguments.aside import built_aside, checked_aside
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.artifacts.links import MediaLinks
from vapi_mcp.invocation.artifacts.reader import ArtifactReader
from vapi_mcp.invocation.caller import NOBODY, Caller, RetryWanted
from vapi_mcp.invocation.explaining import explained
from vapi_mcp.invocation.failures.guidance import teach
from vapi_mcp.invocation.lists.reader import ListReader
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.preflight.lookups import guarded
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.streams.streaming import streamed
from vapi_mcp.invocation.trace import current_trace
from vapi_mcp.invocation.writes.idempotency import did_nothing
from vapi_mcp.invocation.writes.pipeline import WritePipeline, no_records
from vapi_mcp.invocation.writes.write import Write
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.facts.facts import Facts

# Bytes of an answer: at most about 15 ms of shaping.
_LARGE = 16 * 1024


class Invoker:
    """The pipeline that runs every tool."""

    def __init__(
        self,
        upstream: Upstream,
        facts: Facts,
        pipeline: WritePipeline | None = None,
        links: MediaLinks | None = None,
        *,
        registry: Registry | None = None,
    ) -> None:
        """Make a pipeline; without a gate of its own it keeps no idempotency keys.

        links: what makes links to artifacts that are served here; without it they are Vapi's own.
        registry: the tools that an error may name as the next call; none without it.
        """
        self._upstream = upstream
        self._facts = facts
        self._lists = ListReader(upstream)
        self._artifacts = ArtifactReader(upstream, links)
        self._registry = registry or Registry({}, facts, {})
        self._pipeline = pipeline or WritePipeline(self._registry, no_records)

    async def invoke(
        self, tool: Tool, arguments: Mapping[str, Any], grant: Grant, caller: Caller = NOBODY
    ) -> ToolResult:
        """Run one tool call against the grant's account, and note it in the current trace.

        Raises:
            ToolError: The call failed in a way its caller can act on.
        """
        trace = current_trace()
        named = arguments.get("id")
        trace.tool, trace.arguments = tool, arguments
        trace.upstream_ids = (named,) if isinstance(named, str) else ()
        try:
            result = await self._run(tool, arguments, grant, caller)
        except ToolError as error:
            trace.status, trace.outcome = error.status, _outcome_of(tool, error)
            teach(error, tool, arguments, self._registry, grant.scope)
            raise
        except RetryWanted:
            trace.outcome = "asked"
            raise
        trace.status = HTTPStatus.OK
        trace.outcome = trace.outcome or ("read" if tool.spec.effect == "read" else "sent")
        trace.upstream_ids = result.upstream_ids or trace.upstream_ids
        trace.cost = result.cost
        trace.tokens = explained("tokens", lambda: estimate_from_sample(result.text), None)
        return result

    async def _run(
        self, tool: Tool, arguments: Mapping[str, Any], grant: Grant, caller: Caller
    ) -> ToolResult:
        checked = await checked_aside(tool, arguments, self._facts)
        if tool.spec.output.kind == "list":
            return await self._lists.read(tool, checked, grant)
        if tool.spec.output.kind == "artifact":
            return await self._artifacts.read(tool, checked, grant, caller)
        request = await built_aside(tool, checked)
        if tool.spec.effect == "read":
            return await self._sent(tool, checked, request, grant, caller)
        asked = Write(tool, checked, checked, request, grant, caller)
        return await self._pipeline.earlier(asked) or await self._written(asked)

    async def _written(self, asked: Write) -> ToolResult:
        tool, grant, caller = asked.tool, asked.grant, asked.caller
        checked = await guarded(tool, asked.asked, self._upstream, grant.account, self._facts)
        request = asked.request
        if checked is not asked.checked:
            request = await built_aside(tool, checked)
        write = replace(asked, checked=checked, request=request)
        return await self._pipeline.run(
            write, lambda: self._sent(tool, checked, request, grant, caller)
        )

    async def _sent(
        self, tool: Tool, checked: Checked, request: UpstreamRequest, grant: Grant, caller: Caller
    ) -> ToolResult:
        if tool.spec.output.kind == "stream":
            response, checked = await streamed(
                self._upstream, tool, checked, request, grant.account, caller=caller
            )
        else:
            response = await self._upstream.send(request, grant.account)
        if len(response.body) <= _LARGE:
            return shape_response(tool, response, checked, grant)
        return await asyncio.to_thread(shape_response, tool, response, checked, grant)


def _outcome_of(tool: Tool, error: ToolError) -> Outcome:
    """Return what became of a call that ended with an error."""
    if did_nothing(error):
        return "refused"
    return "failed" if tool.spec.effect == "read" else "unknown"
