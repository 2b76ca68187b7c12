"""The SDK's server at one end of a pipe, loaded when a message needs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Container
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from vapi_mcp.protocol.calls.request_ids import is_id, key_of
from vapi_mcp.protocol.greeting.opening import INITIALIZED
from vapi_mcp.protocol.json_rpc import Message, MessageId
from vapi_mcp.protocol.stdio.output import Output

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

    # It is given the ids of requests that were answered and recorded before.
    LoadServer: TypeAlias = Callable[[Container[MessageId]], Server[Any]]

CANCELLED = "notifications/cancelled"


class OnAnswer(Protocol):
    """Takes account of an answer."""

    def __call__(self, id_: MessageId, *, is_result: bool) -> object:
        """Take account of it."""
        ...


class LateServer:
    """Hands messages to the SDK's server, once the first of them has it loaded.

    on_answer: is called with the id of each of its answers, and whether it is a result.
    """

    def __init__(self, load: LoadServer, output: Output) -> None:
        self._load = load
        self._output = output
        self._waiting = asyncio.Queue[tuple[bytes, Message] | None]()
        self._answered = set[MessageId]()
        self._asked = set[MessageId]()
        self._task: asyncio.Task[None] | None = None
        self.on_answer: OnAnswer = _ignored

    @property
    def is_running(self) -> bool:
        """Return whether a message needed it."""
        return self._task is not None

    def owes(self, id_: MessageId) -> bool:
        """Return whether it has a request of this id, with no answer yet."""
        return key_of(id_) in self._asked

    def inform(self, line: bytes, message: Message) -> None:
        """Let it know a request that has its answer, for its state."""
        if message.id is not None:
            self._answered.add(message.id)
        self._waiting.put_nowait((line, message))

    def give(self, line: bytes, message: Message) -> None:
        """Have it handle a message. Those without an answer do nothing before it is loaded."""
        if message.is_request and message.id is not None:
            self._asked.add(key_of(message.id))
        elif message.method == CANCELLED:
            id_ = message.params.get("requestId")
            if is_id(id_):
                self._asked.discard(key_of(id_))
        if message.is_request or self.is_running or message.method == INITIALIZED:
            self._waiting.put_nowait((line, message))

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Load it, and let it go on until the end."""
        if self._task is None:
            self._task = tasks.create_task(self._serve())

    def end(self) -> None:
        """Let it answer what it has, and end."""
        self._waiting.put_nowait(None)

    async def _serve(self) -> None:
        # In a thread: it takes a second, and other calls are under way.
        server = await asyncio.to_thread(self._load, self._answered)
        from vapi_mcp.protocol.stdio.session import serve_lines  # noqa: PLC0415 - late

        await serve_lines(server, self._lines(), self._output, self._is_wanted)

    async def _lines(self) -> AsyncGenerator[tuple[bytes, Message]]:
        while (given := await self._waiting.get()) is not None:
            yield given

    def _is_wanted(self, id_: MessageId, *, is_result: bool) -> bool:
        """Take account of an answer, and return whether the client waits for it."""
        if id_ in self._answered:
            self._answered.discard(id_)
            return False
        self._asked.discard(key_of(id_))
        self.on_answer(id_, is_result=is_result)
        return True


def _ignored(id_: MessageId, *, is_result: bool) -> None:
    del id_, is_result
