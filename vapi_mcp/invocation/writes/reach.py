"""Whom a write reaches, and when: read off what it would send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, cast

from vapi_mcp.invocation.writes.write import Write

Object: TypeAlias = Mapping[str, Any]

_DIALS = frozenset({"POST /call", "POST /campaign", "PATCH /campaign/{id}"})
_TEXTS = frozenset({"POST /chat", "POST /chat/responses"})


@dataclass(frozen=True, slots=True)
class Reach:
    """The people a write rings or texts.

    calls: how many times somebody is reached. numbers: different ones, as they were given.
    hidden: those reached otherwise than by a number that stands in the write, in words.
    starts_at: the first moment it may happen; None is at once.
    """

    calls: int
    numbers: tuple[str, ...]
    hidden: tuple[str, ...]
    starts_at: datetime | None


def reach_of(write: Write) -> Reach | None:
    """Return whom a write reaches; None if it rings and texts nobody."""
    key, body = write.tool.operation.key, write.body
    if key not in _DIALS and not (key in _TEXTS and body.get("transport")):
        return None
    customers = list(_customers(body))
    numbers = [number for each in customers if (number := _number(each))]
    hidden = [
        *("a customer without a number" for each in customers if not _number(each)),
        *(
            "a saved customer (customerId)"
            for each in (body, _part(body, "transport"))
            if each.get("customerId")
        ),
        *(
            ["the customers of another campaign (duplicateFromCampaignId)"]
            if body.get("duplicateFromCampaignId")
            else []
        ),
    ]
    calls = len(numbers) + len(hidden)
    if key == "PATCH /campaign/{id}" and not calls and _changes_who_rings(body):
        hidden, calls = ["the customers this campaign has already"], 1
    if key == "PATCH /campaign/{id}" and not calls:
        return None
    return Reach(calls, tuple(dict.fromkeys(numbers)), tuple(hidden), _start(body))


def _changes_who_rings(body: Object) -> bool:
    return bool(body.keys() - {"name", "status"})


def _customers(body: Object) -> Iterator[Object]:
    for part in (body, _part(body, "transport"), *_parts(body, "dialPlan")):
        if part.get("customer"):
            yield _part(part, "customer")
        yield from _parts(part, "customers")


def _number(customer: Object) -> str | None:
    number = customer.get("number")
    return number if isinstance(number, str) and not customer.get("sipUri") else None


def _start(body: Object) -> datetime | None:
    earliest = _part(body, "schedulePlan").get("earliestAt")
    try:
        moment = datetime.fromisoformat(earliest) if isinstance(earliest, str) else None
    except ValueError:
        return None
    if moment is None or moment.tzinfo is None:
        return None
    return moment


def _part(body: Object, name: str) -> Object:
    part = body.get(name)
    return cast("Object", part) if isinstance(part, Mapping) else {}


def _parts(body: Object, name: str) -> list[Object]:
    given = body.get(name)
    parts = cast("list[Any]", given) if isinstance(given, list) else [given]
    return [cast("Object", part) for part in parts if isinstance(part, Mapping)]
