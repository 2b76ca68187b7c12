"""The policy of a server, applied to a write."""

from __future__ import annotations

from datetime import timedelta

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.errors import StoreError, ToolError, WriteHeld
from vapi_mcp.invocation.arguments.aside import aside
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.idempotency import OpenRecords, did_nothing
from vapi_mcp.invocation.writes.policy.calling_hours import expected
from vapi_mcp.invocation.writes.policy.refusals import broken
from vapi_mcp.invocation.writes.policy.rules import Audience, check_rules
from vapi_mcp.invocation.writes.prices import USUAL_LENGTH, Prices
from vapi_mcp.invocation.writes.recipients import Recipients, recipients_of
from vapi_mcp.invocation.writes.records import DailyRule, DailyUse, ExceededLimit
from vapi_mcp.invocation.writes.schedule import text_of
from vapi_mcp.invocation.writes.write import Send, Write


class PolicyEngine:
    """Keeps writes to the policy of their server.

    What counts by the day is counted in the ledger before anything is sent, so that processes
    together keep the limit, and given back where nothing was done.
    """

    def __init__(self, open_records: OpenRecords, prices: Prices, clock: Clock = utc_now) -> None:
        self._open = open_records
        self._prices = prices
        self._clock = clock

    async def check(self, write: Write) -> tuple[str, ...]:
        """Let a write pass that the policy allows now, and return notes; nothing is counted yet.

        Raises:
            WriteHeld: A rule does not allow it, or cannot be checked.
        """
        policy = write.grant.server.config.policy
        if policy is None:
            return ()
        usual = await self._usual(policy, write)
        recipients, use = await aside(write.body, self._judged, policy, write, usual)
        if use is not None:
            await self._count(policy, use, keep=False)
        if policy.max_spend_per_day is not None and "spending" in write.tool.spec.tags:
            await self._check_spending(policy, policy.max_spend_per_day, write)
        if recipients is None or not recipients.is_campaign or policy.calling_hours is None:
            return ()
        return (f"Expected length of the campaign: {expected(recipients, usual)}.",)

    async def counted(self, write: Write, send: Send) -> ToolResult:
        """Send a write once it is counted.

        Raises:
            ToolError: The day has no room for it, or it was not sent or answered.
        """
        policy = write.grant.server.config.policy
        if policy is None:
            return await send()
        usual = await self._usual(policy, write)
        _, use = await aside(write.body, self._judged, policy, write, usual)
        if use is None:
            return await send()
        await self._count(policy, use)
        try:
            return await send()
        except ToolError as error:
            if did_nothing(error):
                await self._give_back(use)
            raise

    async def _usual(self, policy: Policy, write: Write) -> timedelta:
        """Return the usual length of a call; it is asked for only where a rule needs it."""
        if policy.calling_hours is None:
            return USUAL_LENGTH
        recipients = await aside(write.body, recipients_of, write)
        if recipients is None or not recipients.lasts(USUAL_LENGTH):
            return USUAL_LENGTH
        return await self._prices.usual_length(write.grant.account)

    def _judged(
        self, policy: Policy, write: Write, usual: timedelta
    ) -> tuple[Recipients | None, DailyUse | None]:
        """Return the reach of a write that keeps the rules, and what it takes of a day's limits.

        Raises:
            WriteHeld: It breaks a rule.
        """
        audience = check_rules(policy, write, self._clock(), usual)
        if audience is None:
            return None, None
        return audience.recipients, self._use(policy, write, audience)

    def _use(self, policy: Policy, write: Write, audience: Audience) -> DailyUse | None:
        """Return what a write takes of a day's limits, None where it takes nothing.

        It counts on the day of the call: that may be a later one than today.
        """
        limits: dict[DailyRule, int] = {}
        if policy.calls_per_day is not None:
            limits["calls_per_day"] = policy.calls_per_day
        if policy.customers_per_day is not None:
            limits["customers_per_day"] = policy.customers_per_day
        if not limits:
            return None
        grant, now, recipients = write.grant, self._clock(), audience.recipients
        counted = audience.people if policy.customers_per_day is not None else ()
        return DailyUse(
            owner=f"{grant.account.id}/{grant.server.id}",
            day=policy.day_of(max(recipients.starts_at or now, now)),
            calls=recipients.calls,
            numbers=frozenset(each.e164 for each in counted),
            limits=limits,
        )

    async def _count(self, policy: Policy, use: DailyUse, *, keep: bool = True) -> None:
        try:
            full = await (await self._open()).take(use, keep=keep)
        except StoreError as error:
            raise WriteHeld(
                "The limits of the day cannot be looked up, so nothing was sent (reference "
                f"{error.reference}). Try again in a moment.",
                status=503,
            ) from error
        if full is not None:
            raise self._over(policy, use, full)

    def _over(self, policy: Policy, use: DailyUse, full: ExceededLimit) -> WriteHeld:
        most = use.limits[full.rule]
        day = "today" if use.day == policy.day_of(self._clock()) else f"on {use.day}"
        takes = f"{use.calls} more" if full.rule == "calls_per_day" else "more people"
        reset = text_of(policy.beginning_of(use.day + timedelta(days=1)))
        why = f"{full.used} of {most} used {day}, resets at {reset}"
        if full.used < most:
            why += f"; this one would take {takes}"
        return broken(full.rule, most, why, "Reach fewer people, or wait until then.")

    async def _give_back(self, use: DailyUse) -> None:
        try:
            await (await self._open()).give_back(use)
        except StoreError:
            return  # logged; the day has a little less room

    async def _check_spending(self, policy: Policy, most: float, write: Write) -> None:
        today = policy.day_of(self._clock())
        spent = await self._prices.spent_since(write.grant.account, policy.beginning_of(today))
        if spent is None:
            raise broken(
                "max_spend_per_day",
                f"${most:g}",
                "Vapi does not say what was spent today",
                "Try again in a moment.",
            )
        if spent >= most:
            reset = text_of(policy.beginning_of(today + timedelta(days=1)))
            raise broken(
                "max_spend_per_day",
                f"${most:g}",
                f"${spent:.2f} were spent today, resets at {reset}",
                "Wait until then.",
            )
