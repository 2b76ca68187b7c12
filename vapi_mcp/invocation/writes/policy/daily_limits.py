"""The rules of daily limits.

The records count them in the claim of each write, so that processes together keep a limit.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.errors import WriteHeld
from vapi_mcp.invocation.writes.policy.rule import Case, Rule
from vapi_mcp.invocation.writes.records import DailyRule, DailyUse, ExceededLimit, TallyRule
from vapi_mcp.invocation.writes.schedule import text_of


@dataclass(frozen=True)
class CountedRule(Rule[int]):
    """The most of something that the records count; key: its name there."""

    key: ClassVar[DailyRule | TallyRule]

    async def check(self, case: Case) -> None:
        """Let a write pass whose recipients can be counted."""
        await case.people(self)

    @abstractmethod
    def exceeded(
        self, use: DailyUse, limit: ExceededLimit, policy: Policy, now: datetime
    ) -> WriteHeld:
        """Return the refusal of a use that there is no room for."""


@dataclass(frozen=True)
class DailyLimit(CountedRule):
    """The most of something on one day."""

    field = Annotated[int, Field(ge=0, le=1_000_000)]
    key: ClassVar[DailyRule]

    @abstractmethod
    def takes(self, use: DailyUse) -> str:
        """Return what a use takes of the limit, in words."""

    def exceeded(
        self, use: DailyUse, limit: ExceededLimit, policy: Policy, now: datetime
    ) -> WriteHeld:
        """Return the refusal of a use that the day has no room for."""
        why = used_on_day(use, limit.used, self.value, policy, now)
        if limit.used < self.value:
            why += f"; this one would take {self.takes(use)}"
        return self.refusal(why, "Reach fewer people, or wait until then.")


@dataclass(frozen=True)
class CallsPerDay(DailyLimit):
    """The most calls and texts."""

    name = "calls_per_day"
    description = "The most calls and text messages in a day."
    key = "calls_per_day"

    def takes(self, use: DailyUse) -> str:
        """Return the calls of a use."""
        return f"{use.calls} more"


@dataclass(frozen=True)
class CustomersPerDay(DailyLimit):
    """The most different people called or texted."""

    name = "customers_per_day"
    description = "The most different people called or texted in a day."
    key = "customers_per_day"

    def takes(self, use: DailyUse) -> str:
        """Return the people of a use; how many of them are new, the records know."""
        del use
        return "more people"


def used_on_day(use: DailyUse, used: int, most: int, policy: Policy, now: datetime) -> str:
    """Return in words what is used of a day's limit, and when it resets."""
    day = "today" if use.day == policy.day_of(now) else f"on {use.day}"
    reset = text_of(policy.beginning_of(use.day + timedelta(days=1)))
    return f"{used} of {most} used {day}, resets at {reset}"
