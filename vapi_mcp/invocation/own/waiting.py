"""Waiting for what takes its time: an object is read until it does not change any more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from random import SystemRandom
from typing import Any, cast

from vapi_mcp.errors import LimitReached, ToolError, UpstreamFailed, UpstreamRejected
from vapi_mcp.invocation.answers.fields import select
from vapi_mcp.invocation.answers.response import read_answer, shape_response
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.finding.values import COMPUTED
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.invocation.request import path_of
from vapi_mcp.invocation.result import ToolResult, clipped
from vapi_mcp.specs.tools.own import Own

MOST_SECONDS = 50
# Seconds between two looks; each is half as long again as the one before.
_FIRST, _LONGEST, _GROWTH = 1.0, 8.0, 1.5
# A part by which pauses differ, so that many who wait do not ask at the same moment.
_JITTER = 0.2
# Seconds for one look, also where little time is left.
_PATIENCE = 15.0
_SHORTEST_LOOK = 1.0
_LONGEST_STATE = 60
# What asks for other keys than the usual ones.
_SELECTING = frozenset({"fields", "part", "range", "speaker", "search"})
_TOO_MANY = 429
_random = SystemRandom()


def _spread() -> float:
    return _random.uniform(1 - _JITTER, 1 + _JITTER)


@dataclass(frozen=True, slots=True)
class Pace:
    """The clock of a wait, its pauses, and how much a pause differs from the usual one."""

    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep
    spread: Callable[[], float] = _spread


@dataclass(frozen=True, slots=True)
class _Look:
    response: UpstreamResponse
    found: dict[str, Any]


class Waiting:
    """Reads an object again and again, with growing pauses, until it is done or time is up.

    A client that leaves ends it, as it ends every call. is_ending: whether this process is on its
    way out; then no wait goes on.
    """

    def __init__(self, pace: Pace = Pace()) -> None:
        self._pace = pace
        self.is_ending: Callable[[], bool] = lambda: False

    async def run(self, call: Call, checked: Checked) -> ToolResult:
        """Return what became of the object, or how it is when the time is up.

        Raises:
            ToolError: It cannot be read, at first or at last.
        """
        own = cast("Own", call.tool.spec.own)
        asked = checked.query.get("seconds") or MOST_SECONDS
        seconds = 0 if call.looks_once else asked
        begun = self._pace.clock()
        ends = begun + seconds
        look = await self._looked(call, checked, ends)
        for pause in _pauses():
            state = _state(look, own)
            left = ends - self._pace.clock()
            if state in own.over or left <= 0 or self.is_ending():
                break
            await call.caller.report(f"{state or 'no state yet'}; {left:.0f} s left")
            await self._pace.pause(min(pause * self._pace.spread(), left))
            is_last = self._pace.clock() >= ends
            look = await self._looked_again(call, checked, ends, look, is_last=is_last)
        return _answered(call, checked, look, own, self._pace.clock() - begun)

    async def _looked(self, call: Call, checked: Checked, ends: float) -> _Look:
        own, tool = cast("Own", call.tool.spec.own), call.tool
        path = path_of(tool, checked.path)
        left = _PATIENCE if call.looks_once else ends - self._pace.clock()
        patience = min(_PATIENCE, max(left, _SHORTEST_LOOK))
        request = UpstreamRequest("GET", path, deadline=patience)
        response = await call.upstream.send(request, call.account)
        value = read_answer(tool, response, call.account).value
        found = cast("dict[str, Any]", value) if isinstance(value, dict) else {own.state: None}
        return _Look(response, found)

    async def _looked_again(
        self, call: Call, checked: Checked, ends: float, before: _Look, *, is_last: bool
    ) -> _Look:
        """Return a new look, or the one before where this one failed and others follow."""
        try:
            return await self._looked(call, checked, ends)
        except ToolError as error:
            if is_last or not is_passing(error):
                raise
            return before


def _pauses() -> Iterator[float]:
    pause = _FIRST
    while True:
        yield pause
        pause = min(pause * _GROWTH, _LONGEST)


def is_passing(error: ToolError) -> bool:
    """Return whether another look may find what this one did not."""
    if isinstance(error, UpstreamRejected):
        return error.status == _TOO_MANY
    return isinstance(error, UpstreamFailed | LimitReached)


def _state(look: _Look, own: Own) -> str:
    return clipped(str(look.found.get(own.state) or ""), _LONGEST_STATE)


def _answered(call: Call, checked: Checked, look: _Look, own: Own, seconds: float) -> ToolResult:
    shown: dict[str, Any] = dict(look.found)
    for key in call.tool.spec.output.keys:
        if key in COMPUTED and key not in shown and (made := COMPUTED[key](shown)) is not None:
            shown[key] = made
    if not _SELECTING & checked.control.keys():
        shown = select(shown, call.tool.spec.output.keys)
    response = replace(look.response, body=exact_json(shown))
    result = shape_response(call.tool, response, checked, call.grant)
    state = _state(look, own)
    is_over = state in own.over
    note = _next(call) if is_over else _again(call, state, seconds)
    notes = (*result.notes, *([note] if note else []))
    return replace(result, notes=notes, pending=None if is_over else state)


def _again(call: Call, state: str, seconds: float) -> str:
    told = f"Not over after {seconds:.0f} s: it is {state or 'without a state'}."
    return f"{told} Call {call.tool.name} again with the same id to go on waiting."


def _next(call: Call) -> str | None:
    """Return which tool reads more of it, if the caller has one."""
    reader = call.tool.spec.reader
    is_there = reader is not None and reader in call.grant.scope
    return f"It is over. More of it: {reader.name}." if reader and is_there else None
