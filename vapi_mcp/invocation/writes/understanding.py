"""What cannot be undone is sent once the caller has read what it does: `understood: true`."""

from __future__ import annotations

from collections.abc import Iterator

from vapi_mcp.errors import WriteHeld
from vapi_mcp.invocation.arguments.notes import RiskNote
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.previews.preview import Previews
from vapi_mcp.invocation.writes.recipients import Recipients
from vapi_mcp.invocation.writes.write import Write

UNDERSTOOD = "understood"
_CALL_AGAIN = "call again with the same arguments and understood: true."


def risks_of(write: Write) -> Iterator[RiskNote]:
    """Yield what a write does at once to many, and nothing undoes."""
    if (count := _bulk(write)) > 1:
        yield RiskNote(
            f"This erases {count} calls for good, with their transcripts, recordings and analyses; "
            "calls that are still scheduled are cancelled."
        )
    people = write.recipients
    if people and people.is_campaign and write.tool.spec.effect == "act" and not people.starts_at:
        yield RiskNote(
            f"This campaign rings {_counted(people)} now, because schedulePlan.earliestAt is "
            "not given."
        )


async def understood(write: Write, previews: Previews) -> ToolResult | None:
    """Return None where a write may be sent; of many deletions, the preview to read first.

    Raises:
        WriteHeld: There is something to be understood first.
    """
    if write.option(UNDERSTOOD) or not write.risks:
        return None
    if _bulk(write) > 1:
        preview = await previews.of(write)
        answer = {
            "preview": preview.shown,
            "what_to_do": f"Nothing was erased. To erase these calls, {_CALL_AGAIN}",
        }
        return ToolResult(exact_json(answer).decode(), preview.notes)
    told = " ".join(write.warnings)
    raise WriteHeld(f"{told} Nothing was sent. If this is meant, {_CALL_AGAIN}", status=409)


def settled(write: Write) -> Write:
    """Return a write that is to be sent now without the risks that were understood."""
    return write.with_notes(n for n in write.completed.notes if not isinstance(n, RiskNote))


def _bulk(write: Write) -> int:
    ids = write.body.get("ids")
    return (
        len(set(map(str, ids)))
        if write.tool.spec.effect == "delete" and isinstance(ids, list)
        else 0
    )


def _counted(people: Recipients) -> str:
    if people.hidden:
        return "people"
    return "1 person" if people.calls == 1 else f"{people.calls} people"
