"""Idempotency keys: what was meant once is sent once, whatever breaks in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TypeAlias
from uuid import uuid4

import orjson

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.errors import (
    InvalidArguments,
    LimitReached,
    OutcomeUnknown,
    StoreError,
    ToolError,
    UpstreamRejected,
    WriteHeld,
)
from vapi_mcp.invocation.answers.untrusted_text import recalled
from vapi_mcp.invocation.arguments.notes import by_weight
from vapi_mcp.invocation.explaining import explained, explaining
from vapi_mcp.invocation.failures.transport_errors import NeverConnected
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.trace import current_trace
from vapi_mcp.invocation.writes.reconciliation import settling_hint
from vapi_mcp.invocation.writes.records import Intent, WriteRecords
from vapi_mcp.invocation.writes.write import Send, Write, digest
from vapi_mcp.registry.registry import Registry
from vapi_mcp.rfc3339 import write_moment

OpenRecords: TypeAlias = Callable[[], Awaitable[WriteRecords]]

_REMEMBERED = timedelta(hours=24)
# How long after its deadline an attempt may still be writing down its answer.
_GRACE = timedelta(seconds=5)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5
_MOST_KEPT = 256 * 1024
_NO_ANSWER = "{}"
_NOT_KEPT = (
    "This was done, but its answer could not be kept: do not repeat it, the same key will say "
    "that the outcome is unknown."
)


class Idempotency:
    """Sends each write with an `idempotency_key` at most once in 24 hours.

    An intent is committed to the ledger before anything is sent, and its answer after: whoever
    finds an intent without an answer, and nobody at work on it, knows that it may have been done.
    """

    def __init__(
        self, open_records: OpenRecords, registry: Registry, clock: Clock = utc_now
    ) -> None:
        self._open = open_records
        self._registry = registry
        self._clock = clock

    async def earlier(self, write: Write) -> ToolResult | None:
        """Return the answer that an earlier call under the write's key had, waiting for it.

        None: the key is free, or there is none.

        Raises:
            WriteHeld: The key stands for other arguments, or its first call takes too long.
            OutcomeUnknown: Nobody knows what became of the first call.
        """
        if write.said("idempotency_key") is None:
            return None
        intent = self._intent(write)
        with _written_down():
            records = await self._open()
            kept = await records.find_intent(intent.id)
        if kept is None or kept.expires_at <= intent.created_at:
            return None
        return await self._awaited(write, records, intent, kept)

    async def run(self, write: Write, send: Send) -> ToolResult:
        """Send a write, or return what an earlier call under its key came to.

        Raises:
            WriteHeld: As `earlier`, or the key could not be written down: nothing was sent.
            OutcomeUnknown: Nobody knows what became of the first call.
        """
        if write.said("idempotency_key") is None:
            return await self._sent_without_key(write, send)
        while True:
            intent = self._intent(write)
            with _written_down():
                records = await self._open()
                kept = await records.begin(intent)
            if kept.holder == intent.holder:
                return await self._sent(write, records, intent, send)
            answer = await self._awaited(write, records, intent, kept)
            if answer is not None:
                return answer

    async def _sent_without_key(self, write: Write, send: Send) -> ToolResult:
        begun = self._clock()
        try:
            return await send()
        except ToolError as error:
            # What became of an update or a deletion shows in its object.
            if not did_nothing(error) and write.tool.operation.method == "POST":
                error.extra["outcome"] = "unknown"
                with explaining("the way to settle a write"):
                    until = self._given_up(write, begun)
                    error.extra |= settling_hint(self._registry, write, begun, until)
            raise

    def _given_up(self, write: Write, begun: datetime) -> datetime:
        return begun + timedelta(seconds=write.request.deadline) + _GRACE

    def _intent(self, write: Write) -> Intent:
        account, tool, now = write.grant.account.id, write.tool.name, self._clock()
        key = digest(account, tool, write.said("idempotency_key"))
        return Intent(
            id=key,
            account_id=account,
            tool=tool,
            arguments_hash=write.fingerprint(key),
            holder=uuid4().hex,
            created_at=now,
            waits_until=self._given_up(write, now),
            expires_at=now + _REMEMBERED,
        )

    async def _sent(
        self, write: Write, records: WriteRecords, intent: Intent, send: Send
    ) -> ToolResult:
        try:
            result = await send()
        except ToolError as error:
            with suppress(StoreError):  # logged; the intent stays, and with it the caution
                await (records.withdraw if did_nothing(error) else records.lose)(intent)
            if not did_nothing(error):
                error.extra["outcome"] = "unknown"
                with explaining("the way to settle a write"):
                    error.extra |= self._settling(write, intent)
            raise
        except BaseException:
            # Cancelled, too: the store finishes what it began.
            with suppress(StoreError):
                await records.lose(intent)
            raise
        try:
            kept = explained("a kept answer", lambda: _packed(result), _NO_ANSWER)
            await records.answer(intent, kept)
        except StoreError:
            return _noted(result, _NOT_KEPT)
        return result

    async def _awaited(
        self, write: Write, records: WriteRecords, intent: Intent, kept: Intent
    ) -> ToolResult | None:
        """Return what the kept intent comes to; None if nothing was done and the key is free."""
        if kept.arguments_hash != intent.arguments_hash:
            raise _other_arguments(kept)
        pause, until = _FIRST_PAUSE, intent.waits_until - _GRACE
        while kept.outcome == "pending" and self._clock() < kept.waits_until:
            if self._clock() >= until:
                raise _in_flight(write)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            with _written_down():
                found = await records.find_intent(kept.id)
            if found is None:
                return None
            kept = found
        if kept.outcome == "answered":
            current_trace().outcome = "replayed"
            return _replayed(kept)
        raise OutcomeUnknown(
            f"A call under this idempotency_key was sent at {_moment(kept.created_at)} and its "
            "answer was lost: it may have been done. Under this key nothing is sent again.",
            **self._settling(write, kept),
        )

    def _settling(self, write: Write, intent: Intent) -> dict[str, object]:
        return settling_hint(self._registry, write, intent.created_at, intent.waits_until)


def did_nothing(error: ToolError) -> bool:
    """Say whether a write that ended so was surely not done."""
    if isinstance(error, UpstreamRejected):
        is_refusal = HTTPStatus.BAD_REQUEST <= error.status < HTTPStatus.INTERNAL_SERVER_ERROR
        return is_refusal and error.status != HTTPStatus.REQUEST_TIMEOUT
    return isinstance(error, InvalidArguments | LimitReached | NeverConnected | WriteHeld)


@contextmanager
def _written_down() -> Generator[None]:
    """Turn a failing ledger into words: what cannot be written down is not sent."""
    try:
        yield
    except StoreError as error:
        raise WriteHeld(
            "The idempotency_key could not be written down, so nothing was sent (reference "
            f"{error.reference}). Try again in a moment with the same key.",
            status=503,
        ) from error


def _other_arguments(kept: Intent) -> WriteHeld:
    return WriteHeld(
        f"This idempotency_key was used at {_moment(kept.created_at)} with other arguments. "
        "Nothing was sent. Repeat the same arguments for the same intention, or take a new key "
        "for another one.",
        status=409,
    )


def _in_flight(write: Write) -> WriteHeld:
    return WriteHeld(
        "The first call under this idempotency_key is still under way; after "
        f"{write.request.deadline:g} seconds this one waits no longer. Nothing was sent twice. "
        "Call again with the same key to get its answer.",
        status=409,
        outcome="in_flight",
    )


def _packed(result: ToolResult) -> str:
    text = result.text if len(result.text) <= _MOST_KEPT else None
    kept = {"text": text, "notes": result.notes, "ids": result.upstream_ids}
    return orjson.dumps(kept).decode()


def _replayed(kept: Intent) -> ToolResult:
    """Return the first answer again; what it cost was counted then."""
    told = f"Replayed: this was done at {_moment(kept.created_at)} under the same idempotency_key."
    known = orjson.loads(kept.answer) if kept.answer else {}
    # A version before kept the one id it knew.
    text, ids = known.get("text"), tuple(known.get("ids") or filter(None, [known.get("id")]))
    if text is None:
        told += " Its answer is not kept any more; read what it made with the matching get tool."
        text = orjson.dumps(
            {"id": ids[0]} if len(ids) == 1 else {"ids": ids} if ids else {}
        ).decode()
    notes = by_weight((told, *recalled(known.get("notes", ()))))
    return ToolResult(text, notes, upstream_ids=ids)


def _noted(result: ToolResult, note: str) -> ToolResult:
    return replace(result, notes=(*result.notes, note))


def _moment(moment: datetime) -> str:
    return write_moment(moment, "seconds")
