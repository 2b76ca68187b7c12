"""What an owner wants agreed to waits for the user's word, which is good once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from tests.support.writes import CALL, ID, NUMBER, ORDER, Stage, registry
from vapi_mcp.accounts.consent import is_confirmed
from vapi_mcp.accounts.records import Confirm, ServerConfig
from vapi_mcp.errors import WriteHeld
from vapi_mcp.invocation.caller import Question, Reply, WayToAsk

CAMPAIGN = {
    "name": "x",
    "assistantId": ID,
    "phoneNumberId": ID,
    "customers": [{"number": NUMBER}],
}


@dataclass(slots=True)
class User:
    """A client whose user can be asked, and what they say."""

    way_to_ask: WayToAsk = "now"
    reply: Reply | None = None
    agrees: bool = True
    closes: bool = False
    is_local: bool = False
    origin: str | None = None
    asked: list[str] = field(default_factory=list[str])

    async def ask(self, question: str) -> Reply:
        self.asked.append(question)
        return Reply(self.agrees, is_answered=not self.closes)

    async def report(self, text: str) -> None:
        del text


def stage(**values: Any) -> Stage:
    given: dict[str, Any] = {"confirm": "spending", **values}
    return Stage(**given)


async def previewed(scene: Stage, tool: str = CALL, /, **arguments: Any) -> dict[str, Any]:
    return orjson.loads((await scene.call(tool, **arguments)).text)


WRITES = {tool.name for tool in registry().in_scope() if tool.spec.effect != "read"}


@pytest.mark.parametrize(
    ("confirm", "covered"),
    [
        ("none", set[str]()),
        ("destructive", {name for name in WRITES if name.startswith("delete_")}),
        ("spending", {name for name in WRITES if "spending" in registry().tools[name].spec.tags}),
        ("all_writes", WRITES),
    ],
)
def test_each_word_covers_its_tools(confirm: Confirm, covered: set[str]) -> None:
    config = ServerConfig(confirm=confirm)
    assert {t.name for t in registry().in_scope() if is_confirmed(t, config)} == covered


async def test_a_preview_comes_first_and_its_code_sends() -> None:
    scene = stage()
    first = await previewed(scene)
    assert first["confirmation_required"] is True
    assert first["preview"] == {
        "what": "Place a call",
        "tool": CALL,
        "assistantId": ID,
        "phoneNumberId": ID,
        "how_many": 1,
        "to": [NUMBER],
        "when": "now",
        "estimated_price": "unknown",
    }
    assert scene.vapi.writes == []
    scene.clock.move(minutes=9)
    result = await scene.beside(confirm="spending").call(
        confirmation_code=first["confirmation_code"]
    )
    assert result.upstream_ids == ("call-1",)
    assert b"confirmation" not in (scene.vapi.writes[0].body or b"")


async def test_a_code_is_good_once() -> None:
    scene = stage()
    code = (await previewed(scene))["confirmation_code"]
    tries = [scene.call(confirmation_code=code) for _ in range(5)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(each, WriteHeld) for each in results) == 4
    assert len(scene.vapi.writes) == 1


async def test_a_code_is_good_for_its_own_call_only() -> None:
    scene = stage()
    code = (await previewed(scene))["confirmation_code"]
    elsewhere = scene.beside(confirm="spending", account="other")
    for other in (
        elsewhere.call(confirmation_code=code),
        scene.call(CALL, **ORDER, name="x", confirmation_code=code),
        scene.call("create_a_vapi_campaign", **CAMPAIGN, confirmation_code=code),
        scene.call(confirmation_code="made up"),
    ):
        with pytest.raises(WriteHeld, match="not valid for this call"):
            await other
    scene.clock.move(minutes=10)
    with pytest.raises(WriteHeld):
        await scene.call(confirmation_code=code)
    assert scene.vapi.writes == []


async def test_what_the_word_does_not_cover_is_sent_at_once() -> None:
    scene = stage(confirm="destructive")
    await scene.call()
    assert len(scene.vapi.writes) == 1
    preview = await previewed(scene, "delete_a_vapi_call_by_id", id=ID, ids=[ID, ID])
    assert preview["preview"]["how_many"] == 2


async def test_a_user_who_can_be_asked_is_asked_and_agrees() -> None:
    scene, user = stage(), User()
    scene.caller = user
    await scene.call()
    assert len(scene.vapi.writes) == 1
    [question] = user.asked
    assert question.startswith("Place a call?\n")
    assert NUMBER in question


async def test_by_code_nobody_is_asked() -> None:
    scene = stage(confirm_by="code")
    for way in ("now", "by retry"):
        user = User(way)
        scene.caller = user
        shown = await previewed(scene)
        assert shown["what_to_do"].startswith("Nothing was sent. Show the preview")
        assert user.asked == []
    await scene.call(confirmation_code=shown["confirmation_code"])
    assert len(scene.vapi.writes) == 1


async def test_by_code_an_answer_to_a_question_sends_nothing() -> None:
    scene = stage()
    state = await asked_by_retry(scene)
    other = scene.beside(confirm="spending", confirm_by="code")
    other.caller = User("by retry", Reply(True, state))
    assert (await previewed(other))["confirmation_required"] is True
    assert scene.vapi.writes == []


async def test_by_question_an_answer_sends() -> None:
    scene = stage(confirm_by="question")
    scene.caller = User()
    await scene.call()
    state = await asked_by_retry(scene)
    scene.caller = User("by retry", Reply(True, state))
    await scene.call()
    assert len(scene.vapi.writes) == 2


BY_QUESTION = (
    "Nothing was sent: this server takes consent only as the user's answer to a question. Use a "
    "client that asks its user (elicitation), over protocol 2026-07-28, stdio or legacy SSE; or "
    "the server's owner sets confirm_by to either, so that a confirmation_code will do."
)


@pytest.mark.parametrize(
    ("caller", "why"),
    [
        (User("no"), "This client declares no elicitation, so it cannot put a question to its"),
        (User("one way"), "The client could ask its user, but this connection (Streamable HTTP"),
        (User(closes=True), "The client was asked and closed the question unanswered; it may"),
    ],
)
async def test_by_question_a_client_that_cannot_ask_is_told_what_would_pass(
    caller: User, why: str
) -> None:
    scene = stage(confirm_by="question")
    scene.caller = caller
    with pytest.raises(WriteHeld) as held:
        await scene.call()
    assert held.value.message.startswith(why)
    assert held.value.message.endswith(BY_QUESTION)
    assert (held.value.status, scene.vapi.writes) == (403, [])


async def test_by_question_a_code_of_earlier_is_no_consent() -> None:
    scene = stage()
    code = (await previewed(scene))["confirmation_code"]
    with pytest.raises(
        WriteHeld, match="This server does not accept a confirmation_code as consent"
    ):
        await scene.beside(confirm="spending", confirm_by="question").call(confirmation_code=code)
    assert scene.vapi.writes == []


async def test_a_connection_that_carries_no_question_is_named_in_the_preview() -> None:
    """Langchain, mcp-use, ADK, VoltAgent, Codex: elicitation declared over legacy HTTP."""
    scene = stage()
    scene.caller = User("one way")
    shown = await previewed(scene)
    assert shown["what_to_do"] == (
        "The client could ask its user, but this connection (Streamable HTTP before "
        "protocol 2026-07-28) cannot carry a question to it. Nothing was sent. Show the "
        "preview to the user; if they agree, call again with the same arguments and this "
        "confirmation_code. It is valid once, for ten minutes."
    )


async def test_a_user_who_says_no_is_obeyed() -> None:
    scene = stage()
    scene.caller = User(agrees=False)
    with pytest.raises(WriteHeld, match="did not agree"):
        await scene.call()
    assert scene.vapi.writes == []


async def asked_by_retry(scene: Stage) -> str:
    scene.caller = User("by retry")
    question = (await scene.outcome(CALL, **ORDER)).end
    assert isinstance(question, Question)
    assert NUMBER in question.text
    return question.state


async def test_a_retry_with_its_state_sends_once() -> None:
    scene = stage()
    state = await asked_by_retry(scene)
    other = scene.beside(confirm="spending")
    other.caller = User("by retry", Reply(True, state))
    await other.call()
    with pytest.raises(WriteHeld, match="not valid for this call"):
        await other.call()
    assert len(scene.vapi.writes) == 1


@pytest.mark.parametrize("agrees", [True, False])
async def test_an_answer_without_its_state_or_with_another_is_refused(agrees: bool) -> None:
    scene = stage()
    state = await asked_by_retry(scene)
    for reply in (Reply(agrees), Reply(agrees, "made up"), Reply(agrees, state[:-1])):
        scene.caller = User("by retry", reply)
        with pytest.raises(WriteHeld, match="not valid for this call"):
            await scene.call()
    scene.caller = User("by retry", Reply(agrees, state))
    with pytest.raises(WriteHeld, match="not valid for this call"):
        await scene.call(CALL, **ORDER, name="x")
    assert scene.vapi.writes == []


async def test_a_no_by_retry_uses_up_the_question() -> None:
    scene = stage()
    state = await asked_by_retry(scene)
    scene.caller = User("by retry", Reply(False, state))
    with pytest.raises(WriteHeld, match="did not agree"):
        await scene.call()
    scene.caller = User("by retry", Reply(True, state))
    with pytest.raises(WriteHeld, match="not valid for this call"):
        await scene.call()


async def test_a_state_is_no_code_and_a_code_no_state() -> None:
    scene = stage()
    state = await asked_by_retry(scene)
    with pytest.raises(WriteHeld):
        await scene.call(confirmation_code=state)
    code = (await previewed(scene.beside(confirm="spending")))["confirmation_code"]
    scene.caller = User("by retry", Reply(True, code))
    with pytest.raises(WriteHeld):
        await scene.call()


async def test_a_repeat_under_a_key_needs_no_second_consent() -> None:
    scene = stage()
    code = (await previewed(scene, idempotency_key="key"))["confirmation_code"]
    await scene.call(idempotency_key="key", confirmation_code=code)
    again = await scene.call(idempotency_key="key")
    assert again.notes[0].startswith("Replayed")


async def test_many_people_are_counted_and_the_first_are_shown_with_a_price() -> None:
    scene = stage()
    scene.vapi.reads["GET /call"] = [{"cost": 0.2}, {"cost": 0.4}, {"cost": 0}]
    people = [{"number": f"+1415555{n:04}"} for n in range(30)]
    shown = await previewed(
        scene,
        CALL,
        assistantId=ID,
        phoneNumberId=ID,
        customers=people,
        schedulePlan={"earliestAt": "2026-03-03T09:00:00Z"},
    )
    preview = shown["preview"]
    assert preview["how_many"] == 30
    assert (len(preview["to"]), preview["to"][-1]) == (21, "and 10 more")
    assert preview["when"] == "2026-03-03T09:00:00+00:00"
    assert preview["estimated_price"].startswith("about $9.00 (30 calls at $0.30")
