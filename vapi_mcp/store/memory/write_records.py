"""The records of writes in memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime

from vapi_mcp.invocation.writes.records import (
    DailyRule,
    DailyUse,
    ExceededLimit,
    Intent,
    Permit,
    full_by,
)


class MemoryWriteRecords:
    """A ledger for one process and its lifetime."""

    def __init__(self) -> None:
        super().__init__()
        self._intents: dict[str, Intent] = {}
        self._permits: dict[str, Permit] = {}
        self._calls = Counter[tuple[str, date]]()
        self._numbers: dict[tuple[str, date], Counter[str]] = {}

    async def begin(self, intent: Intent) -> Intent:
        """Keep an intent unless a live one has its id, and return the one that is kept."""
        kept = self._intents.get(intent.id)
        if kept is None or kept.expires_at <= intent.created_at:
            kept = self._intents[intent.id] = intent
        return kept

    async def find_intent(self, intent_id: str) -> Intent | None:
        """Return an intent, if it is there."""
        return self._intents.get(intent_id)

    async def answer(self, intent: Intent, answer: str) -> None:
        """Keep the answer to an intent."""
        if self._holds(intent):
            self._intents[intent.id] = replace(intent, outcome="answered", answer=answer)

    async def lose(self, intent: Intent) -> None:
        """Note that nobody will learn what became of an intent without an answer."""
        if self._holds(intent) and self._intents[intent.id].outcome == "pending":
            self._intents[intent.id] = replace(intent, outcome="unknown")

    async def withdraw(self, intent: Intent) -> None:
        """Forget an intent of which nothing was done."""
        if self._holds(intent):
            del self._intents[intent.id]

    async def add_permit(self, permit: Permit) -> None:
        """Keep a permit."""
        self._permits[permit.id] = permit

    async def take_permit(self, permit: Permit, now: datetime) -> bool:
        """Use up the live permit that equals this one but for its end."""
        kept = self._permits.get(permit.id)
        if kept is None or kept.expires_at <= now:
            return False
        if replace(permit, expires_at=kept.expires_at) != kept:
            return False
        del self._permits[permit.id]
        return True

    async def take(self, use: DailyUse, *, keep: bool = True) -> ExceededLimit | None:
        """Count a use, or return the limit it would break."""
        place = (use.owner, use.day)
        numbers = use.numbers if use.counts_customers else ()
        known = self._numbers.get(place, Counter[str]())
        before: dict[DailyRule, int] = {
            "calls_per_day": self._calls[place],
            "customers_per_day": len(known),
        }
        new = sum(number not in known for number in numbers)
        full = full_by(use, before, {"calls_per_day": use.calls, "customers_per_day": new})
        if keep and full is None:
            self._calls[place] += use.calls
            self._numbers.setdefault(place, known).update(numbers)
        return full

    async def give_back(self, use: DailyUse) -> None:
        """Take a use out of the count again."""
        place = (use.owner, use.day)
        self._calls[place] -= use.calls
        known = self._numbers.setdefault(place, Counter[str]())
        for number in use.numbers if use.counts_customers else ():
            known[number] -= 1
            if known[number] <= 0:
                del known[number]

    async def sweep(self, now: datetime, limit: int) -> int:
        """Delete what is over."""
        intents = [key for key, kept in self._intents.items() if kept.expires_at <= now][:limit]
        permits = [key for key, kept in self._permits.items() if kept.expires_at <= now][:limit]
        days = [place for place in self._numbers if (now.date() - place[1]).days > 1]
        for key in intents:
            del self._intents[key]
        for key in permits:
            del self._permits[key]
        for place in days:
            del self._numbers[place], self._calls[place]
        return max(len(intents), len(permits))

    def _holds(self, intent: Intent) -> bool:
        kept = self._intents.get(intent.id)
        return kept is not None and kept.holder == intent.holder
