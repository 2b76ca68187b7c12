"""A client of the official SDK that takes tasks for answers, and polls them to their end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Literal

from mcp.client.extension import ClaimContext, ClientExtension, ResultClaim
from mcp_types import CallToolResult, Request, RequestParams, Result
from pydantic import ConfigDict

from vapi_mcp.protocol.tasks.announcement import EXTENSION


class TaskParams(RequestParams):
    task_id: str


class _TaskRequest(Request[TaskParams, str]):
    name_param = "taskId"


class Task(Result):
    model_config = ConfigDict(extra="allow")

    result_type: Literal["task"] = "task"
    task_id: str
    status: str
    status_message: str | None = None


class TaskState(Result):
    model_config = ConfigDict(extra="allow")

    result_type: str | None = None
    status: str | None = None
    status_message: str | None = None
    result: dict[str, Any] | None = None


async def ask(session: Any, method: str, task_id: str) -> TaskState:
    """Send a request about a task."""
    request = _TaskRequest(method=method, params=TaskParams(task_id=task_id))
    return await session.send_request(request, TaskState)


class TaskClient(ClientExtension):
    """Polls each task until it is over, and keeps what it saw."""

    identifier = EXTENSION

    def __init__(self, pause: float = 0.1) -> None:
        self.tasks: list[Task] = []
        self.states: list[str | None] = []
        self._pause = pause

    def claims(self) -> Sequence[ResultClaim[Any]]:
        """Claim the results that are tasks."""
        return [ResultClaim(result_type="task", model=Task, resolve=self._resolve)]

    async def _resolve(self, task: Task, ctx: ClaimContext) -> CallToolResult:
        self.tasks.append(task)
        while True:
            found = await ask(ctx.session, "tasks/get", task.task_id)
            self.states.append(found.status)
            if found.result is not None:
                return CallToolResult.model_validate(found.result)
            await asyncio.sleep(self._pause)
