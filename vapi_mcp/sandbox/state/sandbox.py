"""The simulated organisation at run time: its objects, its clock and its scheduled events."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

from vapi_mcp.sandbox.requests.refusals import not_found
from vapi_mcp.sandbox.state.collection import Collection, JsonObject
from vapi_mcp.sandbox.state.dates import to_text
from vapi_mcp.sandbox.state.scheduler import Scheduler
from vapi_mcp.sandbox.state.snapshot import KINDS, StateSnapshot
from vapi_mcp.sandbox.storage.links import LinkSigner
from vapi_mcp.specs.facts.facts import Facts


class Sandbox:
    """One simulated organisation. Every change passes `put` or `remove`, which count it."""

    def __init__(
        self, *, facts: Facts, world: StateSnapshot, clock: Callable[[], datetime]
    ) -> None:
        self.facts = facts
        self.world = world
        self.links = LinkSigner(world.org_id)
        self.agenda = Scheduler()
        self.changes = 0
        self.touched: dict[str, datetime] = {}
        """Campaigns whose calls have moved since the last settling, and when."""
        self.resumed: dict[str, datetime] = {}
        """Calls that were under way when the sandbox started, and when that was."""
        self._clock = clock
        self._collections = {
            kind: Collection(world.resources.setdefault(kind, {})) for kind in KINDS
        }

    def now(self) -> datetime:
        """Return the present by the injected clock."""
        return self._clock()

    def stamp(self) -> str:
        """Return the present as Vapi writes it."""
        return to_text(self._clock())

    def all(self, kind: str) -> Collection:
        """Return the collection of a kind."""
        return self._collections[kind]

    def find(self, kind: str, object_id: object) -> JsonObject | None:
        """Return an object, or None; also for ids that are no text."""
        return self._collections[kind].get(object_id) if isinstance(object_id, str) else None

    def require(self, kind: str, object_id: str) -> JsonObject:
        """Return an object, or refuse with 404."""
        found = self._collections[kind].get(object_id)
        if found is None:
            raise not_found(kind.replace("-", " ").capitalize(), object_id)
        return found

    def create(self, kind: str, fields: JsonObject) -> JsonObject:
        """Store a new object: the given fields, with an id, the organisation and both times."""
        stamp = self.stamp()
        item: JsonObject = {
            "id": str(uuid.uuid4()),
            "orgId": self.world.org_id,
            "createdAt": stamp,
            "updatedAt": stamp,
            **fields,
        }
        self.put(kind, item)
        return item

    def put(self, kind: str, item: JsonObject) -> None:
        """Store or replace an object."""
        self._collections[kind].put(item)
        self.changes += 1

    def remove(self, kind: str, object_id: str) -> None:
        """Drop an object."""
        self._collections[kind].remove(object_id)
        self.changes += 1
