"""What must be known of writes by every process: keys used, permits given, uses of a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol, TypeAlias

Outcome: TypeAlias = Literal["pending", "answered", "unknown"]
DailyRule: TypeAlias = Literal["calls_per_day", "customers_per_day"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A write under an idempotency key, kept before anything of it is sent.

    id: stands for account, tool and key. holder: the one attempt that may send it.
    arguments_hash: of the arguments it was made with. waits_until: when its holder has given up,
    if it is still there. outcome: `unknown` is final for the key, as `answered` is.
    """

    id: str
    account_id: str
    tool: str
    arguments_hash: str
    holder: str
    created_at: datetime
    waits_until: datetime
    expires_at: datetime
    outcome: Outcome = "pending"
    answer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """A question that was put or a code that was given, good for one call.

    id: a hash of the secret that comes back. server_id, tool, arguments_hash: the only call it
    is good for. way: a code counts only as a code, and a question's state only with its answer.
    """

    id: str
    server_id: str
    tool: str
    arguments_hash: str
    way: Literal["code", "question"]
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyUse:
    """What one write takes of a day: so many calls, to these numbers.

    owner: whose day it is. limits: the most of each that the day may have; numbers are kept and
    looked up only where people are limited.
    """

    owner: str
    day: date
    calls: int
    numbers: frozenset[str]
    limits: Mapping[DailyRule, int]

    @property
    def counts_customers(self) -> bool:
        """Whether it matters who is called."""
        return "customers_per_day" in self.limits


@dataclass(frozen=True, slots=True)
class ExceededLimit:
    """A limit that a use would break, and how much of it is used already."""

    rule: DailyRule
    used: int


def full_by(
    use: DailyUse, before: Mapping[DailyRule, int], added: Mapping[DailyRule, int]
) -> ExceededLimit | None:
    """Return the first limit of a day that a use would break."""
    for rule, most in use.limits.items():
        if before[rule] + added[rule] > most:
            return ExceededLimit(rule, before[rule])
    return None


class WriteRecords(Protocol):
    """The intents, permits and daily uses of a store. Any method raises StoreError."""

    async def begin(self, intent: Intent) -> Intent:
        """Keep an intent unless a live one has its id, and return the one that is kept.

        Of two at once, one is kept. What this returned is there after any crash.
        """
        ...

    async def find_intent(self, intent_id: str) -> Intent | None:
        """Return an intent, if it is there."""
        ...

    async def answer(self, intent: Intent, answer: str) -> None:
        """Keep the answer to an intent, also where it was taken for lost meanwhile."""
        ...

    async def lose(self, intent: Intent) -> None:
        """Note that nobody will learn what became of an intent without an answer."""
        ...

    async def withdraw(self, intent: Intent) -> None:
        """Forget an intent of which nothing was done; its key is free again."""
        ...

    async def add_permit(self, permit: Permit) -> None:
        """Keep a permit."""
        ...

    async def take_permit(self, permit: Permit, now: datetime) -> bool:
        """Use up the live permit that equals this one but for its end; False: there is none.

        Of two at once, one gets it.
        """
        ...

    async def take(self, use: DailyUse, *, keep: bool = True) -> ExceededLimit | None:
        """Count a use, or return the limit it would break, and count nothing then.

        keep: False only looks whether it would fit.
        """
        ...

    async def give_back(self, use: DailyUse) -> None:
        """Take a use out of the count again: nothing was done."""
        ...

    async def sweep(self, now: datetime, limit: int) -> int:
        """Delete at most `limit` records of each kind that are over; return the most of one."""
        ...
