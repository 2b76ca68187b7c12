"""A write of a server that is kept to one client, as it would be sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from vapi_mcp.invocation.answers.response import read_answer
from vapi_mcp.invocation.arguments.notes import PairsNote
from vapi_mcp.invocation.belonging.kinds import TAGGED, kind_of
from vapi_mcp.invocation.json_reading import read_json
from vapi_mcp.invocation.messages import UpstreamResponse
from vapi_mcp.invocation.writes.write import Write
from vapi_mcp.registry.tool import Tool


def pairs_note(write: Write) -> PairsNote | None:
    """Return the note on pairs of metadata that a write says otherwise than the server keeps them.

    A creation may leave them out; an update that has metadata without them would take them away.
    """
    pairs = write.call.only.metadata if write.call.only is not None else ()
    if not pairs or "metadata" not in write.body or not _is_tagged(write.tool):
        return None
    metadata = write.body["metadata"]
    given = cast("dict[str, Any]", metadata) if isinstance(metadata, dict) else {}
    is_update = write.tool.spec.effect == "update"
    kept = [
        f'metadata.{key} stays "{value}"'
        for key, value in pairs
        if (key in given or is_update) and given.get(key) != value
    ]
    told = f"{', '.join(kept)}: this server is kept to objects with this metadata."
    return PairsNote(told) if kept else None


def _is_tagged(tool: Tool) -> bool:
    return tool.spec.own is None and kind_of(tool.operation.path) in TAGGED


async def as_sent(write: Write) -> Write:
    """Return a write with the body that would be sent; a tool of ours checks its call itself.

    Raises:
        ToolError: It would not be sent, in the words that the write itself gets.
    """
    if write.call.only is None or write.tool.spec.own is not None:
        return write
    found = await write.call.upstream.examine(write.request)
    if isinstance(found, UpstreamResponse):
        read_answer(write.tool, found, write.call.account)
        return write
    if found.body is None:
        return write
    completed = replace(write.completed, body=read_json(found.body).value)
    return replace(write, request=found, completed=completed)
