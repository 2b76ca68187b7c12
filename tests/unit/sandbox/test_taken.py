"""What the sandbox takes because live Vapi is known to take it; docs/sandbox.md has the sources."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.sandbox import drive
from vapi_mcp.specs.facts.facts import load_facts


@pytest.mark.parametrize(
    "body",
    [
        {"silenceTimeoutSeconds": 30, "customerJoinTimeoutSeconds": 15},
        {"backgroundDenoisingEnabled": True, "recordingEnabled": False, "hipaaEnabled": False},
        {"server": {"url": "https://a.example", "secret": "s3cr3t"}},
        {"model": {"provider": "openai", "model": "gpt-4o", "systemPrompt": "Hi"}},
    ],
)
async def test_older_names_on_assistants_are_stored_and_returned(body: dict[str, Any]) -> None:
    async with drive() as sandbox:
        made = await sandbox.ok("POST", "/assistant", body)
        changed = await sandbox.ok("PATCH", f"/assistant/{made['id']}", body)
    assert made | body == made
    assert changed | body == changed


@pytest.mark.parametrize("kind", ["endCall", "dtmf", "transferCall", "query", "sms", "voicemail"])
async def test_built_in_tools_take_a_function_a_name_and_metadata(kind: str) -> None:
    body = {
        "type": kind,
        "name": "hang_up",
        "description": "Ends the call.",
        "metadata": {"team": "a"},
        "function": {"name": "hang_up", "description": "Ends the call."},
    }
    async with drive() as sandbox:
        made = await sandbox.ok("POST", "/tool", body)
        inside = {"provider": "openai", "model": "gpt-4.1", "tools": [body]}
        assistant = await sandbox.assistant(model=inside)
    assert made | body == made
    assert assistant["model"] == inside


async def test_parameters_of_tools_take_any_json_schema() -> None:
    schema = {
        "type": "object",
        "properties": {
            "count": {"type": "integer", "minimum": 1, "maximum": 9, "default": 1},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 3},
            "when": {"oneOf": [{"type": "string", "minLength": 1}, {"type": "null"}]},
        },
        "additionalProperties": False,
    }
    body = {"type": "function", "function": {"name": "book", "parameters": schema}}
    async with drive() as sandbox:
        made = await sandbox.ok("POST", "/tool", body)
        output = {"name": "n", "schema": {"type": "number", "minimum": 1}}
        limited = await sandbox.refused("POST", "/structured-output", output)
    assert made["function"]["parameters"] == schema
    assert limited == ["schema.property minimum should not exist"]


async def test_a_call_keeps_its_metadata() -> None:
    async with drive() as sandbox:
        call = await sandbox.call(metadata={"lead": "7"})
    assert call["metadata"] == {"lead": "7"}


async def test_a_session_texts_through_its_own_number() -> None:
    async with drive() as sandbox:
        number = await sandbox.number(
            provider="twilio", number="+14155550100", twilioAccountSid="AC1", twilioAuthToken="t"
        )
        session = await sandbox.ok(
            "POST",
            "/session",
            {
                "assistantId": (await sandbox.assistant())["id"],
                "phoneNumberId": number["id"],
                "customer": {"number": "+14155550123"},
            },
        )
        body = {"sessionId": session["id"], "input": "Hi", "transport": {"type": "twilio.sms"}}
        chat = await sandbox.ok("POST", "/chat", body)
        alone = await sandbox.ok("POST", "/session", {"assistantId": session["assistantId"]})
        refused = await sandbox.refused("POST", "/chat", {**body, "sessionId": alone["id"]})
    assert chat["sessionId"] == session["id"]
    assert refused == "`transport` Needs `phoneNumberId` And `customer`."


def test_what_is_taken_is_in_no_document_yet() -> None:
    """An entry that the document has learnt is dropped from `taken` in moved.yaml."""
    facts = load_facts()
    for taken in facts.moved.taken:
        objects = [
            schema["properties"]
            for schema in facts.schemas.values()
            if taken.beside in schema.get("properties", {})
        ]
        assert objects
        for name in taken.names:
            assert any(name not in properties for properties in objects)
