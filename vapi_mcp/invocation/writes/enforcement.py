from __future__ import annotations

from datetime import UTC, datetime, time

from vapi_mcp.access.clock import utc_now
from vapi_mcp.access.ledger import DailyRule, Use
from vapi_mcp.access.policy import Policy
from vapi_mcp.access.ports import Clock
from vapi_mcp.errors import StoreError, ToolError, WriteHeld
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.once import OpenLedger, did_nothing
from vapi_mcp.invocation.writes.prices import Prices
from vapi_mcp.invocation.writes.rules import broken, check_rules
from vapi_mcp.invocation.writes.write import Send, Write


class Enforcement:
    """Keeps writes to the policy of their server.

    What counts by the day is counted in the ledger before anything is sent, so that processes
    together keep the limit, and given back where nothing was done.
    """

    def __init__(self, open_ledger: OpenLedger, prices: Prices, clock: Clock = utc_now) -> None:
        self._open = open_ledger
        self._prices = prices
        self._clock = clock

    async def check(self, write: Write) -> None:
        """Let a write pass that the policy allows now; nothing is counted yet.

        Raises:
            WriteHeld: A rule does not allow it, or cannot be checked.
        """
        policy = write.grant.server.config.policy
        if policy is None:
            return
        use = self._use(policy, write)
        if use is not None:
            await self._count(policy, use, keep=False)
        if policy.max_spend_per_day is not None and "spending" in write.tool.spec.tags:
            await self._check_spending(policy.max_spend_per_day, write)

    async def counted(self, write: Write, send: Send) -> ToolResult:
        """Send a write once it is counted.

        Raises:
            ToolError: The day has no room for it, or it was not sent or answered.
        """
        policy = write.grant.server.config.policy
        use = self._use(policy, write) if policy else None
        if policy is None or use is None:
            return await send()
        await self._count(policy, use)
        try:
            return await send()
        except ToolError as error:
            if did_nothing(error):
                await self._give_back(use)
            raise

    def _use(self, policy: Policy, write: Write) -> Use | None:
        """Return what a write takes of today's limits, None where it takes nothing."""
        reach = check_rules(policy, write, self._clock())
        limits: dict[DailyRule, int] = {}
        if policy.calls_per_day is not None:
            limits["calls_per_day"] = policy.calls_per_day
        if policy.customers_per_day is not None:
            limits["customers_per_day"] = policy.customers_per_day
        if reach is None or not limits:
            return None
        grant = write.grant
        return Use(
            owner=f"{grant.account.id}/{grant.server.id}",
            day=self._clock().astimezone(UTC).date(),
            calls=reach.calls,
            numbers=frozenset(reach.numbers),
            limits=limits,
        )

    async def _count(self, policy: Policy, use: Use, *, keep: bool = True) -> None:
        try:
            rule = await (await self._open()).take(use, keep=keep)
        except StoreError as error:
            raise WriteHeld(
                "The limits of the day cannot be looked up, so nothing was sent (reference "
                f"{error.reference}). Try again in a moment.",
                status=503,
            ) from error
        if rule is not None:
            value = getattr(policy, rule)
            what = "calls" if rule == "calls_per_day" else "different people"
            why = f"with the {use.calls} of this one, today would have more {what}"
            raise broken(rule, value, why, "Take fewer, or wait for the next day (UTC).")

    async def _give_back(self, use: Use) -> None:
        try:
            await (await self._open()).give_back(use)
        except StoreError:
            return  # logged; the day has a little less room

    async def _check_spending(self, most: float, write: Write) -> None:
        midnight = datetime.combine(self._clock().astimezone(UTC).date(), time(), UTC)
        spent = await self._prices.spent_since(write.grant.account, midnight)
        if spent is None:
            raise broken(
                "max_spend_per_day",
                f"${most:g}",
                "Vapi does not say what was spent today",
                "Try again in a moment.",
            )
        if spent >= most:
            raise broken(
                "max_spend_per_day",
                f"${most:g}",
                f"${spent:.2f} were spent today",
                "Wait for the next day (UTC).",
            )
