"""An answer that takes long becomes an event stream; a quick one does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.types import Message

from vapi_mcp.http.mcp.late_answer import LateAnswer


class Sent:
    """A `send` that keeps what goes out; while `open` is unset it blocks before that."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.called = asyncio.Event()
        self.several = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, message: Message) -> None:
        self.called.set()
        await self.open.wait()
        self.messages.append(message)
        if len(self.messages) > 3:
            self.several.set()


@asynccontextmanager
async def late(sent: Sent, silence: float) -> AsyncGenerator[LateAnswer]:
    answer = LateAnswer(sent, silence)
    yield answer
    await answer.stop()


async def test_a_quick_answer_begins_no_stream() -> None:
    sent = Sent()
    async with late(sent, 60) as answer:
        assert await answer.stop() is False
    assert sent.messages == []


async def test_a_late_answer_is_the_last_event_after_pings() -> None:
    sent = Sent()
    async with late(sent, 0.001) as answer:
        async with asyncio.timeout(10):
            await sent.several.wait()
        assert await answer.stop() is True
        await answer.finish(b"{}")
    start, *pings, last = sent.messages
    assert (start["status"], dict(start["headers"])[b"content-type"]) == (200, b"text/event-stream")
    assert {ping["body"] for ping in pings} == {b": ping\r\n\r\n"}
    assert last == {
        "type": "http.response.body",
        "body": b"event: message\r\ndata: {}\r\n\r\n",
        "more_body": False,
    }


async def test_a_stream_whose_start_did_not_go_out_has_not_begun() -> None:
    sent = Sent()
    sent.open.clear()
    async with late(sent, 0.001) as answer:
        async with asyncio.timeout(10):
            await sent.called.wait()
        assert await answer.stop() is False
    assert sent.messages == []
