"""The pipeline that runs every tool."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.answers.response import shape_response
from vapi_mcp.invocation.arguments.aside import built_aside, checked_aside
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.artifacts.links import MediaLinks
from vapi_mcp.invocation.artifacts.reader import ArtifactReader
from vapi_mcp.invocation.belonging.upstream import of_call
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.caller import NOBODY, Caller
from vapi_mcp.invocation.failures.guidance import guided
from vapi_mcp.invocation.lists.reader import ListReader
from vapi_mcp.invocation.messages import UpstreamResponse
from vapi_mcp.invocation.naming.asking import with_ids
from vapi_mcp.invocation.naming.naming import Naming
from vapi_mcp.invocation.naming.noting import names_note
from vapi_mcp.invocation.naming.reports import with_names
from vapi_mcp.invocation.outcome import Outcome, answered, failed
from vapi_mcp.invocation.own.live_control import controlled
from vapi_mcp.invocation.own.restoring import Restores, restored
from vapi_mcp.invocation.own.strays import refuse_strays
from vapi_mcp.invocation.own.waiting import Waiting
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.result import ToolResult, telling
from vapi_mcp.invocation.streams.streaming import streamed
from vapi_mcp.invocation.timed import TimedUpstream
from vapi_mcp.invocation.writes.changes.answer import changes_answer
from vapi_mcp.invocation.writes.pipeline import WritePipeline
from vapi_mcp.invocation.writes.write import Sent, Write
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.tools.own import Own

_T = TypeVar("_T")

# Bytes: larger answers are shaped in a thread, as these take about 15 ms.
_LARGE = 16 * 1024


class Invoker:
    """The pipeline that runs every tool."""

    def __init__(
        self,
        upstream: Upstream,
        registry: Registry,
        writes: WritePipeline,
        links: MediaLinks | None = None,
        clock: Clock = utc_now,
        *,
        waiting: Waiting | None = None,
    ) -> None:
        """Take the way to Vapi, the tools, and the pipeline of writes.

        links: makes links to artifacts that are served here; without it they are Vapi's own.
        """
        self._upstream = upstream
        self._registry = registry
        self._clock = clock
        self._naming = Naming(registry)
        self._lists = ListReader(self._naming, clock)
        self._artifacts = ArtifactReader(links)
        self._writes = writes
        self.waiting = waiting or Waiting()
        # What takes changes back runs calls here itself, so it is put in afterwards.
        self.restores: Restores | None = None

    async def invoke(
        self,
        tool: Tool,
        arguments: Mapping[str, Any],
        grant: Grant,
        caller: Caller = NOBODY,
        *,
        restores: str | None = None,
        looks_once: bool = False,
    ) -> Outcome:
        """Run one tool call against the grant's account; errors are outcomes, too.

        restores: the change that the call takes back. looks_once: a tool that waits does not.
        """
        way = TimedUpstream(of_call(self._upstream, grant.account))
        call = Call(tool, arguments, grant, caller, way, restores, looks_once)
        try:
            return await self._run(call)
        except ToolError as error:
            # The pipeline of writes handles errors of sending; a write that raises was not sent.
            was_sent = tool.spec.effect == "read"
            return failed(call, guided(error, call, self._registry), was_sent=was_sent)

    async def _run(self, call: Call) -> Outcome:
        checked = await checked_aside(call.tool, call.arguments, self._registry.facts)
        if call.only is not None:
            await call.upstream.begin()
        if (own := call.tool.spec.own) is not None:
            return await self._run_own(own, call, checked)
        match call.tool.spec.output.kind, call.tool.spec.effect:
            case "list", _:
                return answered(call, await self._lists.read(call, checked))
            case "artifact", _:
                return answered(call, await self._artifacts.read(call, checked))
            case "stream", _:
                return await self._writes.run(call, checked, _send_and_stream)
            case _, "read":
                return answered(call, await self._read(call, checked))
            case _:
                return await self._writes.run(call, checked, _send)

    async def _run_own(self, own: Own, call: Call, checked: Checked) -> Outcome:
        refuse_strays(call.tool, checked)
        match own.kind:
            case "wait":
                return answered(call, await self.waiting.run(call, checked))
            case "restore":
                return await restored(self.restores, call, checked)
            case "control":
                return await self._writes.run(call, checked, controlled)

    async def _read(self, call: Call, checked: Checked) -> ToolResult:
        request = await built_aside(call.tool, checked)
        if call.tool.spec.contents.own_names:
            checked = replace(checked, control=with_ids(call.tool, checked.control))
        response = await call.upstream.send(request, call.account)
        response = await with_names(self._naming, call, checked.body, response)
        result = await _shaped(call, checked, response)
        if told := await names_note(self._naming, call, result):
            result = replace(result, notes=(*result.notes, told))
        return telling(result, self._clock()) if call.tool.tells_now else result


async def _send(write: Write) -> Sent:
    call = write.call
    response = await call.upstream.send(write.request, call.account)
    changed = await _aside(response, partial(changes_answer, write, response))
    return Sent(changed or await _shaped(call, write.completed, response), response)


async def _send_and_stream(write: Write) -> Sent:
    response, checked = await streamed(write.call, write.completed, write.request)
    return Sent(await _shaped(write.call, checked, response), response)


async def _shaped(call: Call, checked: Checked, response: UpstreamResponse) -> ToolResult:
    return await _aside(response, partial(shape_response, call.tool, response, checked, call.grant))


async def _aside(response: UpstreamResponse, shape: Callable[[], _T]) -> _T:
    return shape() if len(response.body) <= _LARGE else await asyncio.to_thread(shape)
