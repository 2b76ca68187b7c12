"""The policy of a server, applied to a write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from vapi_mcp.accounts.clock import Clock
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.errors import StoreError, WriteHeld
from vapi_mcp.invocation.writes.policy.daily_limits import CountedRule, DailyLimit
from vapi_mcp.invocation.writes.policy.rule import Case, Rule
from vapi_mcp.invocation.writes.policy.rules import rules_of
from vapi_mcp.invocation.writes.policy.tallies import TallyLimit
from vapi_mcp.invocation.writes.prices import Prices
from vapi_mcp.invocation.writes.records import (
    DailyRule,
    DailyUse,
    ExceededLimit,
    OpenRecords,
    TallyRule,
)
from vapi_mcp.invocation.writes.write import Write


@dataclass(frozen=True, slots=True)
class Ruling:
    """The judgement on a write that keeps all rules; use: what it takes of the day's limits.

    closes: when the calling hours of its recipients end, where there are any.
    """

    policy: Policy
    rules: Sequence[Rule[Any]] = ()
    use: DailyUse | None = None
    closes: datetime | None = None

    def refusal(self, exceeded: ExceededLimit, now: datetime) -> WriteHeld:
        """Return the refusal for a limit of the day that has no room for the use."""
        use = cast("DailyUse", self.use)  # only what there is breaks a limit
        return _counted(self.rules)[exceeded.rule].exceeded(use, exceeded, self.policy, now)


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
        return Ruling(policy, rules, await _use(rules, case), case.closes)

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


def _counted(rules: Sequence[Rule[Any]]) -> dict[DailyRule | TallyRule, CountedRule]:
    return {rule.key: rule for rule in rules if isinstance(rule, CountedRule)}


async def _use(rules: Sequence[Rule[Any]], case: Case) -> DailyUse | None:
    """Return what a write takes of the limits that the records count.

    It counts on the day and in the hour of the call: that may be later than now.
    """
    limits = {rule.key: rule for rule in rules if isinstance(rule, DailyLimit)}
    per_each = [rule for rule in rules if isinstance(rule, TallyLimit)]
    reached = case.recipients
    if reached is None or not (limits or per_each):
        return None
    counted = limits.get("customers_per_day")
    people = await case.people(counted) if counted else ()
    tallies = [tally for rule in per_each for tally in await rule.tallies(case)]
    grant, moment = case.write.grant, max(reached.starts_at or case.now, case.now)
    return DailyUse(
        owner=f"{grant.account.id}/{grant.server.id}",
        day=case.policy.day_of(moment),
        calls=reached.calls,
        numbers=frozenset(each.e164 for each in people),
        limits={rule.key: rule.value for rule in limits.values()},
        tallies=tuple(tallies),
        moment=moment if any(each.is_hourly for each in tallies) else None,
    )
