"""The recording behind a player: our link to it, and its outline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.artifacts.file import ArtifactFiles, WantedArtifact
from vapi_mcp.invocation.artifacts.kinds import media_type_of
from vapi_mcp.invocation.artifacts.links import MediaLinks
from vapi_mcp.invocation.artifacts.peaks import peaks_of
from vapi_mcp.invocation.failures.header_numbers import whole_number
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.rfc3339 import write_moment

# The outline is a help, so it may not hold up an answer for long, nor fetch a lot.
_PATIENCE, _LONG_PATIENCE = 3.0, 5.0
_MOST_BYTES = 40_000_000


async def recording_of(
    wanted: WantedArtifact, upstream: Upstream, links: MediaLinks
) -> dict[str, Any] | None:
    """Return a recording with a link to hear it; None where there is none to be had."""
    if wanted.caller.origin is None:
        return None
    try:
        media_type, peaks = await outline_of(wanted, upstream)
    except (ToolError, TimeoutError):
        return None
    url, ends = links.issue(
        wanted.grant,
        wanted.caller.origin,
        tool_name=wanted.tool.name,
        call_id=wanted.call_id,
        media_type=media_type,
    )
    return {"url": url, "expiresAt": write_moment(ends, in_utc=False), "peaks": peaks}


async def outline_of(wanted: WantedArtifact, upstream: Upstream) -> tuple[str, list[int]]:
    """Return the type of a recording and its peaks.

    They are empty where they would take long, and of what is no plain WAV.

    Raises:
        ToolError: There is none, or it cannot be had.
        TimeoutError: It did not begin in time.
    """
    async with asyncio.timeout(_LONG_PATIENCE), ArtifactFiles(upstream).opened(wanted) as found:
        head = await anext(found.chunks, b"")
        media_type = media_type_of(wanted.kind, found.headers.get("content-type"), head)
        size = whole_number(found.headers.get("content-length"))
        if size is not None and size > _MOST_BYTES:
            return media_type, []
        return media_type, await _peaks(head, found.chunks)


async def _peaks(head: bytes, rest: AsyncIterator[bytes]) -> list[int]:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await peaks_of(_bounded(head, rest))
    except (TimeoutError, _TooLongError):
        return []


class _TooLongError(Exception):
    """A file goes on after all that is fetched of one."""


async def _bounded(head: bytes, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    taken = len(head)
    yield head
    async for chunk in rest:
        taken += len(chunk)
        if taken > _MOST_BYTES:
            raise _TooLongError
        yield chunk
