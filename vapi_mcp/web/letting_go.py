"""Answers that end before their end."""

from __future__ import annotations

import asyncio

from starlette.types import Receive, Scope

# Where a scope has the transport of its connection; not every server gives it.
LETTING_GO = "vapi_mcp.letting_go"


async def let_go(scope: Scope, receive: Receive, *, patience: float) -> None:
    """End an answer that has begun and cannot be finished, which is no failure of ours.

    An app that just returned would be logged as broken. patience: how many seconds the client has
    for what was sent already.
    """
    held: dict[str, asyncio.Transport] | None = (scope.get("extensions") or {}).get(LETTING_GO)
    if held is None:
        return
    transport = held["transport"]
    transport.close()
    timer = asyncio.get_running_loop().call_later(patience, transport.abort)
    try:
        while (await receive())["type"] != "http.disconnect":
            pass
    finally:
        timer.cancel()
