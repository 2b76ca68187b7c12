"""What must be known of writes by every process: keys used, permits given, uses of a day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, Protocol, TypeAlias, cast

DailyRule: TypeAlias = Literal["calls_per_day", "customers_per_day"]
TallyRule: TypeAlias = Literal[
    "calls_per_day_per_assistant", "calls_per_day_per_number", "calls_per_hour_per_customer"
]
# The rules that count by id on one day.
DAILY_TALLIES: tuple[TallyRule, ...] = (
    "calls_per_day_per_assistant",
    "calls_per_day_per_number",
)
# An hour is counted in steps of so many minutes.
_STEP = 5
_STEPS_OF_AN_HOUR = 60 // _STEP


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
    outcome: Literal["pending", "answered", "unknown"] = "pending"
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


@dataclass(frozen=True, slots=True)
class Tally:
    """What one write takes of one counter: so many calls of `most`.

    of: what is counted: an id on one day, or a customer's number around one hour. A store keeps
    only a hash of a number.
    """

    rule: TallyRule
    of: str
    calls: int
    most: int

    @property
    def is_hourly(self) -> bool:
        """Whether it counts calls to a person, within an hour before and after."""
        return self.rule == "calls_per_hour_per_customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyUse:
    """What one write takes of a day: so many calls, to these numbers.

    owner: whose day it is. limits: the most of each that the day may have; numbers are kept and
    looked up only where people are limited. tallies: the counters of single assistants, phone
    numbers and customers. moment: when the first person is called; None where no hour is counted.
    """

    owner: str
    day: date
    calls: int
    numbers: frozenset[str]
    limits: Mapping[DailyRule, int]
    tallies: tuple[Tally, ...] = ()
    moment: datetime | None = None

    @property
    def daily(self) -> tuple[Tally, ...]:
        """The counters of its day."""
        return tuple(each for each in self.tallies if not each.is_hourly)

    @property
    def hourly(self) -> tuple[Tally, ...]:
        """The counters of its hour."""
        return tuple(each for each in self.tallies if each.is_hourly)

    @property
    def step(self) -> str:
        """The owner of the few minutes in which it counts."""
        return self._steps(0, 0)[0]

    @property
    def steps(self) -> list[str]:
        """The owners of all minutes that are less than an hour away, before and after."""
        return self._steps(-_STEPS_OF_AN_HOUR, _STEPS_OF_AN_HOUR)

    def _steps(self, first: int, last: int) -> list[str]:
        moment = cast("datetime", self.moment).astimezone(UTC)  # there is one where hours count
        begin = moment.replace(minute=moment.minute - moment.minute % _STEP)
        moments = (begin + timedelta(minutes=_STEP * n) for n in range(first, last + 1))
        return [f"{self.owner}@{each:%Y-%m-%dT%H:%M}" for each in moments]

    @property
    def counts_customers(self) -> bool:
        """Whether the numbers matter."""
        return "customers_per_day" in self.limits


@dataclass(frozen=True, slots=True)
class ExceededLimit:
    """A limit that a use would break, and how much of it is used already; of: by what."""

    rule: DailyRule | TallyRule
    used: int
    of: str = ""


def full_by(
    use: DailyUse, before: Mapping[DailyRule, int], added: Mapping[DailyRule, int]
) -> ExceededLimit | None:
    """Return the first limit of a day that a use would break."""
    for rule, most in use.limits.items():
        if before[rule] + added[rule] > most:
            return ExceededLimit(rule, before[rule])
    return None


def full_tally(use: DailyUse, before: Mapping[Tally, int]) -> ExceededLimit | None:
    """Return the first counter that a use would bring over its limit."""
    for tally in use.tallies:
        used = before.get(tally, 0)
        if used + tally.calls > tally.most:
            return ExceededLimit(tally.rule, used, tally.of)
    return None


@dataclass(frozen=True, slots=True)
class CountedUse:
    """What is used of one limit on a day; of: by which assistant or phone number, or empty."""

    rule: DailyRule | TallyRule
    used: int
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a write needs before it may be sent; all of it is kept, or nothing.

    intent: its key. permit: the consent that it uses up. use: what it takes of a day's limits.
    """

    now: datetime
    intent: Intent | None = None
    permit: Permit | None = None
    use: DailyUse | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to keep."""
        return self.intent is None and self.permit is None and self.use is None


@dataclass(frozen=True, slots=True)
class MissingPermit:
    """There is no live permit like the one that a claim would use up; way: as of that one."""

    way: Literal["code", "question"]


# An intent is the live one of another call under the same key.
Obstacle: TypeAlias = Intent | MissingPermit | ExceededLimit


class WriteRecords(Protocol):
    """The intents, permits and daily uses of a store. Any method raises StoreError."""

    async def claim(self, claim: Claim) -> Obstacle | None:
        """Keep a claim, or return the first thing that stands in its way, and keep nothing.

        Of two at once under one key, with one permit, or for the last room of a day, one gets it.
        What this kept is there after any crash.
        """
        ...

    async def release(self, claim: Claim) -> None:
        """Free the key of a claim and give its use back: nothing was done. A permit stays used."""
        ...

    async def find_intent(self, intent_id: str) -> Intent | None:
        """Return an intent, if it is there."""
        ...

    async def answer(self, intent: Intent, answer: str) -> None:
        """Keep the answer to an intent, also where it was taken for lost meanwhile."""
        ...

    async def lose(self, intent: Intent) -> None:
        """Note that the answer to an intent will never be known."""
        ...

    async def add_permit(self, permit: Permit) -> None:
        """Keep a permit."""
        ...

    async def find_exceeded(self, use: DailyUse) -> ExceededLimit | None:
        """Return the limit that a use would break as the day stands; nothing is counted."""
        ...

    async def read_uses(self, owner: str, day: date, limit: int) -> Sequence[CountedUse]:
        """Return what is used of a day, without customers; of each rule at most `limit`."""
        ...

    async def sweep(self, now: datetime, limit: int) -> int:
        """Delete at most `limit` records of each kind that are over; return the most of one."""
        ...


OpenRecords: TypeAlias = Callable[[], Awaitable[WriteRecords]]
