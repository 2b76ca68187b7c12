"""Answers about assistants say which variables of their prompts have no value."""

from __future__ import annotations

from typing import Any

import orjson

from tests.support.invocation import ID, REGISTRY, ResultInvoker, called, granted
from tests.support.upstream import FakeUpstream

LIST, GET = "list_all_vapi_assistants", "get_single_vapi_assistant_by_id"
AT = "2026-01-01T00:00:00.000Z"
RECALL: dict[str, Any] = {
    "id": ID,
    "createdAt": AT,
    "firstMessage": "Hello {{customer.name}}, this is {{ agent | default: 'Ann' }}.",
    "model": {
        "provider": "openai",
        "messages": [{"role": "system", "content": "{{offer}} {{day}}"}],
    },
    "variableValues": {"day": "Monday"},
}
PLAIN: dict[str, Any] = {"id": "b", "createdAt": AT, "firstMessage": "Hello."}
NOTE = "variables without a value: offer; a call gives them in variableValues."


async def test_an_assistant_is_shown_with_a_note_on_variables_without_a_value() -> None:
    whole = await called(RECALL, GET, id=ID)
    assert (orjson.loads(whole.text), NOTE in whole.notes) == (RECALL, True)
    gone = await called(RECALL, "delete_a_vapi_assistant_by_id", id=ID)
    plain = await called({**PLAIN, "id": ID}, GET, id=ID)
    assert NOTE not in (*gone.notes, *plain.notes)


async def test_a_write_says_which_variables_a_call_will_have_to_give() -> None:
    create, update = "create_a_vapi_assistant", "update_a_vapi_assistant_by_id"
    body = {"firstMessage": RECALL["firstMessage"], "model": RECALL["model"]}
    texts = {**body, "variableValues": RECALL["variableValues"]}
    tried = await called({}, create, **texts, dry_run=True)
    made = await called(RECALL, create, **texts)
    assert (NOTE in tried.notes, NOTE in made.notes) == (True, True)
    texts["firstMessage"] = "Hi."
    greeted = {f"GET /assistant/{ID}": {**RECALL, **texts}, f"PATCH /assistant/{ID}": RECALL}
    renamed = {f"GET /assistant/{ID}": {**RECALL, "name": "A"}, f"PATCH /assistant/{ID}": RECALL}
    told = [
        (
            await ResultInvoker(FakeUpstream(answers)).invoke(
                REGISTRY.find(update), {"id": ID, **given}, granted()
            )
        ).notes
        for answers, given in ((greeted, body | {"nested": "replace"}), (renamed, {"name": "B"}))
    ]
    assert [NOTE in notes for notes in told] == [True, False]


async def test_a_list_shows_the_variables_of_those_that_have_some() -> None:
    listed = await called([RECALL, PLAIN], LIST)
    found = await called([RECALL, PLAIN], LIST, where={"createdAt": ">=2025-01-01"})
    items = [{"id": ID, "createdAt": AT, "model": {"provider": "openai"}, "variables": ["offer"]}]
    items.append({"id": "b", "createdAt": AT})
    assert [orjson.loads(each.text)["result"] for each in (listed, found)] == [items, items]


async def test_variables_are_a_key_where_they_are_asked_for() -> None:
    got = await called(RECALL, GET, id=ID, fields=["variables"])
    assert (orjson.loads(got.text), got.notes) == ({"variables": ["offer"]}, ())
    listed = await called([RECALL, PLAIN], LIST, fields=["id", "variables"])
    assert orjson.loads(listed.text)["result"] == [
        {"id": ID, "variables": ["offer"]},
        {"id": "b", "variables": []},
    ]
    found = await called([RECALL, PLAIN], LIST, where={"variables": "offer"}, fields=["id"])
    assert orjson.loads(found.text)["result"] == [{"id": ID}]
