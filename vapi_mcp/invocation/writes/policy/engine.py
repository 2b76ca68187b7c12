"""The policy of a server, applied to a write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from vapi_mcp.accounts.clock import Clock
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.errors import StoreError, WriteHeld
from vapi_mcp.invocation.writes.policy.daily_limits import DailyLimit
from vapi_mcp.invocation.writes.policy.rule import Case, Rule
from vapi_mcp.invocation.writes.policy.rules import rules_of
from vapi_mcp.invocation.writes.prices import Prices
from vapi_mcp.invocation.writes.records import DailyRule, DailyUse, ExceededLimit, OpenRecords
from vapi_mcp.invocation.writes.write import Write


@dataclass(frozen=True, slots=True)
class Ruling:
    """The judgement on a write that keeps all rules; use: what it takes of the day's limits."""

    policy: Policy
    rules: Sequence[Rule[Any]] = ()
    notes: tuple[str, ...] = ()
    use: DailyUse | None = None

    def refusal(self, exceeded: ExceededLimit, now: datetime) -> WriteHeld:
        """Return the refusal for a limit of the day that has no room for the use."""
        use = cast("DailyUse", self.use)  # only what there is breaks a limit
        return _daily(self.rules)[exceeded.rule].exceeded(use, exceeded.used, self.policy, now)


class PolicyEngine:
    """Judges writes by the policy of their server."""

    def __init__(self, open_records: OpenRecords, prices: Prices, clock: Clock) -> None:
        self._open = open_records
        self._prices = prices
        self._clock = clock

    async def judge(self, write: Write) -> Ruling:
        """Return the ruling on a write that keeps every rule; nothing is counted yet.

        Raises:
            WriteHeld: A rule does not allow it, or cannot be checked.
        """
        policy = write.grant.server.config.policy
        if policy is None:
            return Ruling(Policy())
        rules = rules_of(policy)
        case = Case(write, policy, self._clock(), self._prices)
        for rule in rules:
            await rule.check(case)
        return Ruling(policy, rules, tuple(case.notes), await _use(rules, case))

    async def check_day(self, ruling: Ruling) -> None:
        """Let a write pass that the day has room for, before it is shown or agreed to.

        Raises:
            WriteHeld: It has none, or the records cannot be reached.
        """
        if ruling.use is None:
            return
        try:
            exceeded = await (await self._open()).find_exceeded(ruling.use)
        except StoreError as error:
            raise WriteHeld(
                "The limits of the day cannot be looked up, so nothing was sent (reference "
                f"{error.reference}). Try again in a moment.",
                status=503,
            ) from error
        if exceeded is not None:
            raise ruling.refusal(exceeded, self._clock())


def _daily(rules: Sequence[Rule[Any]]) -> dict[DailyRule, DailyLimit]:
    return {rule.key: rule for rule in rules if isinstance(rule, DailyLimit)}


async def _use(rules: Sequence[Rule[Any]], case: Case) -> DailyUse | None:
    """Return what a write takes of a day's limits.

    It counts on the day of the call: that may be a later one than today.
    """
    limits = _daily(rules)
    reached = case.recipients
    if not limits or reached is None:
        return None
    counted = limits.get("customers_per_day")
    people = await case.people(counted) if counted else ()
    grant, starts_at = case.write.grant, reached.starts_at or case.now
    return DailyUse(
        owner=f"{grant.account.id}/{grant.server.id}",
        day=case.policy.day_of(max(starts_at, case.now)),
        calls=reached.calls,
        numbers=frozenset(each.e164 for each in people),
        limits={rule.key: rule.value for rule in limits.values()},
    )
