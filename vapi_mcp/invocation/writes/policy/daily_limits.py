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
from vapi_mcp.invocation.writes.records import DailyRule, DailyUse
from vapi_mcp.invocation.writes.schedule import text_of


@dataclass(frozen=True)
class DailyLimit(Rule[int]):
    """The most of something on one day; key: its name in the records."""

    field = Annotated[int, Field(ge=0, le=1_000_000)]
    key: ClassVar[DailyRule]

    async def check(self, case: Case) -> None:
        """Let a write pass whose recipients can be counted."""
        await case.people(self)

    @abstractmethod
    def takes(self, use: DailyUse) -> str:
        """Return what a use takes of the limit, in words."""

    def exceeded(self, use: DailyUse, used: int, policy: Policy, now: datetime) -> WriteHeld:
        """Return the refusal of a use that the day has no room for."""
        day = "today" if use.day == policy.day_of(now) else f"on {use.day}"
        reset = text_of(policy.beginning_of(use.day + timedelta(days=1)))
        why = f"{used} of {self.value} used {day}, resets at {reset}"
        if used < self.value:
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
