"""The usage of an account: what its calls cost, and what its servers placed of their caps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Amount:
    """Calls with their minutes and US dollars."""

    calls: int
    minutes: float
    cost: float


@dataclass(frozen=True, slots=True)
class AssistantDay:
    """The calls of one assistant on one day; None is an assistant without an id."""

    day: date
    assistant_id: str | None
    calls: int
    minutes: float
    cost: float


@dataclass(frozen=True, slots=True)
class CapUse:
    """What is used today of one rule of a policy.

    of: the assistant or phone number that is counted; None where the rule counts all of them.
    used: None where it is not known.
    """

    rule: str
    of: str | None
    most: float
    used: float | None


@dataclass(frozen=True, slots=True)
class ServerUsage:
    """What a server placed, by the log. cost: of the calls whose cost a row of the log tells.

    name: None for a server that is deleted or expired.
    """

    id: str
    name: str | None
    calls: int
    cost: float | None
    calls_with_cost: int
    caps: tuple[CapUse, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """The usage of an account from one day until another, both included, in UTC.

    total, days: as Vapi reports them; None and empty where it does not, and `problem` says why.
    is_whole: whether no day of an assistant and no row of the log was left out.
    """

    account_id: str
    since: date
    until: date
    total: Amount | None
    days: tuple[AssistantDay, ...]
    servers: tuple[ServerUsage, ...]
    is_whole: bool = True
    problem: str | None = None


def total_of(days: Sequence[AssistantDay]) -> Amount:
    """Return the sum of some days."""
    return Amount(
        sum(each.calls for each in days),
        round(sum(each.minutes for each in days), 2),
        round(sum(each.cost for each in days), 4),
    )


def wire_usage(usage: Usage) -> dict[str, Any]:
    """Return the JSON object of a usage."""
    given = asdict(usage)
    days = [{**each, "day": each["day"].isoformat()} for each in given.pop("days")]
    return {
        "integrated_account_id": given.pop("account_id"),
        **given,
        "since": usage.since.isoformat(),
        "until": usage.until.isoformat(),
        "days": days,
    }
