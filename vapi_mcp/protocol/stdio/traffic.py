"""Both lanes of a pipe: each message goes to one of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import orjson

from vapi_mcp.protocol.calls.request_ids import is_id, key_of
from vapi_mcp.protocol.json_rpc import INTERNAL_ERROR, Message, MessageId
from vapi_mcp.protocol.stdio.lane import Lane, UsualRequest
from vapi_mcp.protocol.stdio.late_server import CANCELLED, LateServer
from vapi_mcp.protocol.stdio.output import Output

if TYPE_CHECKING:
    from vapi_mcp.protocol.stdio.calls import PipeCalls

_BROKEN = {"code": INTERNAL_ERROR, "message": "Internal server error"}

logger = logging.getLogger(__name__)


class Traffic:
    """Hands all messages to the SDK's server."""

    def __init__(self, server: LateServer, tasks: asyncio.TaskGroup) -> None:
        self._server = server
        self._tasks = tasks

    def handle(self, line: bytes, message: Message) -> None:
        """Handle one message; its answer goes out when it is there."""
        self._server.give(line, message)
        if message.is_request:
            self._server.start(self._tasks)

    def end(self) -> None:
        """Take account of the end of input."""
        self._server.end()


@dataclass(frozen=True)
class Fast:
    """The fast lane. load: gives what runs its calls, which takes longer than all before."""

    lane: Lane
    load: Callable[[], PipeCalls]

    @cached_property
    def calls(self) -> PipeCalls:
        """What runs its calls."""
        return self.load()


class FastTraffic(Traffic):
    """Answers usual requests itself, each in a task of its own.

    As in the SDK, a request is cancelled by the newest use of its id, in whichever lane it is.
    """

    def __init__(
        self, server: LateServer, tasks: asyncio.TaskGroup, fast: Fast, output: Output
    ) -> None:
        super().__init__(server, tasks)
        self._fast = fast
        server.on_answer = fast.lane.note_answer
        self._output = output
        self._running: dict[MessageId, asyncio.Task[None]] = {}
        self._unrecorded: list[UsualRequest] = []

    def handle(self, line: bytes, message: Message) -> None:
        """Handle one message; its answer goes out when it is there."""
        if message.method == CANCELLED and self._cancel(message):
            return
        if not message.is_request or message.id is None:
            super().handle(line, message)
            return
        request = self._fast.lane.take(line, message)
        if request is None or self._server.owes(message.id):
            self._running.pop(key_of(message.id), None)
            self._record()
            super().handle(line, message)
            return
        if request.binding:
            self._server.inform(*request.binding)
        self._answer(request, message.id)

    def end(self) -> None:
        """Take account of the end of input."""
        self._record()
        super().end()

    def _cancel(self, message: Message) -> bool:
        """Cancel a call of this lane; False: there is none."""
        id_ = message.params.get("requestId")
        task = self._running.pop(key_of(id_), None) if is_id(id_) else None
        if task is None:
            return False
        # The call begins before that, and so it is recorded.
        asyncio.get_running_loop().call_soon(task.cancel)
        return True

    def _answer(self, request: UsualRequest, id_: MessageId) -> None:
        if request.tool is not None:
            self._running[key_of(id_)] = self._tasks.create_task(self._call(request, id_))
            return
        self._output.put(request.line())
        self._unrecorded.append(request)
        if request.message.method not in ("initialize", "server/discover"):
            # The client has its list, and what comes now takes longer than all before.
            self._record()

    async def _call(self, request: UsualRequest, id_: MessageId) -> None:
        task, key = asyncio.current_task(), key_of(id_)
        try:
            line = await self._fast.calls.answer(request)
        except Exception as error:
            logger.exception("a call broke down (%s)", type(error).__name__)
            line = orjson.dumps({"jsonrpc": "2.0", "id": id_, "error": _BROKEN}) + b"\n"
        finally:
            if self._running.get(key) is task:
                del self._running[key]
        if task is not None and not task.cancelling():
            self._output.put(line)

    def _record(self) -> None:
        for request in self._unrecorded:
            self._tasks.create_task(self._recorded(request))
        self._unrecorded.clear()

    async def _recorded(self, request: UsualRequest) -> None:
        try:
            await self._fast.calls.record(request)
        except Exception as error:
            logger.exception("a request was not recorded (%s)", type(error).__name__)
