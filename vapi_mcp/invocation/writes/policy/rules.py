"""All rules that a policy may have."""

from __future__ import annotations

from typing import Any

from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.invocation.writes.policy.allowed_assistants import AllowedAssistants
from vapi_mcp.invocation.writes.policy.allowed_phone_numbers import AllowedPhoneNumbers
from vapi_mcp.invocation.writes.policy.calling_hours import CallingHoursRule
from vapi_mcp.invocation.writes.policy.daily_limits import CallsPerDay, CustomersPerDay
from vapi_mcp.invocation.writes.policy.max_spend_per_day import MaxSpendPerDay
from vapi_mcp.invocation.writes.policy.prefixes import AllowedPrefixes, BlockedPrefixes
from vapi_mcp.invocation.writes.policy.rule import Rule
from vapi_mcp.invocation.writes.policy.tallies import (
    CallsPerDayPerAssistant,
    CallsPerDayPerNumber,
    CallsPerHourPerCustomer,
)
from vapi_mcp.invocation.writes.policy.unanswered_calls import UnansweredCallsInARow

# In this order they are checked, and stand in the documents of the admin API.
RULES: tuple[type[Rule[Any]], ...] = (
    AllowedPrefixes,
    BlockedPrefixes,
    CallingHoursRule,
    CallsPerDay,
    CustomersPerDay,
    CallsPerDayPerAssistant,
    CallsPerDayPerNumber,
    CallsPerHourPerCustomer,
    UnansweredCallsInARow,
    AllowedAssistants,
    AllowedPhoneNumbers,
    MaxSpendPerDay,
)


def rules_of(policy: Policy) -> list[Rule[Any]]:
    """Return the rules that a policy sets."""
    return [rule.read(policy.rules[rule.name]) for rule in RULES if rule.name in policy.rules]
