"""Tasks: a tool that waits answers with a handle, and the client asks how it is.

As the extension `io.modelcontextprotocol/tasks` of the present revision has them. Nothing runs
between two requests: each looks at Vapi once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mcp.server import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, METHOD_NOT_FOUND, RequestParams
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import ToolError, UnknownTool
from vapi_mcp.invocation.caller import NOBODY, Question
from vapi_mcp.invocation.own.waiting import is_passing
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.protocol.audit_middleware import record_of
from vapi_mcp.protocol.calls.tool_calls import ToolCalls
from vapi_mcp.protocol.request_record import RequestRecord
from vapi_mcp.protocol.results import Answer
from vapi_mcp.protocol.tasks.announcement import announces_tasks
from vapi_mcp.protocol.tasks.handles import LIFETIME, Task, begun_task, fits_in_handle, opened_task
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool
from vapi_mcp.rfc3339 import write_moment

_POLL_MS = 5000
_TTL_MS = int(LIFETIME.total_seconds() * 1000)
_UNKNOWN = "there is no such task on this server, or its time is over"


class TaskParams(RequestParams):
    """The task that a request is about; what else it brings is of no use here."""

    task_id: str


@dataclass(slots=True)
class _Look:
    answer: Answer
    pending: str | None


class TaskRequests:
    """Makes tasks of calls that wait, and answers for them."""

    def __init__(
        self,
        registry: Registry,
        calls: ToolCalls,
        current_grant: Callable[[ServerRequestContext[Any, Any]], Grant],
        clock: Clock = utc_now,
    ) -> None:
        self._registry = registry
        self._calls = calls
        self._grant = current_grant
        self._clock = clock

    def takes(
        self, ctx: ServerRequestContext[Any, Any], tool: Tool, arguments: Mapping[str, Any]
    ) -> bool:
        """Return whether a call may be answered with a task."""
        can = ctx.session.client_capabilities
        is_offered = (
            ctx.protocol_version in MODERN_PROTOCOL_VERSIONS
            and can is not None
            and announces_tasks({"extensions": can.extensions})
        )
        return tool.spec.waits and is_offered and fits_in_handle(arguments)

    def instead(
        self, ctx: ServerRequestContext[Any, Any], record: RequestRecord
    ) -> dict[str, Any] | None:
        """Return the task that answers a call, where it is not over at the first look."""
        outcome = record.outcome
        if outcome is None or not isinstance(outcome.end, ToolResult):
            return None
        pending = outcome.end.pending
        if pending is None or not self.takes(ctx, outcome.tool, outcome.arguments):
            return None
        grant, now = self._grant(ctx), self._clock()
        task = begun_task(outcome.tool.name, outcome.arguments, grant, now)
        return {"resultType": "task", **self._shown(task, "working", pending)}

    async def get(self, ctx: ServerRequestContext[Any, Any], params: TaskParams) -> dict[str, Any]:
        """Look how a task is.

        Raises:
            MCPError: There is no such task here.
        """
        grant = self._grant(ctx)
        task, tool = self._found(ctx, params, grant)
        look = await self._looked(ctx, task, tool, grant)
        if look.pending is not None:
            return self._shown(task, "working", look.pending)
        result = {**look.answer.wire(), "resultType": "complete"}
        if look.answer.structure is not None:
            result["structuredContent"] = look.answer.structure
        return {**self._shown(task, "completed"), "result": result}

    async def acknowledge(
        self, ctx: ServerRequestContext[Any, Any], params: TaskParams
    ) -> dict[str, Any]:
        """Acknowledge a cancellation or an update: nothing runs, and nothing is asked for.

        Raises:
            MCPError: There is no such task here.
        """
        self._found(ctx, params, self._grant(ctx))
        return {}

    def _found(
        self, ctx: ServerRequestContext[Any, Any], params: TaskParams, grant: Grant
    ) -> tuple[Task, Tool]:
        if ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            raise MCPError(code=METHOD_NOT_FOUND, message="Method not found", data=ctx.method)
        task = opened_task(params.task_id, grant, self._clock())
        if task is None:
            raise MCPError(code=INVALID_PARAMS, message=_UNKNOWN)
        try:
            return task, self._registry.find(task.tool, grant.scope)
        except UnknownTool:
            raise MCPError(code=INVALID_PARAMS, message=_UNKNOWN) from None

    async def _looked(
        self, ctx: ServerRequestContext[Any, Any], task: Task, tool: Tool, grant: Grant
    ) -> _Look:
        # Where the call gets no place at once, the next request may.
        pending: str | None = "not looked at this time"

        async def run() -> ToolResult | Question:
            nonlocal pending
            pending = None
            try:
                end = await self._calls.run(
                    tool, task.arguments, grant, NOBODY, record_of(ctx), looks_once=True
                )
            except ToolError as error:
                pending = error.message if is_passing(error) else None
                raise
            pending = end.pending if isinstance(end, ToolResult) else None
            return end

        answer = await self._calls.answer(tool.name, grant, run)
        if isinstance(answer, Question):
            raise TypeError("no read asks a question")
        return _Look(answer, pending)

    def _shown(self, task: Task, status: str, message: str | None = None) -> dict[str, Any]:
        told = {"statusMessage": message} if message else {}
        return {
            "taskId": task.id,
            "status": status,
            **told,
            "createdAt": write_moment(task.created_at, "seconds"),
            "lastUpdatedAt": write_moment(self._clock(), "seconds"),
            "ttlMs": _TTL_MS,
            "pollIntervalMs": _POLL_MS,
        }
