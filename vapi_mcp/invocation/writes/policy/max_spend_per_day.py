"""The rule of spending: nothing is bought once the account has spent so much in a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from vapi_mcp.invocation.writes.policy.rule import Case, Rule
from vapi_mcp.invocation.writes.schedule import text_of


@dataclass(frozen=True)
class MaxSpendPerDay(Rule[float]):
    """No spending once Vapi reports so many US dollars for the account today."""

    name = "max_spend_per_day"
    description = "No more spending after Vapi reports this many US dollars for the account today."
    field = Annotated[float, Field(ge=0, allow_inf_nan=False)]

    @property
    def shown(self) -> str:
        """The value in dollars, with cents only where there are any."""
        return f"${self.value:,.2f}".removesuffix(".00")

    async def check(self, case: Case) -> None:
        """Let a write pass that spends nothing, or while less was spent."""
        if "spending" not in case.write.tool.spec.tags:
            return
        spent = await case.spent_today()
        if spent is None:
            raise self.refusal("Vapi does not say what was spent today", "Try again in a moment.")
        if spent >= self.value:
            tomorrow = case.policy.day_of(case.now) + timedelta(days=1)
            reset = text_of(case.policy.beginning_of(tomorrow))
            raise self.refusal(
                f"${spent:.2f} were spent today, resets at {reset}", "Wait until then."
            )
