"""An update answers what it changed, and no more."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.writes import ID, Stage, reply
from vapi_mcp.invocation.writes.changes.comparison import compared
from vapi_mcp.registry.scope import Scope

ASSISTANT = "update_a_vapi_assistant_by_id"
SQUAD = "update_a_vapi_squad_by_id"
OTHER = "0aa1b5c2-7d34-4c56-8f0e-1b2c3d4e5f60"
SAVED: dict[str, Any] = {
    "id": ID,
    "name": "Mila",
    "firstMessage": "Hello.",
    "model": {"provider": "openai", "model": "gpt-4o", "toolIds": [ID]},
    "updatedAt": "2026-03-01T10:00:00.000Z",
}
NOW = {"updatedAt": "2026-03-02T12:00:00.000Z"}


def stage(saved: dict[str, Any], after: dict[str, Any], path: str = "assistant") -> Stage:
    made = Stage()
    made.vapi.reads = {f"GET /{path}/{ID}": saved}
    made.vapi.answer = reply({**saved, **after, **NOW}, 200)
    return made


def changes(before: Any, after: Any, most: int = 300) -> list[dict[str, Any]]:
    return [each.shown(most) for each in compared({"x": before}, {"x": after})]


async def test_an_update_answers_each_changed_place_with_both_values() -> None:
    here = stage(SAVED, {"name": "Milo"})
    answer = orjson.loads((await here.call(ASSISTANT, id=ID, name="Milo")).text)
    assert answer == {
        "id": ID,
        "changed": [{"path": "name", "before": "Mila", "after": "Milo"}],
        **NOW,
    }
    looks = [(each.path, each.deadline) for each in here.vapi.read]
    assert looks == [(f"/assistant/{ID}", 3.0)]


async def test_an_update_that_merged_reads_the_object_once() -> None:
    model = {**SAVED["model"], "toolIds": [OTHER]}
    here = stage(SAVED, {"model": model})
    given = {"model": {"toolIds": [OTHER]}, "nested": "merge"}
    result = await here.call(ASSISTANT, id=ID, **given)
    answer = orjson.loads(result.text)
    assert answer["changed"] == [{"path": "model.toolIds", "added": [OTHER], "removed": [ID]}]
    assert (len(here.vapi.read), result.notes) == (1, ())


async def test_fields_answer_the_object_and_read_nothing_before() -> None:
    here = stage(SAVED, {"name": "Milo"})
    whole = await here.call(ASSISTANT, id=ID, name="Milo", fields=["*"])
    some = await here.call(ASSISTANT, id=ID, name="Milo", fields=["name"])
    after = {**SAVED, "name": "Milo", **NOW}
    assert [orjson.loads(each.text) for each in (whole, some)] == [after, {"name": "Milo"}]
    assert here.vapi.read == []


async def test_an_update_without_a_change_says_so() -> None:
    here = stage(SAVED, {})
    result = await here.call(ASSISTANT, id=ID, name="Mila")
    assert orjson.loads(result.text) == {"id": ID, "changed": [], **NOW}
    assert result.notes == ("Nothing changed: the saved object had these values already.",)


@pytest.mark.parametrize("failing", [reply({"message": "no"}, 500), reply(b"<html>", 200)])
async def test_where_the_object_cannot_be_read_before_it_is_answered_whole(failing: Any) -> None:
    here = stage(SAVED, {"name": "Milo"})
    here.vapi.reads = {f"GET /assistant/{ID}": failing}
    answer = orjson.loads((await here.call(ASSISTANT, id=ID, name="Milo")).text)
    assert answer == {**SAVED, "name": "Milo", **NOW}


async def test_a_server_without_the_tool_that_reads_answers_the_object() -> None:
    here = Stage(scope=Scope(tools=frozenset({ASSISTANT})))
    here.vapi.reads = {f"GET /assistant/{ID}": SAVED}
    here.vapi.answer = reply({**SAVED, **NOW}, 200)
    answer = orjson.loads((await here.call(ASSISTANT, id=ID, name="Mila")).text)
    assert (answer, here.vapi.read) == ({**SAVED, **NOW}, [])


async def test_a_dry_run_and_a_refused_update_are_as_before() -> None:
    here = stage(SAVED, {})
    shown = orjson.loads((await here.call(ASSISTANT, id=ID, name="Milo", dry_run=True)).text)
    assert (shown["body"], here.vapi.read) == ({"name": "Milo"}, [])
    here.vapi.answer = reply({"message": "name is taken"}, 400)
    outcome = await here.outcome(ASSISTANT, id=ID, name="Milo")
    assert (outcome.kind, outcome.status) == ("refused", 400)


async def test_a_campaign_that_changed_still_says_when_it_rings_people() -> None:
    saved = {"id": ID, "name": "May", "status": "scheduled"}
    here = stage(saved, {"name": "June"}, "campaign")
    result = await here.call("update_a_vapi_campaign_by_id", id=ID, name="June")
    assert orjson.loads(result.text)["changed"] == [
        {"path": "name", "before": "May", "after": "June"}
    ]
    assert "This campaign rings people now." in result.notes[-1]


async def test_many_and_long_changes_stay_within_the_budget() -> None:
    long = {f"key{n}": "word " * 400 for n in range(200)}
    here = stage({**SAVED, "metadata": {}}, {"metadata": long})
    result = await here.call(ASSISTANT, id=ID, metadata=long, nested="replace")
    assert len(orjson.loads(result.text)["changed"]) == 60
    assert "140 more changes are not shown; get_single_vapi_assistant_by_id reads the object." in (
        result.notes
    )
    assert len(result.text) < 60 * 500


def test_items_of_lists_are_named_by_id_or_name() -> None:
    one, two = {"assistantId": ID}, {"assistant": {"name": "Billing"}}
    assert changes([one], [one, two]) == [{"path": "x", "added": ["Billing"]}]
    assert changes([one, two], None) == [{"path": "x", "removed": [ID, "Billing"]}]
    assert changes(["a", "b"], ["b", "a"]) == [{"path": "x", "order": ["b", "a"]}]
    tool = {"type": "function", "function": {"name": "book", "description": "Books."}}
    other = {"type": "function", "function": {"name": "book", "description": "Books a room."}}
    assert changes([tool], [other]) == [
        {"path": "x[0].function.description", "before": "Books.", "after": "Books a room."}
    ]


def test_items_without_a_name_are_compared_in_order() -> None:
    was, now = [{"role": "system", "content": "A"}], [{"role": "system", "content": "B"}]
    assert changes(was, now) == [{"path": "x[0].content", "before": "A", "after": "B"}]
    assert changes(was, [*was, *now]) == [{"path": "x", "before": was, "after": [*was, *now]}]
    assert changes([{"a": None}], [{}]) == []


def test_of_long_texts_the_answer_shows_what_differs() -> None:
    before = f"{'Be kind. ' * 100}Offer {ID} first. {'Be brief. ' * 100}"
    assert changes(before, before.replace(ID, OTHER), 100) == [
        {
            "path": "x",
            "before": f"…kind. Be kind. Be kind. Offer {ID} first. Be brief. Be brief. Be…",
            "after": f"…kind. Be kind. Be kind. Offer {OTHER} first. Be brief. Be brief. Be…",
        }
    ]


def test_no_cut_goes_through_an_id() -> None:
    ids = " ".join([OTHER] * 5)
    assert changes(None, ids, 20) == [
        {"path": "x", "before": None, "after": f"{OTHER}… (148 more characters)"}
    ]


def test_large_values_are_shown_by_their_outline() -> None:
    messages = [{"content": "x " * 200}]
    plan = {"plan": {"messages": messages * 3, "one": messages, "on": True}}
    assert changes(None, plan, 80) == [
        {
            "path": "x",
            "before": None,
            "after": {
                "plan": {
                    "messages": "(3 items, not shown)",
                    "one": "(1 item, not shown)",
                    "on": True,
                }
            },
        }
    ]
