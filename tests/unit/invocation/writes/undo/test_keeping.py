"""What an update or a deletion changed is kept, and its answer names the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.invocation import tokens_of
from tests.support.writes import ID, Stage, reply
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.errors import StoreError
from vapi_mcp.invocation.failures.transport_errors import NeverConnected
from vapi_mcp.invocation.outcome import Outcome
from vapi_mcp.invocation.writes.undo.change import ChangeFilter, ObjectChange
from vapi_mcp.registry.scope import Scope

ADMIN = "an administrator (vapi-mcp changes restore ID, or the console)"
UPDATE = "update_a_vapi_assistant_by_id"
DELETE = "delete_a_vapi_assistant_by_id"
SAVED: Mapping[str, Any] = {"id": ID, "name": "Mila", "updatedAt": "2026-03-01T10:00:00.000Z"}
AFTER = {**SAVED, "name": "Milo", "updatedAt": "2026-03-02T12:00:00.000Z"}
PLACE = f"GET /assistant/{ID}"


def stage(answer: Any = AFTER, **values: Any) -> Stage:
    made = Stage(keep_days=30, **values)
    made.vapi.reads = {PLACE: SAVED}
    made.vapi.answer = reply(answer, 200)
    return made


def restorable(change_id: str) -> str:
    return f"change: {change_id}, restorable until 2026-04-01T12:00:00Z by {ADMIN}"


async def kept(here: Stage) -> list[ObjectChange]:
    heads = (await here.changes.list_changes(ChangeFilter(), Window())).items
    return [found for each in heads if (found := await here.changes.find_change(each.id))]


async def renamed(here: Stage, **given: Any) -> Outcome:
    return await here.outcome(UPDATE, id=ID, name="Milo", **given)


async def test_an_update_keeps_the_object_before_and_after_and_names_the_record() -> None:
    here = stage()
    outcome = await renamed(here)
    (change,) = await kept(here)
    assert change == ObjectChange(
        id=change.id,
        created_at=here.clock.now,
        expires_at=here.clock.now + timedelta(days=30),
        tenant_id=None,
        account_id="account",
        server_id="server",
        tool=UPDATE,
        effect="update",
        resource="assistants",
        object_id=ID,
        kept="whole",
        place={"id": ID},
        before=SAVED,
        after=AFTER,
    )
    assert outcome.change_id == change.id
    note = restorable(change.id)
    assert outcome.result.notes == (note,)
    assert len(here.vapi.read) == 1


async def test_a_deletion_reads_the_object_first_and_keeps_it() -> None:
    here = stage(SAVED)
    outcome = await here.outcome(DELETE, id=ID)
    (change,) = await kept(here)
    assert (change.effect, change.before, change.after) == ("delete", SAVED, None)
    assert [each.method for each in (*here.vapi.read, *here.vapi.writes)] == ["GET", "DELETE"]
    assert outcome.result.notes[-1] == (restorable(change.id))


async def test_an_update_that_asks_for_fields_keeps_the_object_before_too() -> None:
    here = stage()
    await renamed(here, fields=["id"])
    (change,) = await kept(here)
    assert change.before == SAVED


async def test_an_object_that_no_tool_in_scope_reads_is_kept_too() -> None:
    here = stage(scope=Scope(tools=frozenset({UPDATE})))
    await renamed(here)
    (change,) = await kept(here)
    assert change.before == SAVED


@pytest.mark.parametrize("tool", [UPDATE, DELETE])
async def test_a_failed_read_does_not_block_the_write(tool: str) -> None:
    here = stage()
    here.vapi.reads = {PLACE: reply({"message": "down"}, 503)}
    given = {"name": "Milo"} if tool == UPDATE else {}
    outcome = await here.outcome(tool, id=ID, **given)
    (change,) = await kept(here)
    assert (len(here.vapi.writes), change.kept, change.before) == (1, "unread", None)
    assert outcome.result.notes[-1] == f"change: {change.id}, not restorable"


async def test_an_update_that_changes_nothing_leaves_no_record() -> None:
    here = stage({**SAVED, "updatedAt": "2026-03-02T12:00:00.000Z", "voice": None})
    outcome = await renamed(here)
    assert (await kept(here), outcome.change_id) == ([], None)


async def test_a_write_that_vapi_refuses_leaves_no_record() -> None:
    here = stage()
    here.vapi.answer = reply({"message": "no"}, 400)
    assert ((await renamed(here)).change_id, await kept(here)) == (None, [])


async def test_a_write_that_never_reached_vapi_leaves_no_record() -> None:
    here = stage()
    here.vapi.answer = lambda: NeverConnected("no way", status=502)
    assert ((await renamed(here)).change_id, await kept(here)) == (None, [])


async def test_a_write_whose_answer_is_lost_is_kept_as_unknown() -> None:
    here = stage()
    here.vapi.answer = reply({"message": "down"}, 500)
    outcome = await renamed(here)
    (change,) = await kept(here)
    assert (change.outcome, change.before, change.after) == ("unknown", SAVED, None)
    assert outcome.change_id == change.id


async def test_a_dry_run_leaves_no_record() -> None:
    here = stage()
    await renamed(here, dry_run=True)
    assert await kept(here) == []


async def test_a_create_leaves_no_record() -> None:
    here = stage()
    await here.outcome("create_a_vapi_assistant", name="Mila")
    assert await kept(here) == []


@pytest.mark.parametrize("given", [{"id": ID}, {"ids": [ID, "other"]}])
async def test_no_copy_of_a_conversation_outlives_its_deletion(given: dict[str, Any]) -> None:
    here = stage({"id": ID})
    outcome = await here.outcome("delete_a_vapi_call_by_id", **given, understood=True)
    (change,) = await kept(here)
    assert (change.kept, change.before, here.vapi.read) == ("withheld", None, [])
    assert outcome.result.notes[-1] == f"change: {change.id}, not restorable"


async def test_of_an_updated_conversation_only_what_changed_is_kept() -> None:
    call = {"id": ID, "name": "Old", "transcript": "User: my number is secret."}
    here = stage({**call, "name": "New"})
    here.vapi.reads = {f"GET /call/{ID}": call}
    await here.outcome("update_a_vapi_call_by_id", id=ID, name="New")
    (change,) = await kept(here)
    assert (change.kept, change.before, change.after) == (
        "changed",
        {"name": "Old"},
        {"name": "New"},
    )


async def test_of_a_large_object_only_what_changed_is_kept() -> None:
    large = {**SAVED, "firstMessage": "x" * 300_000}
    here = stage({**large, "name": "Milo"})
    here.vapi.reads = {PLACE: large}
    await renamed(here)
    (change,) = await kept(here)
    assert (change.kept, change.before, change.after) == (
        "changed",
        {"name": "Mila"},
        {"name": "Milo"},
    )


async def test_a_deleted_object_that_is_too_large_is_not_kept() -> None:
    here = stage(SAVED)
    here.vapi.reads = {PLACE: {**SAVED, "firstMessage": "x" * 600_000}}
    outcome = await here.outcome(DELETE, id=ID)
    (change,) = await kept(here)
    assert (change.kept, change.before) == ("oversized", None)
    assert outcome.result.notes[-1] == f"change: {change.id}, not restorable"


async def test_a_store_that_fails_does_not_fail_the_write(monkeypatch: pytest.MonkeyPatch) -> None:
    here = stage()
    failure = StoreError()

    async def failing(change: ObjectChange) -> None:
        del change
        raise failure

    monkeypatch.setattr(here.changes, "add_change", failing)
    outcome = await renamed(here)
    said = f"change: not kept, so it cannot be taken back ({failure})"
    assert (outcome.kind, outcome.change_id, outcome.result.notes) == ("sent", None, (said,))


async def costs(count: int, **given: Any) -> int:
    """Return the tokens of an update that changed so many properties, named in its answer."""
    many = {f"property{n}": f"value {n}" for n in range(count)}
    here = stage({**AFTER, **{name: f"new {value}" for name, value in many.items()}})
    here.vapi.reads = {PLACE: {**SAVED, **many}}
    config = ServerConfig(max_result_tokens=500)
    here.grant = replace(here.grant, server=replace(here.grant.server, config=config))
    result = (await renamed(here, **given)).result
    assert result.notes[-1].startswith("change: ")
    return tokens_of(result)


@pytest.mark.parametrize("given", [{}, {"fields": ["*"]}], ids=["changes", "object"])
async def test_an_answer_with_its_change_keeps_to_the_budget(given: dict[str, Any]) -> None:
    found = [await costs(count, **given) for count in range(1, 60)]
    assert 400 < max(found) <= 500
