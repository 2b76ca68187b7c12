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
