"""The records of writes in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from vapi_mcp.invocation.writes.records import (
    DAILY_TALLIES,
    Claim,
    CountedUse,
    DailyRule,
    DailyUse,
    ExceededLimit,
    Intent,
    MissingPermit,
    Obstacle,
    Permit,
    Tally,
    full_by,
    full_tally,
)


class MemoryWriteRecords:
    """Records for one process and its lifetime."""

    def __init__(self) -> None:
        super().__init__()
        self._intents: dict[str, Intent] = {}
        self._permits: dict[str, Permit] = {}
        self._calls = Counter[tuple[str, date]]()
        self._numbers: dict[tuple[str, date], Counter[str]] = {}
        self._tallies = Counter[tuple[date, str, str, str]]()

    async def claim(self, claim: Claim) -> Obstacle | None:
        """Keep a claim, or return the first thing that stands in its way, and keep nothing."""
        if (obstacle := self._obstacle(claim)) is not None:
            return obstacle
        if claim.intent is not None:
            self._intents[claim.intent.id] = claim.intent
        if claim.permit is not None:
            del self._permits[claim.permit.id]
        if (use := claim.use) is not None:
            self._calls[use.owner, use.day] += use.calls
            self._known(use).update(_numbers(use))
            self._tally(use, 1)
        return None

    async def release(self, claim: Claim) -> None:
        """Free the key of a claim and give its use back."""
        if claim.intent is not None and self._holds(claim.intent):
            del self._intents[claim.intent.id]
        if (use := claim.use) is not None:
            self._calls[use.owner, use.day] -= use.calls
            known = self._known(use)
            known.subtract(_numbers(use))
            self._numbers[use.owner, use.day] = +known
            self._tally(use, -1)

    async def find_intent(self, intent_id: str) -> Intent | None:
        """Return an intent, if it is there."""
        return self._intents.get(intent_id)

    async def answer(self, intent: Intent, answer: str) -> None:
        """Keep the answer to an intent."""
        if self._holds(intent):
            self._intents[intent.id] = replace(intent, outcome="answered", answer=answer)

    async def lose(self, intent: Intent) -> None:
        """Note that the outcome of an intent without an answer is unknown."""
        if self._holds(intent) and self._intents[intent.id].outcome == "pending":
            self._intents[intent.id] = replace(intent, outcome="unknown")

    async def add_permit(self, permit: Permit) -> None:
        """Keep a permit."""
        self._permits[permit.id] = permit

    async def find_exceeded(self, use: DailyUse) -> ExceededLimit | None:
        """Return the limit that a use would break; nothing is counted."""
        return self._exceeded(use)

    async def read_uses(self, owner: str, day: date, limit: int) -> Sequence[CountedUse]:
        """Return what is used of a day, the most used first."""
        known = self._numbers.get((owner, day), Counter[str]())
        uses = [
            CountedUse("calls_per_day", self._calls[owner, day]),
            CountedUse("customers_per_day", len(known)),
        ]
        for rule in DAILY_TALLIES:
            found = [
                CountedUse(rule, used, of)
                for (on, place, kept, of), used in self._tallies.items()
                if (on, place, kept) == (day, owner, rule) and used
            ]
            uses += sorted(found, key=lambda each: -each.used)[:limit]
        return [each for each in uses if each.used]

    def _exceeded(self, use: DailyUse) -> ExceededLimit | None:
        known = self._known(use)
        before: dict[DailyRule, int] = {
            "calls_per_day": self._calls[use.owner, use.day],
            "customers_per_day": len(known),
        }
        new = sum(number not in known for number in _numbers(use))
        added: dict[DailyRule, int] = {"calls_per_day": use.calls, "customers_per_day": new}
        return full_by(use, before, added) or full_tally(use, self._tallied(use))

    async def sweep(self, now: datetime, limit: int) -> int:
        """Delete expired records."""
        intents = [key for key, kept in self._intents.items() if kept.expires_at <= now][:limit]
        permits = [key for key, kept in self._permits.items() if kept.expires_at <= now][:limit]
        days = [place for place in self._numbers if (now.date() - place[1]).days > 1]
        for key in intents:
            del self._intents[key]
        for key in permits:
            del self._permits[key]
        for place in days:
            del self._numbers[place], self._calls[place]
        for key in [key for key in self._tallies if (now.date() - key[0]).days > 1]:
            del self._tallies[key]
        return max(len(intents), len(permits))

    def _obstacle(self, claim: Claim) -> Obstacle | None:
        if claim.intent is not None:
            kept = self._intents.get(claim.intent.id)
            if kept is not None and kept.expires_at > claim.intent.created_at:
                return kept
        if claim.permit is not None and not self._is_live(claim.permit, claim.now):
            return MissingPermit(claim.permit.way)
        return self._exceeded(claim.use) if claim.use else None

    def _is_live(self, permit: Permit, now: datetime) -> bool:
        kept = self._permits.get(permit.id)
        if kept is None or kept.expires_at <= now:
            return False
        return replace(permit, expires_at=kept.expires_at) == kept

    def _tally(self, use: DailyUse, sign: int) -> None:
        for each in use.tallies:
            place = use.step if each.is_hourly else use.owner
            self._tallies[use.day, place, each.rule, each.of] += sign * each.calls

    def _tallied(self, use: DailyUse) -> dict[Tally, int]:
        hour = _hour(use)
        return {
            each: sum(
                self._tallies[*place, each.rule, each.of]
                for place in (hour if each.is_hourly else [(use.day, use.owner)])
            )
            for each in use.tallies
        }

    def _known(self, use: DailyUse) -> Counter[str]:
        return self._numbers.setdefault((use.owner, use.day), Counter[str]())

    def _holds(self, intent: Intent) -> bool:
        kept = self._intents.get(intent.id)
        return kept is not None and kept.holder == intent.holder


def _numbers(use: DailyUse) -> Collection[str]:
    return use.numbers if use.counts_customers else ()


def _hour(use: DailyUse) -> list[tuple[date, str]]:
    if not use.hourly:
        return []
    days = [use.day + timedelta(days=n) for n in (-1, 0, 1)]
    return [(day, step) for day in days for step in use.steps]
