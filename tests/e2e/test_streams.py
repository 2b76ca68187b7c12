"""Chats that are streamed, by the official client on every transport, from the simulated Vapi."""

from __future__ import annotations

from typing import Any, cast, get_args

import pytest

from tests.support.e2e.connecting import HTTP, Connection, Way, answer_of, connected
from tests.support.e2e.stack import stacked
from tests.support.e2e.story import Answer

WAYS: tuple[Way, ...] = get_args(Way)
QUESTION = "When does the bakery open?"
FAULT = "00000000-0000-4000-8000-00000000{}"
BREAKS = {"dropped": FAULT.format("dead"), "half of an answer": FAULT.format("0206")}


async def ask(connection: Connection, tool: str, **arguments: Any) -> tuple[Answer, list[str]]:
    """Call a tool with a stream, and return its answer and what was told before."""
    told: list[str] = []

    async def listen(progress: float, total: float | None, message: str | None) -> None:
        del total
        told.append(message or "")
        assert progress == len(told)

    given = {"input": QUESTION, "stream": True, **arguments}
    result = await connection.client.call_tool(tool, given, progress_callback=listen)
    return answer_of(result), told


async def some_assistant(connection: Connection) -> str:
    listed = await connection.call("list_all_vapi_assistants", limit=1, fields=["id"])
    return cast("str", listed.json["result"][0]["id"])


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_told_piece_by_piece_is_what_is_answered(way: Way) -> None:
    async with stacked() as stack, connected(way, stack.url(way)) as connection:
        assistant = await some_assistant(connection)
        whole = await connection.call("create_a_vapi_chat", assistantId=assistant, input=QUESTION)
        expected = whole.json["output"]
        chat, told = await ask(connection, "create_a_vapi_chat", assistantId=assistant)
        assert len(told) > 1
        assert [{"role": "assistant", "content": "".join(told)}] == chat.json["output"] == expected
        assert "is_partial" not in chat.json
        kept = await connection.call("get_single_vapi_chat_by_id", id=chat.json["id"])
        assert kept.json["output"] == expected
        response, told = await ask(connection, "create_a_vapi_chat_response", assistantId=assistant)
    [message] = response.json["output"]
    assert [part["text"] for part in message["content"]] == ["".join(told)]
    assert response.json["status"] == "completed"


@pytest.mark.parametrize("way", HTTP)
@pytest.mark.parametrize("fault", BREAKS.values(), ids=BREAKS)
async def test_a_stream_that_breaks_off_answers_what_was_told(way: Way, fault: str) -> None:
    async with stacked() as stack, connected(way, stack.url(way)) as connection:
        assistant = await some_assistant(connection)
        chat, told = await ask(connection, "create_a_vapi_chat", assistantId=assistant, name=fault)
        assert not chat.is_error
        assert chat.json["is_partial"] is True
        assert chat.json["output"][0]["content"] == "".join(told) != ""
        assert "The stream broke off" in chat.notes[1]
        kept = await connection.call("get_single_vapi_chat_by_id", id=chat.json["id"])
    assert kept.json["output"][0]["content"].startswith("".join(told))
