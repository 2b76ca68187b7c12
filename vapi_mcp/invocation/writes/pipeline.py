"""The order of a write: replay, checks, policy, consent, sending."""

from __future__ import annotations

from functools import partial

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.errors import WriteHeld
from vapi_mcp.invocation.arguments.aside import aside
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.trace import current_trace
from vapi_mcp.invocation.writes.confirmation import Confirmation
from vapi_mcp.invocation.writes.dry_run import dry_result
from vapi_mcp.invocation.writes.idempotency import Idempotency, OpenRecords
from vapi_mcp.invocation.writes.lookups import Lookups
from vapi_mcp.invocation.writes.policy.engine import PolicyEngine
from vapi_mcp.invocation.writes.preview import Previews
from vapi_mcp.invocation.writes.prices import Prices
from vapi_mcp.invocation.writes.records import WriteRecords
from vapi_mcp.invocation.writes.requirements import check_requirements
from vapi_mcp.invocation.writes.schedule_check import check_schedule
from vapi_mcp.invocation.writes.write import Send, Write
from vapi_mcp.registry.registry import Registry


class WritePipeline:
    """What stands between a checked write and Vapi."""

    def __init__(
        self,
        registry: Registry,
        open_records: OpenRecords,
        upstream: Upstream | None = None,
        clock: Clock = utc_now,
    ) -> None:
        """Make a gate; without an upstream no prices are known."""
        prices = Prices(upstream)
        self._clock = clock
        self._idempotency = Idempotency(open_records, registry, clock)
        self._policy = PolicyEngine(open_records, prices, clock)
        self._consent = Confirmation(
            open_records, Previews(prices, Lookups(upstream, registry)), clock
        )

    async def earlier(self, write: Write) -> ToolResult | None:
        """Return the first answer to a repeat under a known idempotency key, None for all else.

        It comes before anything else is asked: what was done is done, whatever is true by now.

        Raises:
            ToolError: The key stands for something else, or for what nobody knows the outcome of.
        """
        return None if write.said("dry_run") else await self._idempotency.earlier(write)

    async def run(self, write: Write, send: Send) -> ToolResult:
        """Send a write by `send`, show what it would be, or say what is in its way.

        Raises:
            ToolError: It was not sent, or not answered.
            RetryWanted: Its client is to ask the user first.
        """
        check_schedule(write, self._clock())
        notes = await self._policy.check(write)
        await aside(write.body, check_requirements, write)
        if write.said("dry_run"):
            current_trace().outcome = "dry_run"
            return dry_result(write, notes)
        if (preview := await self._consent.settle(write)) is not None:
            current_trace().outcome = "asked"
            return preview
        return await self._idempotency.run(write, partial(self._policy.counted, write, send))


async def no_records() -> WriteRecords:
    """Refuse what needs one: nothing here would be remembered.

    Raises:
        WriteHeld: Always.
    """
    raise WriteHeld(
        "Nothing can be kept here, so an idempotency_key, a daily limit or a confirmation would "
        "mean nothing; nothing was sent. Use vapi-mcp stdio or serve for that.",
        status=503,
    )
