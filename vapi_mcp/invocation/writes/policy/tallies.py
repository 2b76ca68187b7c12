"""The rules of one assistant, one phone number and one customer.

The records count them in the claim of each write, as they count the limits of a day.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, cast

from pydantic import Field

from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.errors import WriteHeld
from vapi_mcp.invocation.arguments.aside import aside
from vapi_mcp.invocation.writes.policy.bodies import Object, dialling_parts, speaking_parts
from vapi_mcp.invocation.writes.policy.daily_limits import CountedRule, used_on_day
from vapi_mcp.invocation.writes.policy.phone_number import PhoneNumber
from vapi_mcp.invocation.writes.policy.rule import Case
from vapi_mcp.invocation.writes.recipients import Recipients, customers_in
from vapi_mcp.invocation.writes.records import DailyUse, ExceededLimit, Tally, TallyRule
from vapi_mcp.invocation.writes.schedule import text_of

# Calls without a saved speaker or number are counted together.
_UNSAVED = ""
_SPEAKERS = ("assistant", "squad", "workflow")
# After it the hour around a call is over: it is counted in steps of five minutes.
_HOUR = timedelta(minutes=65)


@dataclass(frozen=True)
class TallyLimit(CountedRule):
    """The most calls of each one of something; key: its name in the records."""

    key: ClassVar[TallyRule]

    async def tallies(self, case: Case) -> tuple[Tally, ...]:
        """Return what a write takes of each counter."""
        reached = case.recipients
        counts = await self._counts(case, reached) if reached else {}
        return tuple(Tally(self.key, of, calls, self.value) for of, calls in counts.items())

    def exceeded(
        self, use: DailyUse, limit: ExceededLimit, policy: Policy, now: datetime
    ) -> WriteHeld:
        """Return the refusal of a use that a counter has no room for."""
        why, remedy = self._words(use, limit, policy, now)
        if limit.used < self.value:
            why += f"; this one would take {_taken(use, limit)} more"
        return self.refusal(why, remedy)

    @abstractmethod
    async def _counts(self, case: Case, reached: Recipients) -> Mapping[str, int]: ...

    @abstractmethod
    def _words(
        self, use: DailyUse, limit: ExceededLimit, policy: Policy, now: datetime
    ) -> tuple[str, str]:
        """Return why a use is refused, and what would pass."""


@dataclass(frozen=True)
class CallsPerDayPerAssistant(TallyLimit):
    """The most calls and texts in which one saved assistant or squad speaks."""

    name = "calls_per_day_per_assistant"
    description = "The most calls and text messages of each assistant or squad in a day."
    field = Annotated[int, Field(ge=0, le=1_000_000)]
    key = "calls_per_day_per_assistant"

    async def _counts(self, case: Case, reached: Recipients) -> Mapping[str, int]:
        if case.running_call is not None:  # it counts already
            return {}
        return dict.fromkeys(_speakers(case.write.body), reached.calls)

    def _words(
        self, use: DailyUse, limit: ExceededLimit, policy: Policy, now: datetime
    ) -> tuple[str, str]:
        who = f"the assistant {limit.of[:60]}" if limit.of else "assistants without an id"
        why = f"{who}: {used_on_day(use, limit.used, self.value, policy, now)}"
        return why, "Reach fewer people with it, or wait until then."


@dataclass(frozen=True)
class CallsPerDayPerNumber(TallyLimit):
    """The most calls and texts from one phone number of the account."""

    name = "calls_per_day_per_number"
    description = "The most calls and text messages from each phone number of the account in a day."
    field = Annotated[int, Field(ge=0, le=1_000_000)]
    key = "calls_per_day_per_number"

    async def _counts(self, case: Case, reached: Recipients) -> Mapping[str, int]:
        if case.running_call is not None:  # it counts already
            return {}
        return _lines(case.write.body, reached.calls)

    def _words(
        self, use: DailyUse, limit: ExceededLimit, policy: Policy, now: datetime
    ) -> tuple[str, str]:
        who = f"the phone number {limit.of[:60]}" if limit.of else "numbers without an id"
        why = f"{who}: {used_on_day(use, limit.used, self.value, policy, now)}"
        return why, "Call fewer people from it, or wait until then."


@dataclass(frozen=True)
class CallsPerHourPerCustomer(TallyLimit):
    """The most calls and texts to one person within an hour: it stops loops."""

    name = "calls_per_hour_per_customer"
    description = "The most calls and text messages to the same person within an hour."
    field = Annotated[int, Field(ge=1, le=1_000)]
    key = "calls_per_hour_per_customer"

    async def _counts(self, case: Case, reached: Recipients) -> Mapping[str, int]:
        del reached
        people = await case.people(self)
        if case.running_call is not None:
            return {each.e164: 1 for each in people}
        return await aside(case.write.body, _times, people, case.write.body)

    def _words(
        self, use: DailyUse, limit: ExceededLimit, policy: Policy, now: datetime
    ) -> tuple[str, str]:
        del policy, now
        moment = cast("datetime", use.moment)  # there is one where hours count
        why = f"{limit.of} has {limit.used} of {self.value} within an hour of this call"
        later = text_of(moment + _HOUR)
        return why, f"Do not repeat it: ask the user, or call this person after {later}."


def _taken(use: DailyUse, limit: ExceededLimit) -> int:
    same = (each for each in use.tallies if (each.rule, each.of) == (limit.rule, limit.of))
    return sum(each.calls for each in same)


def _speakers(body: Object) -> set[str]:
    parts = speaking_parts(body)
    named = {str(part[f"{n}Id"]).lower() for n in _SPEAKERS for part in parts if part.get(f"{n}Id")}
    brought = any(part.get(name) for name in _SPEAKERS for part in parts)
    return named | ({_UNSAVED} if brought or not named else set())


def _lines(body: Object, calls: int) -> Mapping[str, int]:
    """Return how many calls each number makes: those of its own people, and the body's the rest."""
    whole, *parts = dialling_parts(body)
    counts = Counter[str]()
    for part in parts:
        counts[_line(part, whole)] += sum(1 for _ in customers_in(part))
    counts[_line(whole, *parts)] += calls - counts.total()
    return +counts


def _line(*parts: Object) -> str:
    """Return the number that dials for the first of some parts."""
    for part in parts:
        if part.get("phoneNumberId"):
            return str(part["phoneNumberId"]).lower()
        if part.get("phoneNumber"):
            break
    return _UNSAVED


def _times(people: list[PhoneNumber], body: Object) -> Mapping[str, int]:
    number_of = {each.given: each.e164 for each in people}
    given = (str(each.get("number")) for each in customers_in(body))
    return Counter(number_of[each] for each in given if each in number_of)
