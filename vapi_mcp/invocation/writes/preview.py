"""What a user is shown before a write: what it does, to whom, when, and at what price."""

from __future__ import annotations

from typing import Any

from vapi_mcp.invocation.result import clipped
from vapi_mcp.invocation.writes.prices import Prices
from vapi_mcp.invocation.writes.reach import Reach, reach_of
from vapi_mcp.invocation.writes.write import Write

_MOST_NUMBERS = 20
_LONGEST = 80
# Who speaks, what is bought: what tells one write from another at a glance.
_TELLING = ("name", "assistantId", "squadId", "phoneNumberId", "provider", "number", "evalId")


class Previews:
    """Makes previews, with a price where recent calls give one."""

    def __init__(self, prices: Prices) -> None:
        self._prices = prices

    async def of(self, write: Write) -> dict[str, Any]:
        """Return what a write will do, as an object for a model and a user."""
        preview = {"what": write.tool.spec.title, "tool": write.tool.name, **_target(write)}
        reach = reach_of(write)
        if reach is not None:
            preview |= _people(reach)
        if "spending" in write.tool.spec.tags:
            calls = reach.calls if reach and write.tool.spec.resource != "chats" else 0
            preview["estimated_price"] = await self._prices.estimate(write.grant.account, calls)
        return preview


def question(preview: dict[str, Any]) -> str:
    """Return a preview as the text of a question."""
    what, *rest = preview.items()
    lines = [f"{name.replace('_', ' ')}: {_text(value)}" for name, value in rest]
    return "\n".join([f"{what[1]}?", *lines])


def _target(write: Write) -> dict[str, Any]:
    told: dict[str, Any] = {"id": write.checked.path.get("id")}
    told |= {name: write.body.get(name) for name in _TELLING}
    shown: dict[str, Any] = {
        name: clipped(str(v), _LONGEST) for name, v in told.items() if v is not None
    }
    if isinstance(ids := write.body.get("ids"), list):
        shown = {
            "how_many": len(ids),
            "ids": [str(each)[:_LONGEST] for each in ids[:_MOST_NUMBERS]],
        }
    if write.tool.spec.effect == "update":
        shown["changes"] = sorted(write.body)
    return shown


def _people(reach: Reach) -> dict[str, Any]:
    shown = [*reach.numbers[:_MOST_NUMBERS], *reach.hidden[:_MOST_NUMBERS]]
    left = reach.calls - len(shown)
    when = "now" if reach.starts_at is None else reach.starts_at.isoformat()
    more = [f"and {left} more"] if left > 0 else []
    return {"how_many": reach.calls, "to": [*shown, *more], "when": when}


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
