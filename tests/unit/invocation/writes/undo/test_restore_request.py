"""A client takes back a change of its own server, by the rules of that server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from tests.support.writes import ID, Stage, registry
from tests.unit.invocation.writes.undo.test_restoring import (
    DELETE,
    made,
    restorer,
    sent,
    stage,
    updated,
)
from vapi_mcp.errors import WriteHeld
from vapi_mcp.invocation.writes.undo.change import ObjectChange
from vapi_mcp.invocation.writes.undo.reader import ChangeReader
from vapi_mcp.invocation.writes.undo.restore_request import RestoreRequests


def requests(here: Stage) -> RestoreRequests:
    async def opened() -> Any:
        return here.changes

    return RestoreRequests(ChangeReader(opened, registry()), restorer(here))


async def test_a_restored_update_answers_the_object_and_the_new_change() -> None:
    here = stage()
    change = await updated(here)
    outcome = await requests(here).run(change.id, here.grant)
    assert orjson.loads(outcome.result.text) == {
        "restored": change.id,
        "id": ID,
        "change": outcome.change_id,
        "referrers": [],
    }
    assert (outcome.kind, outcome.result.upstream_ids) == ("sent", (ID,))


async def test_a_restored_deletion_says_that_the_id_is_new_and_who_names_the_old_one() -> None:
    here = stage()
    change = await made(here, DELETE)
    here.vapi.reads |= {"GET /phone-number": [{"id": "p1", "assistantId": ID}]}
    outcome = await requests(here).run(change.id, here.grant)
    assert outcome.result.notes[0] == (
        f"The object has a new id: new instead of {ID}. The referrers still name the old one."
    )
    assert orjson.loads(outcome.result.text)["referrers"] == [{"kind": "phone-number", "id": "p1"}]


async def test_a_server_that_asks_for_consent_asks_before_a_restore_too() -> None:
    here = stage(confirm="all_writes")
    change = await asked_change(here)
    first = await requests(here).run(change.id, here.grant)
    code = orjson.loads(first.result.text)["confirmation_code"]
    assert (first.kind, sent(here)) == ("asked", [])
    again = await requests(here).run(change.id, here.grant, options={"confirmation_code": code})
    assert again.kind == "sent"


async def asked_change(here: Stage) -> ObjectChange:
    free = stage()
    change = await updated(free)
    await here.changes.add_change(change)
    here.vapi.reads, here.vapi.answer = free.vapi.reads, free.vapi.answer
    return change


@pytest.mark.parametrize("values", [{"server_id": "other"}, {"account_id": "other"}])
async def test_a_change_of_another_server_is_not_there(values: dict[str, str]) -> None:
    here = stage()
    change = replace(await updated(here), id="vapi-change-x", **values)
    await here.changes.add_change(change)
    with pytest.raises(WriteHeld) as refusal:
        await requests(here).run(change.id, here.grant)
    assert (refusal.value.status, sent(here)) == (404, [])
