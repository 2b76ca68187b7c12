"""The order of a write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.accounts.consent import is_confirmed
from vapi_mcp.errors import InvalidArguments, OutcomeUnknown, ToolError, WriteHeld
from vapi_mcp.invocation.arguments.aside import aside
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.caller import Question
from vapi_mcp.invocation.explaining import explained
from vapi_mcp.invocation.failures.guidance import guided
from vapi_mcp.invocation.outcome import Outcome, answered, asked, did_nothing, failed
from vapi_mcp.invocation.preflight.kept_objects import as_sent, pairs_note
from vapi_mcp.invocation.preflight.lookups import preflight
from vapi_mcp.invocation.result import ToolResult, telling
from vapi_mcp.invocation.writes.changes.answer import with_state_before
from vapi_mcp.invocation.writes.claims import Claims
from vapi_mcp.invocation.writes.confirmation import (
    Confirmation,
    Consent,
    no_consent,
)
from vapi_mcp.invocation.writes.dry_run import dry_result
from vapi_mcp.invocation.writes.forecast import forecast, forecast_notes
from vapi_mcp.invocation.writes.idempotency import (
    Idempotency,
    given_up,
    moment,
    renewed,
    replayed,
)
from vapi_mcp.invocation.writes.policy.engine import PolicyEngine, Ruling
from vapi_mcp.invocation.writes.previews.lookups import Lookups
from vapi_mcp.invocation.writes.previews.preview import Previews
from vapi_mcp.invocation.writes.prices import Prices
from vapi_mcp.invocation.writes.reconciliation import settling_hint
from vapi_mcp.invocation.writes.records import (
    Claim,
    ExceededLimit,
    Intent,
    MissingPermit,
    OpenRecords,
    Permit,
    WriteRecords,
)
from vapi_mcp.invocation.writes.requirements import check_requirements
from vapi_mcp.invocation.writes.schedule import schedule_of
from vapi_mcp.invocation.writes.schedule_check import check_schedule
from vapi_mcp.invocation.writes.understanding import UNDERSTOOD, risks_of, settled, understood
from vapi_mcp.invocation.writes.undo.keeper import ChangeKeeper
from vapi_mcp.invocation.writes.undo.pending import begun
from vapi_mcp.invocation.writes.variables.missing import variables_note
from vapi_mcp.invocation.writes.write import Send, Write, prepared
from vapi_mcp.registry.registry import Registry


class WritePipeline:
    """Takes every write from its checked arguments to its outcome."""

    def __init__(
        self,
        registry: Registry,
        open_records: OpenRecords,
        clock: Clock = utc_now,
        keeper: ChangeKeeper | None = None,
    ) -> None:
        """Keep keys, daily limits and consent in the records that `open_records` gives.

        keeper: keeps what updates and deletions change; without one nothing of it is kept.
        """
        self._prices, self._lookups = Prices(), Lookups(registry)
        self._previews = Previews(self._prices, self._lookups, clock)
        self._registry = registry
        self._clock = clock
        self._keeper = keeper
        self._claims = Claims(open_records)
        self._idempotency = Idempotency(open_records, clock)
        self._policy = PolicyEngine(open_records, self._prices, clock)
        self._confirmation = Confirmation(open_records, self._previews, clock)

    async def run(self, call: Call, checked: Checked, send: Send) -> Outcome:
        """Take a write through all of its steps.

        1. Replay: a call under a known key gets the first answer, whatever is true by now.
        2. Preflight: read at Vapi what would make it fail, build the request, check its schedule.
        3. Policy: every rule of the server, once; then the requirements and the risks of the write.
        4. Dry run: show the request; of a server kept to one client, if it would be sent.
        5. Consent: the user agrees, or the caller has understood; what will change is read.
        6. Claim: the key, the consent and a share of the day's limits, in one transaction. Steps 4
           and 5 only look whether the day has room; here it is enforced.
        7. Send, then keep what changed, and the answer under the key, or give back the claim.

        Raises:
            ToolError: One of the steps 1 to 6 stands in its way, so nothing was sent.
        """
        intent = self._idempotency.intent_of(call, checked)
        if intent and (earlier := await self._idempotency.earlier(intent)):
            return await self._repeated(call, checked, earlier)
        write = await self._ready(call, checked)
        ruling = await self._policy.judge(write)
        write = await self._examined(replace(write, closes=ruling.closes))
        if write.option("dry_run"):
            return answered(call, await self._tried(write, ruling), "dry_run")
        consent = await self._consent(write, ruling)
        if isinstance(consent, ToolResult | Question):
            return asked(call, consent)
        write = await with_state_before(settled(write))
        undo = await begun(self._keeper, write, self._registry)
        claim = await self._claim(intent, consent, ruling)
        if isinstance(claim, Intent):
            return await self._repeated(call, checked, claim)
        try:
            sent = await send(undo.spared)
        except ToolError as error:
            outcome = await self._failed(write, claim, error)
            return outcome if did_nothing(error) else await undo.uncertain(outcome)
        except BaseException:  # a client that left, too
            await self._claims.lose(claim)
            await undo.left()
            raise
        kept = await undo.done(sent.response)
        result = kept.beside(sent.result)
        if schedule_of(write.body).earliest:
            result = telling(result, self._clock())
        return kept.named_in(answered(call, await self._claims.complete(claim, result)))

    async def _ready(self, call: Call, checked: Checked) -> Write:
        completed = await preflight(call, checked, self._registry.facts)
        write = await prepared(call, checked, completed)
        begins = check_schedule(write, self._clock())
        return write.with_notes((begins, *write.completed.notes)) if begins else write

    async def _examined(self, write: Write) -> Write:
        await aside(write.body, check_requirements, write)
        note = await variables_note(write, self._lookups)
        found = [*risks_of(write), *(each for each in (note, pairs_note(write)) if each)]
        write = write.with_notes((*found, *write.completed.notes))
        write = settled(write) if write.option(UNDERSTOOD) else write
        return await as_sent(write) if self._is_shown_first(write) else write

    def _is_shown_first(self, write: Write) -> bool:
        """Return whether the caller gets to see a write before it is sent."""
        if write.option("dry_run"):
            return True
        if is_confirmed(write.tool, write.grant.server.config):
            return not self._confirmation.has_answer(write)
        return bool(write.risks)

    async def _tried(self, write: Write, ruling: Ruling) -> ToolResult:
        await self._policy.check_day(ruling)
        is_deletion = write.tool.spec.effect == "delete"
        preview = await self._previews.of(write) if is_deletion else None
        found = await forecast(write, self._prices, self._clock())
        return telling(dry_result(write, forecast_notes(found), preview), self._clock())

    async def _consent(self, write: Write, ruling: Ruling) -> Consent:
        if not is_confirmed(write.tool, write.grant.server.config):
            return await understood(write, self._previews)
        if not self._confirmation.has_answer(write):
            await self._policy.check_day(ruling)
        return await self._confirmation.settle(write)

    async def _claim(
        self, intent: Intent | None, permit: Permit | None, ruling: Ruling
    ) -> Claim | Intent:
        """Return the claim that was made, or what an earlier call under the key came to."""
        while True:
            now = self._clock()
            current = intent and renewed(intent, now)
            claim = Claim(now=now, intent=current, permit=permit, use=ruling.use)
            match await self._claims.make(claim):
                case None:
                    return claim
                case ExceededLimit() as exceeded:
                    raise ruling.refusal(exceeded, now)
                case MissingPermit() as missing:
                    raise no_consent(missing.way)
                case Intent() as first:
                    earlier = await self._idempotency.settled(claim.intent or first, first)
                    if earlier is not None:
                        return earlier

    async def _repeated(self, call: Call, checked: Checked, first: Intent) -> Outcome:
        """Return the outcome of a call whose key is used: the first answer, or that it is lost."""
        if first.outcome == "answered":
            return answered(call, replayed(first), "replayed")
        lost = OutcomeUnknown(
            f"A call under this idempotency_key was sent at {moment(first)} and its "
            "answer was lost: it may have been done. Under this key nothing is sent again."
        )
        try:
            write = await prepared(call, checked, checked)
        except InvalidArguments:  # its file is gone
            return failed(call, guided(lost, call, self._registry))
        more = self._settling(write, first.created_at, first.waits_until)
        return failed(call, guided(lost, call, self._registry, more))

    async def _failed(self, write: Write, claim: Claim, error: ToolError) -> Outcome:
        call = write.call
        if did_nothing(error):
            await self._claims.release(claim)
            return failed(call, guided(error, call, self._registry))
        await self._claims.lose(claim)
        # Without a key, an update or a deletion needs no hint: its object shows the outcome.
        if claim.intent is None and write.tool.operation.method != "POST":
            return failed(call, guided(error, call, self._registry))
        more = self._settling(write, claim.now, given_up(call, claim.now))
        return failed(call, guided(error, call, self._registry, {"outcome": "unknown", **more}))

    def _settling(self, write: Write, since: datetime, until: datetime) -> Mapping[str, object]:
        def hint() -> Mapping[str, object]:
            return settling_hint(self._registry, write, since, until)

        return explained("the way to settle a write", hint, {})


async def no_records() -> WriteRecords:
    """Refuse to open records: nothing here would be remembered.

    Raises:
        WriteHeld: Always.
    """
    raise WriteHeld(
        (
            "This process saves no data, so an idempotency_key, a daily limit or a confirmation "
            "has no effect; nothing was sent. Use vapi-mcp stdio or serve for that."
        ),
        status=503,
    )
