"""Text: chats of every kind, and the sessions that remember them."""

from __future__ import annotations

from typing import Any

from tests.support.e2e.story import Noun, Story

CHAT = Noun("chat", "chats")
SESSION = Noun("session", "sessions")

QUESTION = "When does the bakery open?"


async def chat(story: Story, assistant_id: str) -> None:
    """Ask, ask again in the same conversation, and ask in OpenAI's manner."""
    first = await story.ok("create_a_vapi_chat", assistantId=assistant_id, input=QUESTION)
    assert "opens at seven" in _text(first)
    after = await story.ok("create_a_vapi_chat", previousChatId=first["id"], input="And rye bread?")
    assert [message["role"] for message in after["messages"]] == ["user", "assistant", "user"]
    assert after["assistantId"] == assistant_id
    streamed = await story.ok(
        "create_a_vapi_chat", assistantId=assistant_id, input=QUESTION, stream=True
    )
    assert _text(streamed) == _text(first)
    chats = await story.walk("list_all_vapi_chats", assistantId=assistant_id, limit=2)
    assert {one["id"] for one in chats} == {first["id"], after["id"], streamed["id"]}
    continued = await story.walk("list_all_vapi_chats", previousChatId=first["id"])
    assert [one["id"] for one in continued] == [after["id"]]
    await _respond(story, assistant_id, _text(first))
    kept = await story.get(CHAT, first["id"], {"output": first["output"]})
    assert kept["cost"] > 0
    await story.delete(CHAT, first["id"])


async def _respond(story: Story, assistant_id: str, expected: str) -> None:
    for extra in ({}, {"stream": True}):
        response = await story.ok(
            "create_a_vapi_chat_response", assistantId=assistant_id, input=QUESTION, **extra
        )
        assert response["object"] == "response"
        [message] = response["output"]
        assert [part["text"] for part in message["content"]] == [expected]


async def keep_a_session(story: Story, squad_id: str, assistant_id: str) -> None:
    """Talk within a session, read it as a whole, and close it."""
    session = await story.create(SESSION, name="Visit", squadId=squad_id)
    await story.delete(SESSION, session["id"])
    customer = {"number": "+14155550123", "name": "Ann"}
    session = await story.create(SESSION, name="Order", assistantId=assistant_id, customer=customer)
    for turn in (QUESTION, "What does rye bread cost?"):
        await story.ok("create_a_vapi_chat", sessionId=session["id"], input=turn)
    whole = await story.get(SESSION, session["id"])
    roles = [message["role"] for message in whole["messages"]]
    assert roles == ["user", "assistant", "user", "assistant"]
    assert "four euros" in whole["messages"][-1]["content"]
    turns = await story.walk("list_all_vapi_chats", sessionId=session["id"])
    assert len(turns) == 2
    named = await story.walk("list_all_vapi_sessions", name="Order", number="+14155550123")
    assert session["id"] in [one["id"] for one in named]
    await story.update(SESSION, session["id"], status="completed", name="Ordered")
    await story.refused("create_a_vapi_chat", 400, sessionId=session["id"], input=QUESTION)
    await story.delete(SESSION, session["id"])


def _text(answer: Any) -> str:
    [message] = answer["output"]
    return message["content"]
