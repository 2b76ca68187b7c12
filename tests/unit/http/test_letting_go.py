"""Answers that end before their end, without a word in the log."""

from __future__ import annotations

import asyncio
import logging

import pytest
from starlette.types import Receive, Scope, Send

from tests.support.serving import serving
from vapi_mcp.hosting.processes.bounded_http import BoundedHeads
from vapi_mcp.http.disconnect import while_connected
from vapi_mcp.web.letting_go import let_go

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-length", b"100000000")],
}


class Player:
    """An app that sends a large answer to a client that may stop reading."""

    def __init__(self, sent: int) -> None:
        self.sent = sent
        self.ended = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        await receive()
        try:
            await while_connected(self._answer(scope, receive, send), receive)
        finally:
            self.ended.set()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        try:
            for _ in range(self.sent):
                async with asyncio.timeout(0.1):
                    body = {"type": "http.response.body", "body": bytes(2**20), "more_body": True}
                    await send(body)
        except TimeoutError:
            await let_go(scope, receive, patience=0)
        else:
            await let_go(scope, receive, patience=5)


@pytest.mark.parametrize("sent", [1, 90])
async def test_an_answer_that_cannot_be_finished_ends_quietly(
    sent: int, caplog: pytest.LogCaptureFixture
) -> None:
    player = Player(sent)
    with caplog.at_level(logging.WARNING):
        async with serving(player, http=BoundedHeads) as running:
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(HEAD)
            if sent == 1:  # what was sent before arrives
                received = await reader.read()
                assert received.endswith(bytes(2**20))
            async with asyncio.timeout(5):
                await player.ended.wait()
            writer.close()
    assert caplog.text == ""
