"""The recipients and the start time of a write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, TypeAlias, cast

from vapi_mcp.invocation.result import clipped
from vapi_mcp.invocation.writes.schedule import Schedule, schedule_of
from vapi_mcp.registry.tool import Tool

Object: TypeAlias = Mapping[str, Any]

# Vapi's own defaults: calls at once of a campaign, and of an account.
_AT_ONCE = 10
_NAMELESS = "a customer without a number"
_LONGEST_URI = 80


@dataclass(frozen=True, slots=True)
class Recipients:
    """The people a write rings or texts.

    calls: how many calls or texts it takes. numbers: different ones, as they were given.
    hidden: those reached otherwise than by a number that stands in the write, in words.
    schedule: when it may happen. at_once: how many calls run at a time.
    """

    calls: int
    numbers: tuple[str, ...]
    hidden: tuple[str, ...]
    schedule: Schedule
    is_campaign: bool = False
    at_once: int = _AT_ONCE

    @property
    def starts_at(self) -> datetime | None:
        """The first moment it may happen; None is at once."""
        return self.schedule.earliest

    def lasts(self, usual: timedelta) -> timedelta:
        """Return how long it takes to dial everybody, by the usual length of a call.

        A campaign waits for its last calls; of others only the beginning of the last one counts.
        """
        rounds = ceil(self.calls / self.at_once)
        return usual * (rounds if self.is_campaign else max(rounds - 1, 0))


def recipients_of(tool: Tool, body: Object) -> Recipients | None:
    """Return the recipients of a write; None if it calls and texts no person."""
    spec = tool.spec
    is_text = spec.recipients == "text" and bool(body.get("transport"))
    if spec.recipients == "transfer":
        return _of_transfer(_part(body, "destination"))
    if not spec.dials and not is_text:
        return None
    customers = list(customers_in(body))
    numbers = [number for each in customers if (number := _number(each))]
    hidden = list(_hidden(body, customers))
    if is_text and not numbers and not hidden:
        hidden = ["the customer of this session or chat"]
    calls = len(numbers) + len(hidden)
    is_update = spec.effect == "update"
    if is_update and not calls and _changes_who_rings(body):
        hidden, calls = ["the customers this campaign has already"], 1
    if is_update and not calls:
        return None
    return Recipients(
        calls,
        tuple(dict.fromkeys(numbers)),
        tuple(hidden),
        schedule_of(body),
        spec.recipients == "campaign",
        1 if is_update else _at_once(body),  # an update does not show how many were allowed
    )


def _of_transfer(destination: Object) -> Recipients:
    """Return who takes a call that is handed on: it rings now."""
    number = _number(destination)
    sip = destination.get("sipUri")
    hidden = clipped(sip, _LONGEST_URI) if isinstance(sip, str) and sip else "a destination"
    numbers, others = ((number,), ()) if number else ((), (hidden,))
    return Recipients(1, numbers, others, schedule_of({}), at_once=1)


def expected_length(recipients: Recipients, usual: timedelta) -> str:
    """Return how long a campaign takes, and why."""
    numbers = "1 number" if recipients.calls == 1 else f"{recipients.calls} numbers"
    return (
        f"about {_words(recipients.lasts(usual))}: {numbers}, {recipients.at_once} at a time, "
        f"with calls of {_words(usual)}"
    )


def customers_in(body: Object) -> Iterator[Object]:
    """Yield the customers that stand in a body; one that is no object is empty, and so unknown."""
    for part in (body, _part(body, "transport"), *_parts(body, "dialPlan")):
        if part.get("customer"):
            yield _part(part, "customer")
        given = part.get("customers") or []
        for each in cast("list[Any]", given) if isinstance(given, list) else [given]:
            yield cast("Object", each) if isinstance(each, Mapping) else {}


def _hidden(body: Object, customers: list[Object]) -> Iterator[str]:
    for each in customers:
        if not _number(each):
            sip = each.get("sipUri")
            yield clipped(sip, _LONGEST_URI) if sip and isinstance(sip, str) else _NAMELESS
    for part in (body, _part(body, "transport")):
        if part.get("customerId"):
            yield "a saved customer (customerId)"
    if body.get("duplicateFromCampaignId"):
        yield "the customers of another campaign (duplicateFromCampaignId)"


def _changes_who_rings(body: Object) -> bool:
    return bool(body.keys() - {"name", "status"})


def _number(customer: Object) -> str | None:
    number = customer.get("number")
    return number if isinstance(number, str) and not customer.get("sipUri") else None


def _at_once(body: Object) -> int:
    most = body.get("maxConcurrency")
    return max(1, int(most)) if isinstance(most, int | float) else _AT_ONCE


def _part(body: Object, name: str) -> Object:
    part = body.get(name)
    return cast("Object", part) if isinstance(part, Mapping) else {}


def _parts(body: Object, name: str) -> list[Object]:
    given = body.get(name)
    parts = cast("list[Any]", given) if isinstance(given, list) else [given]
    return [cast("Object", part) for part in parts if isinstance(part, Mapping)]


def _words(time: timedelta) -> str:
    minutes = max(1, round(time.total_seconds() / 60))
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"  # noqa: PLR2004 - two hours
