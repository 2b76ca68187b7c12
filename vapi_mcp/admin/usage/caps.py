"""The caps of a server's policy, and what is used of them today."""

from __future__ import annotations

from collections.abc import Sequence

from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.admin.usage.records import CapUse
from vapi_mcp.invocation.writes.records import CountedUse

_WHOLE = ("calls_per_day", "customers_per_day")
_OF_EACH = ("calls_per_day_per_assistant", "calls_per_day_per_number")
_SPEND = "max_spend_per_day"


def caps_of(policy: Policy, uses: Sequence[CountedUse], spent: float | None) -> tuple[CapUse, ...]:
    """Return the caps that a policy sets. spent: by the account today, where it is known."""
    rules = policy.rules
    counted = {use.rule: use.used for use in uses if not use.of}
    whole = [CapUse(r, None, rules[r], counted.get(r, 0)) for r in _WHOLE if r in rules]
    each = [cap for r in _OF_EACH if r in rules for cap in _of_each(r, rules[r], uses)]
    spend = [CapUse(_SPEND, None, rules[_SPEND], spent)] if _SPEND in rules else []
    return (*whole, *each, *spend)


def _of_each(rule: str, most: int, uses: Sequence[CountedUse]) -> list[CapUse]:
    found = [CapUse(rule, use.of or None, most, use.used) for use in uses if use.rule == rule]
    return found or [CapUse(rule, None, most, 0)]
