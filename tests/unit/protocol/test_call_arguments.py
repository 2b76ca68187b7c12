from __future__ import annotations

from typing import Any

import pytest

from tests.support.app import hosted, message, post


async def answer(arguments: Any) -> Any:
    params = {"name": "get_single_vapi_assistant_by_id", "arguments": arguments}
    async with hosted() as server:
        return (
            await post(
                server.mcp_url,
                message("tools/call", params),
                accept="application/json, text/event-stream",
            )
        ).json()


async def test_arguments_sent_as_text_are_read() -> None:
    """Some clients send every nested argument as a string, this one too."""
    found = await answer('{"id": "a/b"}')
    assert "'a/b' is not an id" in found["result"]["content"][0]["text"]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("18446744073709551616", "is an integer of more than 64 bits"),
        ("1" * 5000, "is an integer of more than 64 bits"),
        ("1e400", "is not a finite number"),
        ("NaN", "is not a finite number"),
        ('"\\ud83d"', "holds half a surrogate pair"),
    ],
    ids=["large", "huge", "float", "nan", "half"],
)
async def test_what_json_cannot_carry_is_named_in_arguments_sent_as_text_too(
    value: str, told: str
) -> None:
    found = await answer(f'{{"id": {value}}}')
    text = found["result"]["content"][0]["text"]
    assert f"id {told}" in text


@pytest.mark.parametrize("arguments", ["id=5", "[1]", "", [1], 5])
async def test_arguments_that_are_no_object_are_refused_in_words(arguments: Any) -> None:
    found = await answer(arguments)
    assert found["error"] == {
        "code": -32602,
        "message": '`arguments` must be an object, as in {"limit": 5}. Nothing was sent.',
    }


async def test_arguments_sent_as_text_nest_no_deeper_than_others() -> None:
    found = await answer('{"id":' + "[" * 201 + "]" * 201 + "}")
    assert found["error"] == {
        "code": -32602,
        "message": "`arguments` nests more than 200 levels deep, or its brackets do not match. "
        "Nothing was sent.",
    }
