"""Tool calls for every transport and lane: the place a call takes, its run, its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import ToolError, UnknownTool
from vapi_mcp.invocation.caller import Caller, Question
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.protocol.request_record import RequestRecord
from vapi_mcp.protocol.results import Answer, answer_of, broken, refused
from vapi_mcp.registry.tool import Tool

if TYPE_CHECKING:
    from vapi_mcp.protocol.apps.view_data import ViewData


class ToolCalls:
    """Runs tool calls within the limits of their servers.

    view_data: makes what results bring along for views, where there are any.
    """

    def __init__(self, invoker: Invoker, limits: Limits, view_data: ViewData | None = None) -> None:
        self._invoker = invoker
        self._limits = limits
        self._view_data = view_data

    async def answer(
        self, name: str, grant: Grant, run: Callable[[], Awaitable[ToolResult | Question]]
    ) -> Answer | Question:
        """Return what the client gets of a call, which is an answer whatever happens.

        Raises:
            UnknownTool: There is no tool of this name for the client.
        """
        structured = grant.server.config.structured_content
        try:
            async with self._limits.calling(grant.server.id):
                end = await run()
                if isinstance(end, Question):
                    return end
                return answer_of(end, grant.notes, structured=structured)
        except UnknownTool:
            raise
        except ToolError as error:
            return refused(error, structured=structured)
        except Exception as error:  # noqa: BLE001 - nothing may reach the SDK, which would hide it
            return broken(error, name[:80], structured=structured)

    async def run(
        self,
        tool: Tool,
        arguments: Mapping[str, Any],
        grant: Grant,
        caller: Caller,
        record: RequestRecord,
        *,
        shows_views: bool = False,
        looks_once: bool = False,
    ) -> ToolResult | Question:
        """Run a tool, and note the call and its outcome in the request's record.

        shows_views: the client shows a view beside the answer. looks_once: a tool that waits does
        not.

        Raises:
            ToolError: The call failed.
        """
        record.tool, record.arguments = tool, arguments
        outcome = await self._invoker.invoke(tool, arguments, grant, caller, looks_once=looks_once)
        record.outcome = outcome
        if isinstance(outcome.end, Question):
            return outcome.end
        result = outcome.result
        if not shows_views or self._view_data is None or result.is_error:
            return result
        return replace(result, meta=await self._view_data.of(outcome, grant, caller))

    async def result(
        self,
        tool: Tool,
        arguments: Mapping[str, Any],
        grant: Grant,
        caller: Caller,
        record: RequestRecord,
        *,
        is_modern: bool,
        shows_views: bool = False,
    ) -> dict[str, Any]:
        """Return the result of a call by a client that is asked nothing, as it goes out.

        Raises:
            TypeError: There is a question all the same.
        """
        run = partial(self.run, tool, arguments, grant, caller, record, shows_views=shows_views)
        answer = await self.answer(tool.name, grant, run)
        if isinstance(answer, Question):
            raise TypeError("no client is asked on this lane")
        result = answer.wire()
        if is_modern:
            result["resultType"] = "complete"
        if answer.structure is not None:
            result["structuredContent"] = answer.structure
        return result
