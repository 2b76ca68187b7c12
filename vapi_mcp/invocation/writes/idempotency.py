"""Idempotency keys: a write under a key is sent once in 24 hours, whatever breaks in between."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import orjson

from vapi_mcp.accounts.clock import Clock
from vapi_mcp.errors import StoreError, WriteHeld
from vapi_mcp.invocation.answers.untrusted_text import recalled
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.arguments.notes import by_weight
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.request import deadline_of
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.records import Intent, OpenRecords
from vapi_mcp.invocation.writes.write import digest, fingerprint
from vapi_mcp.rfc3339 import write_moment

_REMEMBERED = timedelta(hours=24)
# How long after its deadline an attempt may still be writing down its answer.
_GRACE = timedelta(seconds=5)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5
_MOST_KEPT = 256 * 1024
NO_ANSWER = "{}"


class Idempotency:
    """Finds what earlier calls under the same `idempotency_key` came to.

    An intent is committed before anything is sent, and its answer after: an intent without an
    answer, and without an attempt that is still at work, may have been done.
    """

    def __init__(self, open_records: OpenRecords, clock: Clock) -> None:
        self._open = open_records
        self._clock = clock

    def intent_of(self, call: Call, given: Checked) -> Intent | None:
        """Return the intent of a call with a key; a dry run needs none."""
        named = given.control.get("idempotency_key")
        if named is None or given.control.get("dry_run"):
            return None
        account, tool, now = call.account.id, call.tool.name, self._clock()
        key = digest(call.account.owner, tool, named)
        return Intent(
            id=key,
            account_id=account,
            tool=tool,
            arguments_hash=fingerprint(given, key),
            holder=uuid4().hex,
            created_at=now,
            waits_until=given_up(call, now),
            expires_at=now + _REMEMBERED,
        )

    async def earlier(self, intent: Intent) -> Intent | None:
        """Return what an earlier call under the key came to, waiting for it; None: it is free.

        Raises:
            WriteHeld: The key stands for other arguments, its first call takes too long, or the
                records cannot be reached.
        """
        kept = await self._find(intent)
        if kept is None or kept.expires_at <= intent.created_at:
            return None
        return await self.settled(intent, kept)

    async def settled(self, intent: Intent, kept: Intent) -> Intent | None:
        """Return a kept intent once it is answered or its answer is lost; None if it was freed.

        Raises:
            WriteHeld: As of `earlier`.
        """
        if kept.arguments_hash != intent.arguments_hash:
            raise _other_arguments(kept)
        pause, until = _FIRST_PAUSE, intent.waits_until - _GRACE
        while kept.outcome == "pending" and self._clock() < kept.waits_until:
            if self._clock() >= until:
                raise _in_flight(until - intent.created_at)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            found = await self._find(kept)
            if found is None:
                return None
            kept = found
        return kept

    async def _find(self, intent: Intent) -> Intent | None:
        try:
            return await (await self._open()).find_intent(intent.id)
        except StoreError as error:
            raise WriteHeld(
                "The idempotency_key could not be looked up, so nothing was sent (reference "
                f"{error.reference}). Try again in a moment with the same key.",
                status=503,
            ) from error


def given_up(call: Call, begun: datetime) -> datetime:
    """Return the moment by which an attempt that began at a moment has given up."""
    return begun + timedelta(seconds=deadline_of(call.tool)) + _GRACE


def renewed(intent: Intent, now: datetime) -> Intent:
    """Return an intent as if it were made now: what came before may have taken its time."""
    passed = now - intent.created_at
    return replace(
        intent,
        created_at=now,
        waits_until=intent.waits_until + passed,
        expires_at=intent.expires_at + passed,
    )


def packed(result: ToolResult) -> str:
    """Return an answer as it is kept under its key."""
    text = result.text if len(result.text) <= _MOST_KEPT else None
    kept = {"text": text, "notes": result.notes, "ids": result.upstream_ids}
    return orjson.dumps(kept).decode()


def replayed(kept: Intent) -> ToolResult:
    """Return the first answer again; what it cost was counted then."""
    told = f"Replayed: this was done at {moment(kept)} under the same idempotency_key."
    known = orjson.loads(kept.answer) if kept.answer else {}
    # A version before kept the one id it knew.
    text, ids = known.get("text"), tuple(known.get("ids") or filter(None, [known.get("id")]))
    if text is None:
        told += " Its answer is not kept any more; read the result with the matching get tool."
        text = orjson.dumps(
            {"id": ids[0]} if len(ids) == 1 else {"ids": ids} if ids else {}
        ).decode()
    notes = by_weight((told, *recalled(known.get("notes", ()))))
    return ToolResult(text, notes, upstream_ids=ids)


def moment(kept: Intent) -> str:
    """Return when the first call under a key was sent."""
    return write_moment(kept.created_at, "seconds")


def _other_arguments(kept: Intent) -> WriteHeld:
    return WriteHeld(
        f"This idempotency_key was used at {moment(kept)} with other arguments. "
        "Nothing was sent. Repeat the same arguments for the same intention, or take a new key "
        "for another one.",
        status=409,
    )


def _in_flight(waited: timedelta) -> WriteHeld:
    return WriteHeld(
        (
            "The first call under this idempotency_key is still under way; after "
            f"{waited.total_seconds():g} seconds this one stops waiting. Nothing was sent twice. "
            "Call again with the same key to get its answer."
        ),
        status=409,
        outcome="in_flight",
    )
