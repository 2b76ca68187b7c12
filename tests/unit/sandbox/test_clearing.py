"""`clear` from a tool call to the stored object: what it names goes, everything else stays."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.invocation import REGISTRY
from tests.support.sandbox import Driver, drive, fresh_world
from vapi_mcp.invocation.arguments.check import check_arguments
from vapi_mcp.invocation.request import build_request
from vapi_mcp.specs.facts.facts import load_facts


async def first(sandbox: Driver, path: str, name: str) -> Any:
    """Return the first stored object that has a property."""
    found = await sandbox.ok("GET", path)
    items = found if isinstance(found, list) else found["results"]
    return next(item for item in items if item.get(name) is not None)


async def update(sandbox: Driver, tool: str, /, **arguments: Any) -> Any:
    """Return Vapi's answer to the request that a tool call stands for."""
    found = REGISTRY.find(tool)
    checked = check_arguments(found, arguments, load_facts())
    request = build_request(found, checked)
    return await sandbox.ok(request.method, request.path, orjson.loads(request.body or b"{}"))


@pytest.mark.parametrize(
    ("tool", "path", "name"),
    [
        ("update_a_vapi_assistant_by_id", "/assistant", "voicemailMessage"),
        ("update_a_vapi_assistant_by_id", "/assistant", "analysisPlan"),
        ("update_a_vapi_squad_by_id", "/squad", "name"),
        ("update_a_vapi_call_by_id", "/call", "name"),
        ("update_a_vapi_session_by_id", "/session", "name"),
        ("update_a_vapi_phone_number_by_id", "/phone-number", "assistantId"),
        ("update_a_vapi_tool_by_id", "/tool", "messages"),
        ("update_a_vapi_file_by_id", "/file", "name"),
        ("update_a_vapi_structured_output_by_id", "/structured-output", "description"),
        ("update_a_vapi_reporting_insight_by_id", "/reporting/insight", "name"),
        ("update_a_vapi_eval_by_id", "/eval", "name"),
        ("update_a_vapi_observability_scorecard_by_id", "/observability/scorecard", "name"),
    ],
)
async def test_what_clear_names_is_gone_and_all_else_stays(tool: str, path: str, name: str) -> None:
    async with drive(fresh_world(7)) as sandbox:
        before = await first(sandbox, path, name)
        more = {"members": before["members"]} if path == "/squad" else {}
        await update(sandbox, tool, id=before["id"], clear=[name], **more)
        after = await sandbox.ok("GET", f"{path}/{before['id']}")
    kept = {key: value for key, value in before.items() if key not in (name, "updatedAt")}
    assert {key: value for key, value in after.items() if key != "updatedAt"} == kept


async def test_a_null_of_a_framework_clears_nothing() -> None:
    async with drive(fresh_world(7)) as sandbox:
        before = await first(sandbox, "/assistant", "voicemailMessage")
        tool = REGISTRY.find("update_a_vapi_assistant_by_id")
        nulls = dict.fromkeys(tool.input_schema["properties"])
        after = await update(sandbox, tool.name, **{**nulls, "id": before["id"]})
    assert {**after, "updatedAt": None} == {**before, "updatedAt": None}
