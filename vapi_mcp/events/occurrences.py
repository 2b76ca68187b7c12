"""Events that happened: found in the items of a list, and written for their subscribers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from vapi_mcp.events.records import Delivery, Subscription
from vapi_mcp.rfc3339 import read_moment, write_moment
from vapi_mcp.specs.tools.ended_reasons import class_of
from vapi_mcp.specs.tools.events import EventSpec

_REASON = "endedReason"
_LONGEST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One event that happened. key: what tells it from all others of its name and account."""

    spec: EventSpec
    key: str
    at: datetime
    data: Mapping[str, Any]

    def is_for(self, subscription: Subscription) -> bool:
        """Return whether a subscription wants it: of its name, since it began, as it asks."""
        if subscription.name != self.spec.name or self.at < subscription.created_at:
            return False
        if self.spec.whole_account:
            return True
        return all(self.data.get(name) == value for name, value in subscription.arguments.items())

    def delivery(self, subscription: Subscription, now: datetime) -> Delivery:
        """Return the delivery of it to a subscription."""
        told = f"{self.spec.name}\n{subscription.account_id}\n{self.key}"
        event_id = f"evt_{hashlib.sha256(told.encode()).hexdigest()[:32]}"
        body = {
            "eventId": event_id,
            "name": self.spec.name,
            "timestamp": write_moment(self.at, "seconds"),
            "data": self.data,
            "cursor": None,
        }
        return Delivery(
            event_id=event_id,
            subscription_id=subscription.id,
            body=orjson.dumps(body).decode(),
            created_at=now,
            next_at=now,
        )


def occurrence_in(spec: EventSpec, item: Any) -> Occurrence | None:
    """Return the event that an item of a list tells of; None: it has not happened."""
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        return None
    if any(item.get(name) != value for name, value in spec.when.items()):
        return None
    kind = class_of(item[_REASON]) if isinstance(item.get(_REASON), str) else None
    if spec.reason_class is not None and kind != spec.reason_class:
        return None
    at = _moment(item.get(spec.ended_at)) or _moment(item.get("updatedAt"))
    if at is None:
        return None
    data = {name: _short(item[key]) for name, key in spec.data.items() if item.get(key) is not None}
    if kind is not None:
        data["endedReasonClass"] = kind
    return Occurrence(spec, item["id"], at, {**data, "readWith": spec.details})


def overspent(
    spec: EventSpec, subscription: Subscription, spent: float, now: datetime
) -> Occurrence | None:
    """Return the event that an account spent more today than a subscription names."""
    most = subscription.arguments["dollars"]
    if spent <= most:
        return None
    day = now.date().isoformat()
    data = {"day": day, "dollars": most, "spent": round(spent, 4), "readWith": spec.details}
    return Occurrence(spec, f"{day}\n{most}", now, data)


def _moment(text: Any) -> datetime | None:
    try:
        return read_moment(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _short(value: Any) -> Any:
    return value[:_LONGEST_TEXT] if isinstance(value, str) else value
