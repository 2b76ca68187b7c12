"""Tool calls for every transport and lane: the place a call takes, its run, its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import ToolError, UnknownTool
from vapi_mcp.invocation.caller import Caller, Question
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.protocol.request_record import RequestRecord
from vapi_mcp.protocol.results import Answer, answer_of, broken, refused
from vapi_mcp.registry.tool import Tool


class ToolCalls:
    """Runs tool calls within the limits of their servers."""

    def __init__(self, invoker: Invoker, limits: Limits) -> None:
        self._invoker = invoker
        self._limits = limits

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
    ) -> ToolResult | Question:
        """Run a tool, and note the call and its outcome in the request's record.

        Raises:
            ToolError: The call failed.
        """
        record.tool, record.arguments = tool, arguments
        outcome = await self._invoker.invoke(tool, arguments, grant, caller)
        record.outcome = outcome
        return outcome.end if isinstance(outcome.end, Question) else outcome.result

    async def result(
        self,
        tool: Tool,
        arguments: Mapping[str, Any],
        grant: Grant,
        caller: Caller,
        record: RequestRecord,
        *,
        is_modern: bool,
    ) -> dict[str, Any]:
        """Return the result of a call by a client that is asked nothing, as it goes out.

        Raises:
            TypeError: There is a question all the same.
        """
        run = partial(self.run, tool, arguments, grant, caller, record)
        answer = await self.answer(tool.name, grant, run)
        if isinstance(answer, Question):
            raise TypeError("no client is asked on this lane")
        result = answer.wire()
        if is_modern:
            result["resultType"] = "complete"
        if answer.structure is not None:
            result["structuredContent"] = answer.structure
        return result
