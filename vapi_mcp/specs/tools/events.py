"""The events that clients can subscribe to (`events.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict

from vapi_mcp.specs.location import specs_directory
from vapi_mcp.specs.tools.ended_reasons import EndedReasonClass
from vapi_mcp.specs.tools.validated import validated

FILE = "events.yaml"
# What is a number; everything else that an event takes or tells is text.
_NUMBERS = frozenset({"dollars", "spent", "cost"})


class EventSpec(BaseModel):
    """One event.

    seen_in: the tool that has to be in scope. reads: the tool whose list is read. details: the tool
    that tells more. when: the values that an item has once the event has happened; reason_class:
    the class that its reason then has, if it matters. ended_at: the key that says when. arguments:
    what a subscription can name, with its description. data: what an event tells, and the keys of
    the item that say it. whole_account: it is about everything in the account.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    description: str
    seen_in: str
    reads: str
    details: str
    when: Mapping[str, str] = {}
    reason_class: EndedReasonClass | None = None
    ended_at: str = ""
    arguments: Mapping[str, str]
    data: Mapping[str, str]
    whole_account: bool = False

    @property
    def definition(self) -> dict[str, Any]:
        """The event as `events/list` shows it."""
        needed = list(self.arguments) if self.whole_account else []
        told = {name: _schema(name) for name in [*self.data, *self._added]}
        return {
            "name": self.name,
            "description": self.description,
            "delivery": ["webhook"],
            "inputSchema": {
                "type": "object",
                "properties": {
                    name: {**_schema(name), "description": words}
                    for name, words in self.arguments.items()
                },
                **({"required": needed} if needed else {}),
            },
            "payloadSchema": {"type": "object", "properties": told},
        }

    @property
    def _added(self) -> list[str]:
        return ["readWith"] if self.whole_account else ["endedReasonClass", "readWith"]


class _EventsFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    events: tuple[EventSpec, ...]


@cache
def load_events() -> Mapping[str, EventSpec]:
    """Read all events, by name (once a process).

    Raises:
        SpecError: The file breaks the form.
    """
    found = validated(_EventsFile, specs_directory() / FILE).events
    return {event.name: event for event in found}


def _schema(name: str) -> dict[str, Any]:
    return {"type": "number" if name in _NUMBERS else "string"}
