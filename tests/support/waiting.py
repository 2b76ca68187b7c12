"""Waits that take no time, with as many looks as ever."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

import pytest

from vapi_mcp.invocation.own.waiting import Pace, Waiting

# In seconds; each call has its own, as calls at once do not wait for each other.
_waited: ContextVar[float] = ContextVar("waited", default=0.0)


async def _pause(seconds: float) -> None:
    _waited.set(_waited.get() + seconds)
    await asyncio.sleep(0)


def let_waits_take_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    pace = Pace(clock=_waited.get, pause=_pause, spread=lambda: 1.0)
    monkeypatch.setattr(Waiting.__init__, "__defaults__", (pace,))
