"""What cannot be undone is sent on the second call, which says that it was understood."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.writes import CALL, ID, NUMBER, ORDER, Stage, reply
from vapi_mcp.errors import InvalidArguments, WriteHeld

CAMPAIGN = "create_a_vapi_campaign"
ERASE = "delete_a_vapi_call_by_id"
OTHER = "0aa1b5c2-7d34-4c56-8f0e-1b2c3d4e5f60"
NOW: dict[str, Any] = {
    "name": "May",
    "assistantId": ID,
    "phoneNumberId": ID,
    "customers": [{"number": NUMBER}, {"number": "+14155550124"}],
}
LATER = {"schedulePlan": {"earliestAt": "2026-03-03T12:00:00Z"}}
RINGS = "This campaign rings 2 people now, because schedulePlan.earliestAt is not given."
ERASES = (
    "This erases 2 calls for good, with their transcripts, recordings and analyses; calls that "
    "are still scheduled are cancelled."
)
MEANT = (
    "Nothing was sent. If this is meant, call again with the same arguments and understood: true."
)


async def held(here: Stage, tool: str, /, **given: Any) -> str:
    with pytest.raises(WriteHeld) as refused:
        await here.call(tool, **given)
    assert here.vapi.writes == []
    return refused.value.message


async def test_a_campaign_that_dials_now_is_refused_until_it_is_understood() -> None:
    here = Stage()
    assert await held(here, CAMPAIGN, **NOW) == f"{RINGS} {MEANT}"
    tried = await here.call(CAMPAIGN, **NOW, dry_run=True)
    assert tried.notes[0] == RINGS
    done = await here.call(CAMPAIGN, **NOW, understood=True)
    assert (len(here.vapi.writes), [n for n in done.notes if n == RINGS]) == (1, [])


async def test_a_campaign_with_a_later_start_is_sent_at_once() -> None:
    here = Stage()
    await here.call(CAMPAIGN, **NOW, **LATER)
    assert len(here.vapi.writes) == 1


async def test_the_refusal_names_all_that_would_go_wrong() -> None:
    here = Stage()
    here.vapi.reads = {f"GET /assistant/{ID}": {"id": ID, "firstMessage": "Hi {{name}}"}}
    message = await held(here, CAMPAIGN, **NOW)
    assert message.startswith(f"{RINGS} The prompts show {{{{name}}}}, which has no value for 2 of")


async def test_emptying_the_schedule_of_a_campaign_is_refused_until_it_is_understood() -> None:
    here, given = Stage(), {"id": ID, "clear": ["schedulePlan"]}
    message = await held(here, "update_a_vapi_campaign_by_id", **given)
    told = "Without schedulePlan, a campaign that has not started yet dials at once."
    assert message == f"{told} {MEANT}"
    await here.call("update_a_vapi_campaign_by_id", **given, understood=True)
    assert len(here.vapi.writes) == 1


async def test_a_language_that_the_provider_does_not_document_is_refused_first() -> None:
    here = Stage()
    given = {"name": "Eva", "transcriber": {"provider": "deepgram", "language": "de-XX"}}
    message = await held(here, "create_a_vapi_assistant", **given)
    assert message.startswith("transcriber.language 'de-XX' is not among the documented de-CH, de,")
    assert message.endswith(f"; calls would fail or not be understood. {MEANT}")
    await here.call("create_a_vapi_assistant", **given, understood=True)
    assert orjson.loads(here.vapi.writes[0].body or b"") == given


async def test_a_language_that_is_saved_already_is_sent_back_without_a_word() -> None:
    here = Stage()
    transcriber = {"provider": "deepgram", "language": "de-XX"}
    here.vapi.reads = {f"GET /assistant/{ID}": {"id": ID, "transcriber": transcriber}}
    await here.call("update_a_vapi_assistant_by_id", id=ID, transcriber=transcriber)
    assert len(here.vapi.writes) == 1


async def test_many_deletions_are_previewed_first() -> None:
    here = Stage()
    caller = {"customer": {"name": "Ada", "number": NUMBER}}
    here.vapi.reads = {f"GET /call/{ID}": {"id": ID, **caller}}
    outcome = await here.outcome(ERASE, ids=[ID, OTHER])
    assert (outcome.kind, here.vapi.writes) == ("asked", [])
    assert orjson.loads(outcome.result.text) == {
        "preview": {
            "what": "Erase a call",
            "tool": ERASE,
            "how_many": 2,
            "ids": [ID, OTHER],
            "call": f"Ada ({NUMBER})",
            "warning": ERASES,
        },
        "what_to_do": (
            "Nothing was erased. To erase these calls, call again with the same arguments and "
            "understood: true."
        ),
    }
    await here.call(ERASE, ids=[ID, OTHER], understood=True)
    [request] = here.vapi.writes
    assert (request.path, orjson.loads(request.body or b"")) == (
        f"/call/{ID}",
        {"ids": [ID, OTHER]},
    )


@pytest.mark.parametrize("given", [{"id": ID}, {"ids": [ID]}, {"id": ID, "ids": [ID, ID]}])
async def test_one_deletion_is_done_at_once(given: dict[str, Any]) -> None:
    here = Stage()
    await here.call(ERASE, **given)
    assert [each.path for each in here.vapi.writes] == [f"/call/{ID}"]


async def test_a_deletion_needs_an_id_or_ids() -> None:
    with pytest.raises(InvalidArguments, match="id is required"):
        await Stage().call(ERASE, ids=[])


@pytest.mark.parametrize("confirm", ["destructive", "all_writes"])
async def test_a_server_that_asks_for_consent_does_not_ask_twice(confirm: str) -> None:
    here = Stage(confirm=confirm)
    first = orjson.loads((await here.call(ERASE, ids=[ID, OTHER])).text)
    assert first["preview"]["warning"] == ERASES
    await here.call(ERASE, ids=[ID, OTHER], confirmation_code=first["confirmation_code"])
    assert len(here.vapi.writes) == 1


async def test_a_refused_call_leaves_its_idempotency_key_free() -> None:
    here = Stage()
    await held(here, CAMPAIGN, **NOW, idempotency_key="k")
    first = await here.call(CAMPAIGN, **NOW, idempotency_key="k", understood=True)
    again = await here.call(CAMPAIGN, **NOW, idempotency_key="k")
    assert (again.text, len(here.vapi.writes)) == (first.text, 1)


async def test_an_ordinary_call_takes_the_word_and_does_not_need_it() -> None:
    here = Stage()
    here.vapi.answer = reply({"id": ID})
    await here.call(CALL, **ORDER)
    await here.call(CALL, **ORDER, understood=True)
    assert len(here.vapi.writes) == 2
