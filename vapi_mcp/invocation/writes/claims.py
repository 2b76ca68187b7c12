"""The claim that a write makes before it is sent: its key, its consent, its share of a day."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from vapi_mcp.errors import StoreError, WriteHeld
from vapi_mcp.invocation.explaining import explained
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.idempotency import NO_ANSWER, packed
from vapi_mcp.invocation.writes.records import Claim, Obstacle, OpenRecords

_NOT_KEPT = (
    "This was done, but its answer could not be kept: do not repeat it, the same key will say "
    "that the outcome is unknown."
)


class Claims:
    """Keeps claims in the records of writes; a write without one needs no records."""

    def __init__(self, open_records: OpenRecords) -> None:
        self._open = open_records

    async def make(self, claim: Claim) -> Obstacle | None:
        """Keep a claim; or return what stands in its way.

        Raises:
            WriteHeld: The records cannot be reached, so nothing may be sent.
        """
        if claim.is_empty:
            return None
        try:
            return await (await self._open()).claim(claim)
        except StoreError as error:
            raise _unreachable(claim, error) from error

    async def complete(self, claim: Claim, result: ToolResult) -> ToolResult:
        """Keep the answer of a write under its key, and return it."""
        if claim.intent is None:
            return result
        kept = explained("a kept answer", lambda: packed(result), NO_ANSWER)
        try:
            await (await self._open()).answer(claim.intent, kept)
        except StoreError:
            return replace(result, notes=(*result.notes, _NOT_KEPT))
        return result

    async def release(self, claim: Claim) -> None:
        """Free what a claim holds: nothing was done."""
        if claim.intent is None and claim.use is None:
            return
        with suppress(StoreError):  # logged; the key stays taken, and the day has less room
            await (await self._open()).release(claim)

    async def lose(self, claim: Claim) -> None:
        """Note that the write of a claim may have been done."""
        if claim.intent is None:
            return
        with suppress(StoreError):  # logged; the intent stays, and with it the caution
            await (await self._open()).lose(claim.intent)


def _unreachable(claim: Claim, error: StoreError) -> WriteHeld:
    """Return the refusal where the records are away, for the first thing they are needed for."""
    if claim.intent is not None:
        what, again = "The idempotency_key could not be saved", " with the same key"
    elif claim.use is not None:
        what, again = "The limits of the day cannot be looked up", ""
    else:
        what, again = "The consent of the user cannot be looked up now", ""
    return WriteHeld(
        f"{what}, so nothing was sent (reference {error.reference}). Try again in a moment{again}.",
        status=503,
    )
