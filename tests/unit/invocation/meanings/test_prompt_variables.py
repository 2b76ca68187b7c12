"""Answers about assistants say which variables of their prompts have no value."""

from __future__ import annotations

from typing import Any

import orjson

from tests.support.invocation import ID, called

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
