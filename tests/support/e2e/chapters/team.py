"""Who speaks: tools, files, assistants, squads, numbers, and how to pronounce names."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from tests.support.e2e.story import Noun, Story

ASSISTANT = Noun("assistant", "assistants")
SQUAD = Noun("squad", "squads")
TOOL = Noun("tool", "tools")
FILE = Noun("file", "files")
NUMBER = Noun("phone_number", "phone_numbers")

PROMPT = "You are the desk of a bakery. The bakery opens at seven. Rye bread costs four euros."
VOICE = {"provider": "vapi", "voiceId": "Elliot"}
TRANSCRIBER = {"provider": "deepgram", "model": "nova-3", "language": "en"}


async def keep_a_tool(story: Story) -> str:
    """Save a tool, change its description and return its id."""
    parameters = {"type": "object", "properties": {"number": {"type": "string"}}}
    function = {"name": "find_order", "description": "Find an order.", "parameters": parameters}
    server = {"url": "https://example.com/orders"}
    made = await story.create(TOOL, type="function", function=function, server=server)
    better = {**function, "description": "Find an order by its number."}
    await story.update(TOOL, made["id"], type="function", function=better)
    return made["id"]


async def keep_files(story: Story, path: Path | None) -> list[str]:
    """Upload what a client can upload; a path only where the server is on its machine."""
    text = "Rye bread: four euros.\n" * 3
    plain = await story.ok("create_a_vapi_file", file_name="prices.txt", text=text)
    await story.find(FILE, plain["id"], {"originalName": "prices.txt", "bytes": len(text)})
    packed = base64.b64encode(bytes(range(256))).decode()
    binary = await story.ok(
        "create_a_vapi_file", file_name="menu.pdf", base64=packed, purpose="assistant"
    )
    assert (binary["mimetype"], binary["bytes"]) == ("application/pdf", 256)
    found = await story.walk("list_all_vapi_files", purpose="assistant", limit=2)
    assert binary["id"] in [file["id"] for file in found]
    await story.update(FILE, plain["id"], name="Prices")
    ids = [plain["id"], binary["id"]]
    return [*ids, await _from_disk(story, path)] if path else ids + await _not_from_disk(story)


async def _from_disk(story: Story, path: Path) -> str:
    file = await story.ok("create_a_vapi_file", path=str(path))
    assert (file["originalName"], file["mimetype"]) == (path.name, "text/markdown")
    assert file["bytes"] > 0
    return file["id"]


async def _not_from_disk(story: Story) -> list[str]:
    error = await story.refused("create_a_vapi_file", 400, path="/etc/hostname")
    assert "Nothing was sent" in error["message"]
    return []


async def drop_files(story: Story, ids: list[str]) -> None:
    """See the files processed, then delete them."""
    for id_ in ids:
        await story.until(
            lambda file: file["status"] == "done", "get_single_vapi_file_by_id", id=id_
        )
        await story.delete(FILE, id_)


async def keep_an_assistant(story: Story, tool_id: str) -> str:
    """Save an assistant with a tool, change parts of it and return its id."""
    model: dict[str, Any] = {
        "provider": "openai",
        "model": "gpt-4.1",
        "messages": [{"role": "system", "content": PROMPT}],
        "toolIds": [tool_id],
    }
    made = await story.create(
        ASSISTANT, name="Baker", firstMessage="Good morning!", model=model, voice=VOICE
    )
    await story.update(ASSISTANT, made["id"], firstMessage="Hello!", transcriber=TRANSCRIBER)
    await story.update(ASSISTANT, made["id"], model={**model, "toolIds": []})
    kept = await story.get(ASSISTANT, made["id"], {"name": "Baker", "voice": VOICE})
    assert kept["model"]["toolIds"] == []
    chosen = await story.ok(
        "get_single_vapi_assistant_by_id", id=made["id"], fields=["name", "model.model"]
    )
    assert chosen == {"name": "Baker", "model": {"model": "gpt-4.1"}}
    return made["id"]


async def keep_a_squad(story: Story, assistant_id: str) -> str:
    """Save a squad of two, replace its members by one and return its id."""
    other = next(
        item["id"]
        for item in await story.walk("list_all_vapi_assistants", limit=5)
        if item["id"] != assistant_id
    )
    members = [{"assistantId": assistant_id}, {"assistantId": other}]
    made = await story.create(SQUAD, name="Bakery", members=members)
    left = await story.update(SQUAD, made["id"], members=members[:1], name="Bakery at night")
    assert [member["assistantId"] for member in left["members"]] == [assistant_id]
    await story.update(SQUAD, made["id"], name="Bakery at dawn")
    left = await story.get(SQUAD, made["id"])
    assert [member["assistantId"] for member in left["members"]] == [assistant_id]
    found = await story.walk("list_all_vapi_squads", idAny=[made["id"]])
    assert [squad["name"] for squad in found] == ["Bakery at dawn"]
    return made["id"]


async def keep_a_number(story: Story, assistant_id: str) -> str:
    """Import a number, find it by a part of its name and return its id."""
    made = await story.create(
        NUMBER,
        provider="twilio",
        number="+14155550177",
        name="Oven door",
        twilioAccountSid="AC0123456789abcdef0123456789abcdef",
        twilioAuthToken="0123456789abcdef",
    )
    search = "list_all_vapi_phone_numbers_v_2"
    assert [number["id"] for number in await story.walk(search, search="oven D")] == [made["id"]]
    assert await story.walk(search, search="no such number") == []
    await story.update(NUMBER, made["id"], provider="twilio", assistantId=assistant_id)
    bought = await story.create(NUMBER, provider="vapi", numberDesiredAreaCode="628")
    assert bought["number"].startswith("+1628")
    every = await story.walk(search, limit=3)
    assert {made["id"], bought["id"]} <= {number["id"] for number in every}
    await story.delete(NUMBER, bought["id"])
    return made["id"]


async def keep_dictionaries(story: Story) -> None:
    """Teach two voice providers a word each, change it and let them forget it."""
    rule = {"stringToReplace": "Vapi", "type": "alias", "alias": "vah-pee"}
    entries: dict[str, tuple[str, list[Any], list[Any]]] = {
        "11labs": ("rules", [rule], [rule, {**rule, "stringToReplace": "MCP"}]),
        "cartesia": (
            "items",
            [{"text": "Vapi", "alias": "vah-pee"}],
            [{"text": "a", "alias": "b"}],
        ),
    }
    for provider, (key, first, second) in entries.items():
        place = {"provider": provider, "resource_name": "pronunciation-dictionary"}
        noun = Noun("provider", "providers", place)
        made = await story.ok("create_a_vapi_provider", **place, name="Names", **{key: first})
        await story.ok("update_a_vapi_provider_by_id", **place, id=made["id"], **{key: second})
        kept = await story.get(noun, made["id"], {"resource": {"name": "Names", key: second}})
        assert kept["provider"] == provider
        listed = await story.walk("list_all_vapi_providers", **place, limit=1)
        assert made["id"] in [item["id"] for item in listed]
        assert {item["provider"] for item in listed} == {provider}
        await story.delete(noun, made["id"])
