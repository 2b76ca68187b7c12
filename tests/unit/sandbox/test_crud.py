from __future__ import annotations

from typing import Any

import pytest

from tests.support.sandbox import NOON, ORG, drive
from vapi_mcp.sandbox.state.dates import to_text


async def test_a_new_object_carries_its_id_organisation_and_times() -> None:
    async with drive() as sandbox:
        made = await sandbox.assistant()
        sandbox.clock.forward(1.5)
        changed = await sandbox.ok("PATCH", f"/assistant/{made['id']}", {"name": "Bo"})
    assert made["orgId"] == ORG
    assert made["createdAt"] == made["updatedAt"] == to_text(NOON) == "2026-11-20T12:00:00.000Z"
    assert changed == {**made, "name": "Bo", "updatedAt": "2026-11-20T12:00:01.500Z"}


async def test_an_update_replaces_whole_properties_and_null_clears_them() -> None:
    prompt = [{"role": "system", "content": "Be brief."}]
    model = {"provider": "openai", "model": "gpt-4o", "messages": prompt}
    async with drive() as sandbox:
        made = await sandbox.assistant(model=model, firstMessage="Hi")
        change: Any = {"model": {"provider": "openai", "model": "gpt-4o"}, "firstMessage": None}
        changed = await sandbox.ok("PATCH", f"/assistant/{made['id']}", change)
    assert changed["model"] == {"provider": "openai", "model": "gpt-4o"}
    assert "firstMessage" not in changed


async def test_deleting_answers_with_what_is_gone() -> None:
    async with drive() as sandbox:
        made = await sandbox.assistant()
        assert await sandbox.ok("DELETE", f"/assistant/{made['id']}") == made
        assert (await sandbox.ask("DELETE", f"/assistant/{made['id']}")).status_code == 404


async def test_squads_need_members_in_updates_too() -> None:
    async with drive() as sandbox:
        member = {"assistantId": (await sandbox.assistant())["id"]}
        squad = await sandbox.ok("POST", "/squad", {"members": [member]})
        path = f"/squad/{squad['id']}"
        assert "members should not be empty" in await sandbox.refused("PATCH", path, {"name": "A"})
        assert await sandbox.refused("PATCH", path, {"members": []}) == [
            "members should not be empty"
        ]
        both = await sandbox.ok("PATCH", path, {"members": [member, member]})
    assert both["members"] == [member, member]


async def test_ids_in_bodies_must_lead_somewhere() -> None:
    async with drive() as sandbox:
        squad = await sandbox.refused("POST", "/squad", {"members": [{"assistantId": "x"}]})
        number = await sandbox.refused(
            "POST", "/phone-number", {"provider": "vapi", "sipUri": "sip:a@b", "squadId": "x"}
        )
    assert squad == "Couldn't Get Assistant. `members.0.assistantId` x Does Not Exist."
    assert number == "Couldn't Get Squad. `squadId` x Does Not Exist."


async def test_a_pinned_assistant_or_tool_cannot_be_deleted() -> None:
    async with drive() as sandbox:
        tool = await sandbox.ok("POST", "/tool", {"type": "endCall"})
        refs = [{"toolId": tool["id"], "version": "v1"}]
        model = {"provider": "openai", "model": "gpt-4o", "toolRefs": refs}
        assistant = await sandbox.assistant(model=model)
        member = {"assistantId": assistant["id"], "assistantVersion": "v1"}
        squad = await sandbox.ok("POST", "/squad", {"members": [member]})
        for noun, item in (("assistant", assistant), ("tool", tool)):
            answer = await sandbox.ask("DELETE", f"/{noun}/{item['id']}")
            assert answer.status_code == 409
            assert answer.json()["error"] == f"{noun}_pinned"
            assert set(answer.json()) == {"error", "message"}
        await sandbox.ok("DELETE", f"/squad/{squad['id']}")
        await sandbox.ok("DELETE", f"/assistant/{assistant['id']}")
        await sandbox.ok("DELETE", f"/tool/{tool['id']}")


async def test_a_vapi_number_is_provisioned_in_the_wanted_area() -> None:
    async with drive() as sandbox:
        first = await sandbox.number(provider="vapi", numberDesiredAreaCode="737")
        second = await sandbox.number(provider="vapi", numberDesiredAreaCode="737")
        inbound = await sandbox.number(provider="vapi", sipUri="sip:desk@sip.vapi.ai")
        message = await sandbox.refused(
            "POST", "/phone-number", {"provider": "vapi", "numberDesiredAreaCode": "011"}
        )
    assert first["number"].startswith("+1737555")
    assert first["number"] != second["number"]
    assert "number" not in inbound
    assert message == "Couldn't Buy A Phone Number. 011 Is Not A US Area Code."


@pytest.mark.parametrize(
    ("customer", "is_accepted"),
    [
        ({"number": "+14155550123"}, True),
        ({"number": "4155550123"}, False),
        ({"number": "+0123456"}, False),
        ({"number": "+1415555012345678"}, False),
        ({"number": "ext42", "numberE164CheckEnabled": False}, True),
        ({"number": "ext 42", "numberE164CheckEnabled": False}, False),
        ({"sipUri": "sip:bo@example.com"}, True),
    ],
)
async def test_numbers_are_e164_unless_the_check_is_off(
    customer: dict[str, Any], *, is_accepted: bool
) -> None:
    async with drive() as sandbox:
        answer = await sandbox.ask("POST", "/session", {"customer": customer})
    assert answer.status_code == (201 if is_accepted else 400)


async def test_a_session_takes_an_assistant_or_a_squad() -> None:
    async with drive() as sandbox:
        assistant = await sandbox.assistant()
        squad = {"members": [{"assistantId": assistant["id"]}]}
        body = {"assistantId": assistant["id"], "squad": squad}
        message = await sandbox.refused("POST", "/session", body)
        made = await sandbox.ok("POST", "/session", {"assistantId": assistant["id"]})
    assert message.startswith("`assistantId` And `squad` Are Mutually Exclusive.")
    assert (made["status"], made["expirationSeconds"]) == ("active", 86400)


async def test_a_scorecard_reads_numbers_and_booleans_only() -> None:
    condition = {"type": "comparator", "comparator": "=", "value": True, "points": 10}
    async with drive() as sandbox:
        for kind, is_accepted in (("string", False), ("boolean", True)):
            body: Any = {"name": kind, "schema": {"type": kind}}
            output = await sandbox.ok("POST", "/structured-output", body)
            metric = {"structuredOutputId": output["id"], "conditions": [condition]}
            answer = await sandbox.ask("POST", "/observability/scorecard", {"metrics": [metric]})
            assert answer.status_code == (201 if is_accepted else 400)


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("/tool", {"type": "apiRequest", "method": "GET", "url": "https://example.com"}, "url"),
        (
            "/phone-number",
            {"provider": "twilio", "number": "+14155550100", "twilioAccountSid": "AC1"},
            "number",
        ),
        (
            "/eval",
            {"type": "chat.mockConversation", "messages": [{"role": "user", "content": "Hi"}]},
            "messages",
        ),
    ],
)
async def test_what_a_creation_requires_cannot_be_cleared(path: str, body: Any, name: str) -> None:
    async with drive() as sandbox:
        made = await sandbox.ok("POST", path, body)
        said = await sandbox.refused("PATCH", f"{path}/{made['id']}", {name: None})
    assert said == [f"{name} should not be empty"]
