"""An update of a squad may leave its members out: the saved ones are sent back unchanged."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.writes import ID, Stage, registry, reply
from vapi_mcp.errors import InvalidArguments, ToolError

SQUAD = "update_a_vapi_squad_by_id"
MEMBERS = [{"assistantId": ID, "assistantDestinations": []}, {"assistant": {"name": "Bo"}}]
SAVED: dict[str, Any] = {
    "id": ID,
    "name": "Team",
    "members": MEMBERS,
    "membersOverrides": {"firstMessage": "Hi.", "variableValues": {"city": "Rome"}},
}


def stage(saved: Any) -> Stage:
    made = Stage()
    made.vapi.reads = {f"GET /squad/{ID}": saved}
    made.vapi.answer = reply({"id": ID, "name": "Night team", "members": MEMBERS}, 200)
    return made


def sent(here: Stage) -> Any:
    return [orjson.loads(each.body or b"") for each in here.vapi.writes]


async def test_members_that_are_left_out_are_sent_back_after_one_read() -> None:
    here = stage(SAVED)
    result = await here.call(SQUAD, id=ID, name="Night team")
    assert sent(here) == [{"name": "Night team", "members": MEMBERS}]
    assert [each.path for each in here.vapi.read] == [f"/squad/{ID}"]
    assert result.notes == ("members: left out, so sent back as saved.",)


async def test_members_and_merged_objects_need_one_read_together() -> None:
    here = stage(SAVED)
    overrides = {"firstMessage": "Hello."}
    await here.call(SQUAD, id=ID, membersOverrides=overrides, nested="merge")
    merged = {**SAVED["membersOverrides"], **overrides}
    assert sent(here) == [{"membersOverrides": merged, "members": MEMBERS}]
    assert len(here.vapi.read) == 1


async def test_a_dry_run_shows_the_members_that_would_be_sent() -> None:
    here = stage(SAVED)
    shown = orjson.loads((await here.call(SQUAD, id=ID, name="Night team", dry_run=True)).text)
    assert (shown["body"]["members"], sent(here)) == (MEMBERS, [])


@pytest.mark.parametrize(
    "saved", [{"id": ID}, b'{"members": [{"assistantId": "\\ud800"}]}', b'{"members": [1e999]}']
)
async def test_members_that_cannot_be_sent_back_have_to_be_given(saved: Any) -> None:
    here = stage(reply(saved, 200))
    with pytest.raises(InvalidArguments) as refused:
        await here.call(SQUAD, id=ID, name="Night team")
    assert refused.value.message == (
        f"{SQUAD}: members is required, and the saved value cannot be sent back. Send members "
        "too. Nothing was changed."
    )
    assert sent(here) == []


async def test_a_squad_that_cannot_be_read_is_not_changed() -> None:
    here = stage(reply({"message": "gone"}, 503))
    with pytest.raises(ToolError):
        await here.call(SQUAD, id=ID, name="Night team")
    assert sent(here) == []


async def test_an_update_with_members_reads_nothing_for_them() -> None:
    here = stage(SAVED)
    await here.call(SQUAD, id=ID, members=MEMBERS, nested="replace", fields=["*"])
    assert (sent(here), here.vapi.read) == ([{"members": MEMBERS}], [])


def test_the_list_does_not_require_members_of_an_update() -> None:
    tools = registry()
    schemas = [tools.find(name).input_schema for name in (SQUAD, "create_a_vapi_squad")]
    assert [each["required"] for each in schemas] == [["id"], ["members"]]
