"""A change is taken back by one call, unless something else would be lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest

from tests.support.writes import ID, Stage, registry, reply
from vapi_mcp.errors import ToolError, WriteHeld
from vapi_mcp.invocation.writes.undo.change import ObjectChange
from vapi_mcp.invocation.writes.undo.referrers import Referrer
from vapi_mcp.invocation.writes.undo.restorer import Restored, Restorer
from vapi_mcp.registry.scope import Scope

UPDATE = "update_a_vapi_assistant_by_id"
DELETE = "delete_a_vapi_assistant_by_id"
CREATE = "create_a_vapi_assistant"
PLACE = f"GET /assistant/{ID}"
GONE = reply({"message": "Couldn't Find Assistant"}, 404)
BEFORE: Mapping[str, Any] = {
    "id": ID,
    "name": "Mila",
    "model": {"provider": "openai", "model": "gpt-4o"},
    "orgId": "org",
    "updatedAt": "2026-03-01T10:00:00.000Z",
}
AFTER: Mapping[str, Any] = {
    **BEFORE,
    "name": "Milo",
    "firstMessage": "Hi.",
    "updatedAt": "2026-03-02T12:00:00.000Z",
}


def stage(**values: Any) -> Stage:
    made = Stage(keep_days=30, **values)
    made.vapi.reads = {PLACE: BEFORE}
    made.vapi.answer = reply(AFTER, 200)
    return made


def restorer(here: Stage) -> Restorer:
    async def opened() -> Any:
        return here.changes

    return Restorer(registry(), here.invoker, here.vapi.upstream, opened)


async def made(here: Stage, tool: str = UPDATE, **given: Any) -> ObjectChange:
    """Make a change, and leave Vapi as it is then."""
    outcome = await here.outcome(tool, id=ID, **given)
    here.vapi.writes.clear()
    here.vapi.reads[PLACE] = AFTER if tool == UPDATE else GONE
    here.vapi.answer = reply(BEFORE if tool == UPDATE else {**BEFORE, "id": "new"}, 200)
    return await found(here, outcome.change_id)


async def found(here: Stage, change_id: str | None) -> ObjectChange:
    change = await here.changes.find_change(change_id or "")
    assert change is not None
    return change


async def updated(here: Stage) -> ObjectChange:
    return await made(here, name="Milo", firstMessage="Hi.")


async def restored(here: Stage, change: ObjectChange, **given: Any) -> Restored:
    return await restorer(here).restore(change, here.grant, **given)


def sent(here: Stage) -> list[tuple[str, str, Any]]:
    return [(r.method, r.path, orjson.loads(r.body or b"null")) for r in here.vapi.writes]


async def refused(here: Stage, change: ObjectChange, **given: Any) -> str:
    with pytest.raises(WriteHeld) as refusal:
        await restored(here, change, **given)
    assert sent(here) == []
    return refusal.value.message


async def test_an_update_is_taken_back_by_what_differs_alone_and_absent_is_emptied() -> None:
    here = stage()
    change = await updated(here)
    await restored(here, change)
    assert sent(here) == [("PATCH", f"/assistant/{ID}", {"name": "Mila", "firstMessage": None})]


async def test_a_restore_is_a_change_itself_that_can_be_taken_back() -> None:
    here = stage()
    first = await updated(here)
    second = await found(here, (await restored(here, first)).outcome.change_id)
    assert (second.restores, second.before, second.after) == (first.id, AFTER, BEFORE)
    assert (await found(here, first.id)).restored_by == second.id

    here.vapi.writes.clear()
    here.vapi.reads[PLACE], here.vapi.answer = BEFORE, reply(AFTER, 200)
    await restored(here, second)
    assert sent(here) == [("PATCH", f"/assistant/{ID}", {"name": "Milo", "firstMessage": "Hi."})]


async def test_an_object_that_changed_since_is_left_alone_unless_forced() -> None:
    here = stage()
    change = await updated(here)
    here.vapi.reads[PLACE] = {**AFTER, "voice": {"provider": "vapi"}, "name": "Otto"}
    assert await refused(here, change) == (
        "The object changed since, in name, voice. To give what this change changed its former "
        "values anyway, pass force. Nothing was sent."
    )
    await restored(here, change, force=True)
    assert sent(here) == [("PATCH", f"/assistant/{ID}", {"name": "Mila", "firstMessage": None})]


async def test_what_vapi_sets_itself_does_not_count_as_a_change() -> None:
    here = stage()
    change = await updated(here)
    here.vapi.reads[PLACE] = {**AFTER, "orgId": "moved", "updatedAt": "later"}
    assert (await restored(here, change)).object_id == ID


async def test_a_change_is_taken_back_once_unless_forced() -> None:
    here = stage()
    change = replace(await updated(here), restored_by="vapi-change-2")
    assert await refused(here, change) == (
        "This change was taken back by vapi-change-2. To restore it once more, say force. "
        "Nothing was sent."
    )


async def test_an_update_of_an_object_that_is_gone_cannot_be_taken_back() -> None:
    here = stage()
    change = await updated(here)
    here.vapi.reads[PLACE] = GONE
    said = "This change cannot be taken back: the object was deleted since. Nothing was sent."
    assert await refused(here, change, force=True) == said


async def test_a_deleted_object_is_made_again_without_what_vapi_sets() -> None:
    here = stage()
    change = await made(here, DELETE)
    answer = await restored(here, change)
    body = {"name": "Mila", "model": BEFORE["model"]}
    assert sent(here) == [("POST", "/assistant", body)]
    assert answer.object_id == "new"
    again = await found(here, answer.outcome.change_id)
    assert (again.effect, again.object_id, again.restores) == ("create", "new", change.id)
    assert (await found(here, change.id)).restored_by == again.id


async def test_a_restored_deletion_tells_who_names_the_old_id() -> None:
    here = stage()
    change = await made(here, DELETE)
    here.vapi.reads |= {
        "GET /squad": [{"id": "s1", "members": [{"assistantId": ID}]}, {"id": "s2"}],
        "GET /phone-number": [{"id": "p1", "assistantId": ID}],
    }
    answer = await restored(here, change)
    assert answer.referrers == (Referrer("squad", "s1"), Referrer("phone-number", "p1"))


async def test_a_list_that_fails_does_not_fail_the_restore() -> None:
    here = stage()
    change = await made(here, DELETE)
    here.vapi.reads |= {"GET /squad": reply({"message": "down"}, 500)}
    assert (await restored(here, change)).object_id == "new"


async def test_two_restores_of_one_deletion_make_one_object() -> None:
    here = stage()
    change = await made(here, DELETE)
    first, second = await restored(here, change), await restored(here, change)
    assert (first.outcome.kind, second.outcome.kind, len(sent(here))) == ("sent", "replayed", 1)
    assert second.object_id == "new"


async def test_a_deleted_object_that_is_there_again_is_not_made_twice() -> None:
    here = stage()
    change = await made(here, DELETE)
    here.vapi.reads[PLACE] = BEFORE
    said = "This change cannot be taken back: the object is still there. Nothing was sent."
    assert await refused(here, change) == said


@pytest.mark.parametrize(
    ("kept", "why"),
    [
        ("unread", "the object could not be read before it was changed"),
        ("withheld", "it was a conversation, and no copy of one is kept"),
        ("oversized", "the object was too large to be kept"),
    ],
)
async def test_a_state_that_is_not_kept_cannot_be_restored(kept: Any, why: str) -> None:
    here = stage()
    change = replace(await updated(here), kept=kept, before=None, after=None)
    assert await refused(here, change) == (
        f"This change cannot be taken back: {why}. Nothing was sent."
    )


async def test_a_tool_out_of_scope_restores_nothing() -> None:
    here = stage(scope=Scope(tools=frozenset({DELETE})))
    change = await made(here, DELETE)
    assert await refused(here, change) == (
        f"This change cannot be taken back: that takes {CREATE}, which is not allowed here. "
        "Nothing was sent."
    )


async def test_a_change_whose_answer_was_lost_is_restored_only_if_forced() -> None:
    here = stage()
    here.vapi.answer = reply({"message": "down"}, 500)
    change = await updated(here)
    assert "pass force" in await refused(here, change)
    await restored(here, change, force=True)
    assert sent(here) == [("PATCH", f"/assistant/{ID}", {"name": "Mila", "firstMessage": None})]


async def test_a_lost_change_that_was_never_made_needs_no_restore() -> None:
    here = stage()
    here.vapi.answer = reply({"message": "down"}, 500)
    change = await updated(here)
    here.vapi.reads[PLACE] = BEFORE
    said = "This change cannot be taken back: the object has its former state. Nothing was sent."
    assert await refused(here, change, force=True) == said


async def test_nothing_is_restored_while_the_object_cannot_be_read() -> None:
    here = stage()
    change = await updated(here)
    here.vapi.reads[PLACE] = reply({"message": "down"}, 503)
    with pytest.raises(ToolError):
        await restored(here, change)
    assert sent(here) == []


async def test_a_dry_run_shows_the_call_and_restores_nothing() -> None:
    here = stage()
    change = await updated(here)
    answer = await restored(here, change, options={"dry_run": True})
    assert (answer.outcome.kind, answer.object_id, sent(here)) == ("dry_run", None, [])
    assert (await found(here, change.id)).restored_by is None


async def test_a_refusal_by_vapi_leaves_the_change_unrestored() -> None:
    here = stage()
    change = await updated(here)
    here.vapi.answer = reply({"message": "no"}, 400)
    answer = await restored(here, change)
    assert (answer.outcome.kind, answer.object_id) == ("refused", None)
    assert (await found(here, change.id)).restored_by is None


async def test_text_that_could_not_be_read_exactly_is_not_sent_back() -> None:
    here = stage()
    change = await updated(here)
    broken = replace(change, before={**BEFORE, "name": "Mi\ufffd"})
    assert "could not be read exactly" in await refused(here, broken)
