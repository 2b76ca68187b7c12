from __future__ import annotations

import asyncio

import pytest

from vapi_mcp.invocation.own.waiting import Pace, Waiting


@pytest.fixture(autouse=True)
def _waits_take_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    async def pause(seconds: float) -> None:
        nonlocal now
        now += seconds
        await asyncio.sleep(0)

    pace = Pace(clock=lambda: now, pause=pause, spread=lambda: 1.0)
    monkeypatch.setattr(Waiting.__init__, "__defaults__", (pace,))
