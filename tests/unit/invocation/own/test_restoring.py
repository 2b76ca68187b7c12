"""The tool that takes a change back: it does what an administrator does, by the server's rules."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from tests.support.writes import ID, Stage, registry
from tests.unit.invocation.writes.undo.test_restore_request import requests
from tests.unit.invocation.writes.undo.test_restoring import DELETE, GONE, UPDATE, made, sent, stage
from vapi_mcp.errors import ToolError, WriteHeld
from vapi_mcp.invocation.outcome import Outcome
from vapi_mcp.registry.scope import FULL, Scope

RESTORE = "restore_a_vapi_change"


def own_stage(scope: Scope = FULL) -> Stage:
    here = stage(scope=scope)
    here.invoker.restores = requests(here)
    return here


async def restored(here: Stage, change_id: str, **given: object) -> Outcome:
    tool = registry().tools[RESTORE]
    return await here.invoker.invoke(tool, {"id": change_id, **given}, here.grant, here.caller)


async def test_an_update_names_the_tool_that_takes_it_back_where_a_client_has_it() -> None:
    here = own_stage()
    outcome = await here.outcome(UPDATE, id=ID, name="Milo", firstMessage="Hi.")
    assert outcome.result.notes[-1] == (
        f"change: {outcome.change_id}, restorable until 2026-04-01T12:00:00Z by {RESTORE}"
    )


async def test_an_update_names_the_administrator_where_no_tool_takes_it_back() -> None:
    here = own_stage(replace(FULL, exclude_tools=frozenset({RESTORE})))
    outcome = await here.outcome(UPDATE, id=ID, name="Milo", firstMessage="Hi.")
    assert outcome.result.notes[-1].endswith(
        " by an administrator (vapi-mcp changes restore ID, or the console)"
    )


async def test_an_update_is_taken_back_and_the_outcome_names_the_tool_that_was_called() -> None:
    here = own_stage()
    change = await made(here, name="Milo", firstMessage="Hi.")
    outcome = await restored(here, change.id)
    assert orjson.loads(outcome.result.text) == {
        "restored": change.id,
        "id": ID,
        "change": outcome.change_id,
        "referrers": [],
    }
    assert (outcome.tool.name, outcome.arguments) == (RESTORE, {"id": change.id})
    assert (outcome.kind, outcome.upstream_ids[0]) == ("sent", ID)
    assert [each.method for each in here.vapi.writes] == ["PATCH"]


async def test_a_deleted_object_is_created_again_with_a_new_id() -> None:
    here = own_stage()
    change = await made(here, DELETE)
    outcome = await restored(here, change.id)
    assert orjson.loads(outcome.result.text)["id"] == "new"
    assert outcome.result.notes[0].startswith("The object has a new id: new instead of")


async def test_a_dry_run_sends_nothing() -> None:
    here = own_stage()
    change = await made(here, name="Milo", firstMessage="Hi.")
    outcome = await restored(here, change.id, dry_run=True)
    assert (outcome.kind, sent(here)) == ("dry_run", [])
    assert orjson.loads(outcome.result.text)["method"] == "PATCH"


async def test_an_object_that_changed_since_is_restored_by_force_only() -> None:
    here = own_stage()
    change = await made(here, name="Milo", firstMessage="Hi.")
    here.vapi.reads = {f"GET /assistant/{ID}": {**(change.after or {}), "name": "Mona"}}
    refused = await restored(here, change.id)
    assert isinstance(refused.end, WriteHeld)
    assert "The object changed since, in name." in refused.end.message
    assert (refused.kind, sent(here)) == ("refused", [])
    assert (await restored(here, change.id, force=True)).kind == "sent"


@pytest.mark.parametrize("values", [{"server_id": "other"}, {"account_id": "other"}])
async def test_a_change_of_another_server_is_not_there(values: dict[str, str]) -> None:
    here = own_stage()
    change = await made(here, name="Milo", firstMessage="Hi.")
    await here.changes.add_change(replace(change, id="vapi-change-x", **values))
    outcome = await restored(here, "vapi-change-x")
    assert isinstance(outcome.end, ToolError)
    assert outcome.end.message == (
        "There is no such change of this server, or its time is over. The note under an update or "
        "a deletion names it; changes of other servers are restored by an administrator. Nothing "
        "was sent."
    )


async def test_a_restore_needs_the_tool_that_it_takes() -> None:
    change = await made(own_stage(), DELETE)
    here = own_stage(Scope(tools=frozenset({DELETE, RESTORE}), catalogue="full"))
    await here.changes.add_change(change)
    here.vapi.reads = {f"GET /assistant/{ID}": GONE}
    outcome = await restored(here, change.id)
    assert isinstance(outcome.end, ToolError)
    assert "that takes create_a_vapi_assistant, which is not allowed here" in outcome.end.message
    assert sent(here) == []


async def test_a_server_that_keeps_no_changes_says_so() -> None:
    here = own_stage()
    here.invoker.restores = None
    outcome = await restored(here, "vapi-change-x")
    assert isinstance(outcome.end, ToolError)
    assert outcome.end.message.startswith("This server keeps no changes")


async def test_a_server_that_asks_for_consent_asks_before_a_restore() -> None:
    change = await made(own_stage(), name="Milo", firstMessage="Hi.")
    here = stage(scope=FULL, confirm="all_writes")
    here.invoker.restores = requests(here)
    await here.changes.add_change(change)
    here.vapi.reads = {f"GET /assistant/{ID}": change.after}
    first = await restored(here, change.id)
    code = orjson.loads(first.result.text)["confirmation_code"]
    assert (first.kind, first.tool.name, sent(here)) == ("asked", RESTORE, [])
    again = await restored(here, change.id, confirmation_code=code)
    assert again.kind == "sent"
