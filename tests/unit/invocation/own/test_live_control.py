"""A running call is controlled at the URL that Vapi names, and only while it runs."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.invocation import ID, JSON
from tests.support.upstream import ScriptedUpstream
from tests.support.writes import Stage, registry
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.errors import (
    InvalidArguments,
    ToolError,
    UpstreamFailed,
    UpstreamRejected,
    WriteHeld,
)
from vapi_mcp.invocation.failures.transport_errors import NeverConnected
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.invocation.outcome import Outcome
from vapi_mcp.registry.scope import FULL

SAY, END, TRANSFER = "say_in_a_vapi_call", "end_a_vapi_call", "transfer_a_vapi_call"
URL = "https://control.vapi.ai/secret-part/control"
RUNNING: dict[str, Any] = {
    "id": ID,
    "status": "in-progress",
    "assistantId": "a1",
    "phoneNumberId": "p1",
    "monitor": {"controlUrl": URL, "listenUrl": "wss://x"},
}
ENDED = {**RUNNING, "status": "ended", "endedReason": "customer-ended-call"}
ONLY = (
    "This call is {}, and can be controlled only while it is in-progress; look again in a moment."
)
NOT_ENABLED = (
    "This call cannot be controlled: it has no control URL, as controlEnabled is off in the "
    "monitorPlan of its assistant. Nothing was sent. For later calls update the assistant."
)
NUMBER = {"type": "number", "number": "+14155550199"}


class LiveVapi:
    """Vapi with one call; what is posted to its control URL is kept."""

    def __init__(
        self,
        *states: dict[str, Any],
        status: int = 200,
        said: bytes = b"",
        failure: ToolError | None = None,
    ) -> None:
        self.states = list(states or (RUNNING,))
        self.status = status
        self.said = said
        self.failure = failure
        self.posts: list[UpstreamRequest] = []
        self.reads = 0
        self.upstream = ScriptedUpstream(self._answer)

    async def _answer(self, request: UpstreamRequest) -> UpstreamResponse:
        if request.url is not None:
            self.posts.append(request)
            if self.failure is not None:
                raise self.failure
            return UpstreamResponse(self.status, JSON, self.said)
        if request.path != f"/call/{ID}":
            return UpstreamResponse(200, JSON, b"[]")
        self.reads += 1
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return UpstreamResponse(200, JSON, orjson.dumps(state))

    @property
    def sent(self) -> list[tuple[str, str | None, Any]]:
        return [(each.method, each.url, orjson.loads(each.body or b"")) for each in self.posts]


async def control(vapi: LiveVapi, tool: str, given: dict[str, Any], **config: Any) -> Outcome:
    here = Stage(upstream=vapi.upstream, scope=FULL, **config)
    return await here.invoker.invoke(registry().tools[tool], {"id": ID, **given}, here.grant)


@pytest.mark.parametrize(
    ("tool", "given", "body"),
    [
        (SAY, {"content": "One moment."}, {"type": "say", "content": "One moment."}),
        (
            SAY,
            {"content": "Bye.", "endCallAfterSpoken": True},
            {"type": "say", "content": "Bye.", "endCallAfterSpoken": True},
        ),
        (END, {}, {"type": "end-call"}),
        (
            TRANSFER,
            {"destination": NUMBER, "content": "I connect you."},
            {"type": "transfer", "destination": NUMBER, "content": "I connect you."},
        ),
    ],
)
async def test_a_running_call_is_controlled_at_its_own_url(
    tool: str, given: dict[str, Any], body: dict[str, Any]
) -> None:
    vapi = LiveVapi()
    outcome = await control(vapi, tool, given)
    assert vapi.sent == [("POST", URL, body)]
    assert orjson.loads(outcome.result.text) == {"id": ID, "sent": body}
    assert (outcome.kind, outcome.upstream_ids) == ("sent", (ID,))
    assert vapi.reads == 2


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (ENDED, "This call has ended (customer-ended-call). Nothing was sent."),
        (
            {**RUNNING, "status": "scheduled"},
            f"{ONLY.format('scheduled')} Nothing was sent.",
        ),
        (
            {**RUNNING, "status": "ringing"},
            f"{ONLY.format('ringing')} Nothing was sent.",
        ),
        (
            {**RUNNING, "monitor": {"listenUrl": "wss://x"}},
            NOT_ENABLED,
        ),
    ],
)
async def test_a_call_that_cannot_be_controlled_says_why(state: dict[str, Any], told: str) -> None:
    vapi = LiveVapi(state)
    outcome = await control(vapi, SAY, {"content": "Hi."})
    assert isinstance(outcome.end, WriteHeld)
    assert outcome.end.message == told
    assert (outcome.kind, vapi.sent) == ("refused", [])


async def test_a_call_that_ends_before_it_is_reached_is_told() -> None:
    vapi = LiveVapi(RUNNING, ENDED)
    outcome = await control(vapi, END, {})
    assert isinstance(outcome.end, WriteHeld)
    assert (outcome.kind, vapi.sent) == ("refused", [])


async def test_a_call_that_ends_while_it_is_reached_is_told() -> None:
    vapi = LiveVapi(RUNNING, RUNNING, ENDED, status=404)
    outcome = await control(vapi, END, {})
    assert isinstance(outcome.end, WriteHeld)
    assert outcome.end.message == "This call has ended (customer-ended-call). Nothing was done."
    assert outcome.kind == "refused"


async def test_control_that_asks_for_a_key_is_told() -> None:
    outcome = await control(LiveVapi(status=401), END, {})
    assert isinstance(outcome.end, UpstreamRejected)
    assert "controlAuthenticationEnabled" in outcome.end.message


@pytest.mark.parametrize(("status", "kind"), [(400, UpstreamRejected), (502, UpstreamFailed)])
async def test_a_refusal_has_words_but_no_url(status: int, kind: type[ToolError]) -> None:
    said = orjson.dumps({"message": f"Cannot POST {URL}"})
    outcome = await control(LiveVapi(status=status, said=said), END, {})
    assert isinstance(outcome.end, kind)
    assert outcome.end.message == (
        "The control of this call did not take it. Vapi says: Cannot POST ***"
    )
    assert URL not in str(outcome.end.extra)


async def test_the_url_is_in_no_answer_and_in_no_request_as_text() -> None:
    vapi = LiveVapi()
    outcome = await control(vapi, SAY, {"content": "Hi."})
    assert "secret-part" not in str(outcome)
    assert "secret-part" not in repr(vapi.posts)


async def test_a_dry_run_shows_what_would_be_sent() -> None:
    vapi = LiveVapi()
    outcome = await control(vapi, SAY, {"content": "Hi.", "dry_run": True})
    shown = orjson.loads(outcome.result.text)
    assert shown["body"] == {"type": "say", "content": "Hi."}
    assert "secret-part" not in str(outcome)
    assert vapi.sent == []


async def test_a_repetition_under_one_key_is_sent_once() -> None:
    vapi = LiveVapi()
    here = Stage(upstream=vapi.upstream, scope=FULL)
    given = {"id": ID, "content": "Hi.", "idempotency_key": "k"}
    for kind in ("sent", "replayed"):
        outcome = await here.invoker.invoke(registry().tools[SAY], given, here.grant)
        assert outcome.kind == kind
    assert len(vapi.posts) == 1


async def test_a_server_that_asks_for_consent_asks_first() -> None:
    vapi = LiveVapi()
    first = await control(vapi, TRANSFER, {"destination": NUMBER}, confirm="spending")
    preview = orjson.loads(first.result.text)["preview"]
    assert (first.kind, vapi.sent) == ("asked", [])
    assert (preview["what"], preview["to"]) == ("Transfer a running call", ["+14155550199"])


async def test_a_preview_of_words_has_them() -> None:
    first = await control(LiveVapi(), SAY, {"content": "One moment."}, confirm="all_writes")
    assert "One moment." in str(orjson.loads(first.result.text)["preview"])


@pytest.mark.parametrize(
    ("rules", "destination"),
    [
        ({"allowed_prefixes": ("+44",)}, NUMBER),
        ({"blocked_prefixes": ("+1",)}, NUMBER),
        ({"allowed_prefixes": ("+1",)}, {"type": "sip", "sipUri": "sip:a@example.com"}),
        ({"calls_per_day": 0}, NUMBER),
        ({"calling_hours": {"from": "00:00", "to": "00:01"}}, NUMBER),
        ({"allowed_assistants": ("other",)}, NUMBER),
        ({"allowed_phone_numbers": ("other",)}, NUMBER),
    ],
)
async def test_a_transfer_keeps_the_policy_of_called_numbers(
    rules: dict[str, Any], destination: dict[str, str]
) -> None:
    vapi = LiveVapi()
    policy = Policy(**rules)
    outcome = await control(vapi, TRANSFER, {"destination": destination}, policy=policy)
    assert isinstance(outcome.end, WriteHeld)
    assert outcome.end.extra["rule"] == next(iter(rules))
    assert (outcome.kind, vapi.sent) == ("refused", [])


async def test_a_transfer_within_the_policy_is_sent() -> None:
    rules: dict[str, Any] = {"allowed_prefixes": ("+1",), "allowed_assistants": ("a1",)}
    rules |= {
        "calls_per_day": 5,
        "allowed_phone_numbers": ("p1",),
        "calls_per_hour_per_customer": 1,
    }
    vapi = LiveVapi()
    policy = Policy(**rules)
    outcome = await control(vapi, TRANSFER, {"destination": NUMBER}, policy=policy)
    assert outcome.kind == "sent"


async def test_words_are_said_only_in_calls_of_allowed_assistants() -> None:
    vapi = LiveVapi()
    policy = Policy(allowed_assistants=("other",))
    outcome = await control(vapi, SAY, {"content": "Hi."}, policy=policy)
    assert isinstance(outcome.end, WriteHeld)
    assert "another assistant speaks in this call" in outcome.end.message


@pytest.mark.parametrize(
    "destination",
    [
        {},
        {"type": "number"},
        {"type": "assistant"},
        {"number": "+14155550199"},
        {"type": "number", "number": "415 555 0199"},
        {"type": "sip"},
    ],
)
async def test_a_destination_that_leads_nowhere_is_refused(destination: dict[str, str]) -> None:
    vapi = LiveVapi()
    outcome = await control(vapi, TRANSFER, {"destination": destination})
    assert isinstance(outcome.end, ToolError)
    assert (outcome.kind, vapi.sent) == ("refused", [])


async def test_the_end_of_a_scheduled_call_leads_to_its_cancellation() -> None:
    outcome = await control(LiveVapi({**RUNNING, "status": "scheduled"}), END, {})
    assert isinstance(outcome.end, WriteHeld)
    assert outcome.end.extra["hint"] == (
        "A scheduled call is cancelled with delete_a_vapi_call_by_id."
    )


async def test_the_end_of_an_ended_call_leads_nowhere_else() -> None:
    outcome = await control(LiveVapi({**RUNNING, "status": "ended"}), END, {})
    assert isinstance(outcome.end, WriteHeld)
    assert "hint" not in outcome.end.extra


async def test_a_lost_answer_leads_to_the_call() -> None:
    lost = UpstreamFailed("The connection broke off.", status=502)
    outcome = await control(LiveVapi(failure=lost), SAY, {"content": "Hi."})
    assert isinstance(outcome.end, UpstreamFailed)
    assert outcome.kind == "unknown"
    assert outcome.end.extra == {
        "outcome": "unknown",
        "hint": "It may have been done: next_call shows whether the call still runs and what was "
        "said. Only if it was not done, call again with an idempotency_key.",
        "next_call": {"tool": "get_single_vapi_call_by_id", "arguments": {"id": ID}},
    }


async def test_a_control_url_that_is_not_reached_did_nothing() -> None:
    never = NeverConnected("It cannot be reached. Nothing was sent.", status=502)
    outcome = await control(LiveVapi(failure=never), SAY, {"content": "Hi."})
    assert outcome.kind == "refused"


@pytest.mark.parametrize("stray", [{"type": "end-call"}, {"destination": NUMBER}, {"x": 1}])
async def test_an_argument_of_another_tool_is_refused(stray: dict[str, Any]) -> None:
    vapi = LiveVapi()
    outcome = await control(vapi, SAY, {"content": "Hi.", **stray})
    assert isinstance(outcome.end, InvalidArguments)
    assert (outcome.kind, vapi.sent) == ("refused", [])


async def test_a_number_with_blanks_is_mended() -> None:
    vapi = LiveVapi()
    there = {"type": "number", "number": "+1 (415) 555-0199"}
    await control(vapi, TRANSFER, {"destination": there})
    assert vapi.sent[0][2]["destination"] == NUMBER
