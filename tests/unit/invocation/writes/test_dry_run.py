"""A dry run checks everything and sends nothing."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.writes import CALL, ID, ORDER, Stage
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.errors import InvalidArguments, WriteHeld


@pytest.mark.parametrize(
    ("tool", "arguments", "method", "path", "body"),
    [
        (CALL, dict(ORDER), "POST", "/call", dict(ORDER)),
        (
            "update_a_vapi_call_by_id",
            {"id": ID, "name": "x"},
            "PATCH",
            f"/call/{ID}",
            {"name": "x"},
        ),
    ],
)
async def test_it_shows_the_request_and_sends_nothing(
    tool: str, arguments: dict[str, Any], method: str, path: str, body: Any
) -> None:
    stage = Stage()
    result = await stage.call(tool, **arguments, dry_run=True)
    shown = orjson.loads(result.text)
    assert shown == {"dry_run": True, "method": method, "path": path, "query": {}, "body": body}
    assert "nothing was sent" in result.notes[-1]
    assert "sk-secret" not in result.text
    assert stage.vapi.writes == []


async def test_a_deletion_names_what_it_would_delete() -> None:
    stage = Stage()
    stage.vapi.reads = {f"GET /assistant/{ID}": {"id": ID, "name": "Riley"}}
    result = await stage.call("delete_a_vapi_assistant_by_id", id=ID, dry_run=True)
    assert orjson.loads(result.text) == {
        "dry_run": True,
        "method": "DELETE",
        "path": f"/assistant/{ID}",
        "query": {},
        "body": None,
        "preview": {"id": ID, "assistant": "Riley"},
    }
    assert ("nothing was sent" in result.notes[-1], stage.vapi.writes) == (True, [])


async def test_a_deletion_of_many_warns_of_what_goes() -> None:
    stage = Stage()
    result = await stage.call("delete_a_vapi_call_by_id", ids=[ID, "other"], dry_run=True)
    shown = orjson.loads(result.text)["preview"]
    assert shown == {"how_many": 2, "ids": [ID, "other"]}
    assert result.notes[0].startswith("This erases 2 calls for good")


async def test_a_file_is_described() -> None:
    result = await Stage().call("create_a_vapi_file", text="hello", dry_run=True)
    assert orjson.loads(result.text)["file"] == {
        "name": "file.txt",
        "content_type": "text/plain",
        "size_bytes": 5,
    }


async def test_it_uses_up_no_key() -> None:
    stage = Stage()
    await stage.call(idempotency_key="key", dry_run=True)
    await stage.call(idempotency_key="key")
    await stage.call(idempotency_key="key", dry_run=True)
    assert len(stage.vapi.writes) == 1


async def test_wrong_arguments_are_refused_as_ever() -> None:
    with pytest.raises(InvalidArguments):
        await Stage().call(CALL, customer={"number": "555"}, dry_run=True)


async def test_the_policy_is_checked_and_no_consent_asked() -> None:
    policy = Policy(allowed_prefixes=("+44",), calls_per_day=1)
    with pytest.raises(WriteHeld, match="allowed_prefixes"):
        await Stage(policy=policy).call(dry_run=True)
    stage = Stage(policy=Policy(calls_per_day=1), confirm="all_writes")
    for _ in range(3):
        assert "nothing was sent" in (await stage.call(dry_run=True)).notes[-1]


async def test_false_is_no_dry_run() -> None:
    stage = Stage()
    await stage.call(dry_run=False)
    assert len(stage.vapi.writes) == 1
