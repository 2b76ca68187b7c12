from __future__ import annotations

from typing import Any

import pytest

from tests.support.sandbox import drive


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ({"systemPrompt": "Hi"}, ["property systemPrompt should not exist"]),
        ({"id": "1", "orgId": "2"}, [f"property {n} should not exist" for n in ("id", "orgId")]),
        ({"name": "x" * 41}, ["name must be shorter than or equal to 40 characters"]),
        ({"name": 7}, ["name must be a string"]),
        ({"maxDurationSeconds": 5}, ["maxDurationSeconds must not be less than 10"]),
        (
            {"firstMessageMode": "shout"},
            [
                (
                    "firstMessageMode must be one of the following values: assistant-speaks-first, "
                    "assistant-speaks-first-with-model-generated-message, assistant-waits-for-user"
                )
            ],
        ),
        (
            {"model": {"provider": "openai", "model": "gpt-4o", "temperature": 3, "x": 1}},
            ["model.temperature must not be greater than 2", "model.property x should not exist"],
        ),
        (["not", "an", "object"], ["body must be an object"]),
    ],
)
async def test_the_whitelist_names_everything_that_is_wrong(body: Any, messages: list[str]) -> None:
    async with drive() as sandbox:
        assert await sandbox.refused("POST", "/assistant", body) == messages


async def test_an_object_that_was_read_cannot_be_sent_back() -> None:
    async with drive() as sandbox:
        made = await sandbox.assistant()
        messages = await sandbox.refused("PATCH", f"/assistant/{made['id']}", made)
    names = ("createdAt", "id", "orgId", "updatedAt")
    assert sorted(messages) == [f"property {name} should not exist" for name in names]


async def test_a_missing_property_is_named_with_what_it_must_be() -> None:
    async with drive() as sandbox:
        messages = await sandbox.refused("POST", "/squad", {})
        null = await sandbox.refused("POST", "/squad", {"members": None})
    assert messages == null == ["members should not be empty", "members must be an array"]


async def test_an_unknown_provider_is_refused_with_the_known_ones() -> None:
    async with drive() as sandbox:
        body = {"model": {"provider": "nobody", "model": "x"}}
        (message,) = await sandbox.refused("POST", "/assistant", body)
    assert message.startswith("model.provider must be one of the following values: anthropic, ")


async def test_a_model_newer_than_the_facts_is_accepted() -> None:
    async with drive() as sandbox:
        made = await sandbox.assistant(model={"provider": "openai", "model": "gpt-99"})
    assert made["model"]["model"] == "gpt-99"


@pytest.mark.parametrize("kind", ["transferCancel", "transferSuccessful", "output", "make", "ghl"])
async def test_undocumented_tool_types_pass_through(kind: str) -> None:
    async with drive() as sandbox:
        assert (await sandbox.ok("POST", "/tool", {"type": kind}))["type"] == kind


async def test_other_unknown_tool_types_are_refused_with_the_known_ones() -> None:
    async with drive() as sandbox:
        (message,) = await sandbox.refused("POST", "/tool", {"type": "teleport"})
        several = await sandbox.refused("POST", "/tool", {"tools": []})
    assert message.startswith("type must be one of the following values: apiRequest, bash, code")
    assert several == ["property tools should not exist", message]


async def test_an_update_of_a_tagged_object_needs_no_tag_and_cannot_change_it() -> None:
    async with drive() as sandbox:
        tool = await sandbox.ok("POST", "/tool", {"type": "function"})
        path = f"/tool/{tool['id']}"
        assert (await sandbox.ok("PATCH", path, {"async": True}))["async"] is True
        message = await sandbox.refused("PATCH", path, {"type": "dtmf"})
        assert message == "`type` Cannot Be Changed From function."
        assert (await sandbox.ask("PATCH", "/tool/nobody", {})).status_code == 404


@pytest.mark.parametrize(
    ("query", "messages"),
    [
        ("limit=many", ["limit must be a number conforming to the specified constraints"]),
        ("limit=1001", ["limit must not be greater than 1000"]),
        ("limit=-1", ["limit must not be less than 0"]),
        ("page=2", ["property page should not exist"]),
        ("createdAtGt=soon", ["createdAtGt must be a valid ISO 8601 date string"]),
    ],
)
async def test_a_wrong_query_is_refused(query: str, messages: list[str]) -> None:
    async with drive() as sandbox:
        assert await sandbox.refused("GET", f"/assistant?{query}") == messages


async def test_a_page_list_refuses_unknown_orders() -> None:
    async with drive() as sandbox:
        message = await sandbox.refused("GET", "/chat?sortOrder=UP&page=0")
    assert message == [
        "sortOrder must be one of the following values: ASC, DESC",
        "page must not be less than 1",
    ]


async def test_text_that_is_no_json_is_refused() -> None:
    async with drive() as sandbox:
        for text in ("{", "NaN"):
            headers = {"Content-Type": "application/json"}
            message = await sandbox.refused("POST", "/assistant", content=text, headers=headers)
            assert message.startswith("Unexpected token in JSON at position ")


async def test_a_null_is_an_absent_property_at_every_depth() -> None:
    async with drive() as sandbox:
        model = {"provider": "custom-llm", "url": "https://a.example", "model": None}
        said = await sandbox.refused("POST", "/assistant", {"model": model})
        made = await sandbox.assistant(firstMessage=None, voice=None)
    assert said == ["model.model should not be empty", "model.model must be a string"]
    assert "voice" not in made


async def test_a_null_is_no_item_of_a_list() -> None:
    async with drive() as sandbox:
        said = await sandbox.refused("POST", "/squad", {"members": [None]})
    assert said == ["members.0 must be not null"]
