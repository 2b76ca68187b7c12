from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message

from vapi_mcp.web import patient_response


@pytest.mark.parametrize("spec_version", ["2.3", "2.4"])
async def test_an_export_that_nobody_reads_is_closed(
    spec_version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient_response, "_STALLED", 0.01)
    sent: list[str] = []

    async def lines() -> AsyncIterator[bytes]:
        while True:
            yield b"{}\n"

    async def send(message: Message) -> None:
        sent.append(message["type"])
        if len(sent) > 2:
            await asyncio.Event().wait()

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    answer = patient_response.PatientResponse(lines())
    scope = {"type": "http", "asgi": {"spec_version": spec_version}}
    async with asyncio.timeout(5):
        await answer(scope, receive, send)
    assert sent == ["http.response.start", *["http.response.body"] * 2]


class Source:
    """Parts of an answer, which tell when they are closed."""

    def __init__(self) -> None:
        self.is_closed = False

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield parts without an end."""
        try:
            while True:
                yield b"{}\n"
        finally:
            self.is_closed = True


async def never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


async def test_a_head_gets_no_body_and_nothing_stays_open() -> None:
    sent, source = list[Message](), Source()

    async def send(message: Message) -> None:
        sent.append(message)

    parts = source.parts()
    await anext(parts)
    answer = patient_response.PatientResponse(parts, headers={"x-name": "value"})
    scope = {"type": "http", "method": "HEAD", "asgi": {"spec_version": "2.3"}}
    await answer(scope, never, send)
    assert [each["type"] for each in sent] == ["http.response.start", "http.response.body"]
    assert (sent[1]["body"], source.is_closed) == (b"", True)
    assert (b"x-name", b"value") in sent[0]["headers"]


@pytest.mark.parametrize("spec_version", ["2.3", "2.4"])
async def test_an_answer_that_is_cancelled_leaves_nothing_open(spec_version: str) -> None:
    sending, source = asyncio.Event(), Source()

    async def send(message: Message) -> None:
        if message.get("more_body"):
            sending.set()
            await asyncio.Event().wait()

    answer = patient_response.PatientResponse(source.parts())
    scope = {"type": "http", "method": "GET", "asgi": {"spec_version": spec_version}}
    task = asyncio.create_task(answer(scope, never, send))
    await sending.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert source.is_closed
