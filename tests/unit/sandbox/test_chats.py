from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.sandbox import Driver, drive

PROMPT = [{"role": "system", "content": "You are Ava. We open at nine on weekdays. Be brief."}]


async def _ava(sandbox: Driver) -> Any:
    model = {"provider": "openai", "model": "gpt-4o", "messages": PROMPT}
    return await sandbox.assistant(model=model, firstMessage="Welcome!")


def _events(text: str) -> list[Any]:
    """Return the data of each event of a stream."""
    blocks = [block for block in text.split("\n\n") if block]
    lines = [line for block in blocks for line in block.split("\n") if line.startswith("data: ")]
    assert len(lines) == len(blocks)
    return [orjson.loads(line.removeprefix("data: ")) for line in lines]


async def test_an_assistant_answers_from_its_prompt_and_echoes() -> None:
    async with drive() as sandbox:
        body = {"assistantId": (await _ava(sandbox))["id"], "input": "When do you open?"}
        chat = await sandbox.ok("POST", "/chat", body)
        twin = await sandbox.ok("POST", "/chat", body)
        stored = await sandbox.ok("GET", f"/chat/{chat['id']}")
    (answer,) = chat["output"]
    assert answer["role"] == "assistant"
    assert "“When do you open?”" in answer["content"]
    assert "We open at nine on weekdays." in answer["content"]
    assert twin["output"] == chat["output"]
    assert chat["messages"] == [{"role": "user", "content": "When do you open?"}]
    assert chat["cost"] == pytest.approx(sum(line["cost"] for line in chat["costs"]))
    assert stored == chat


async def test_a_greeting_is_answered_with_the_first_message() -> None:
    async with drive() as sandbox:
        body = {"assistantId": (await _ava(sandbox))["id"], "input": "Hello!"}
        chat = await sandbox.ok("POST", "/chat", body)
    assert chat["output"] == [{"role": "assistant", "content": "Welcome!"}]


async def test_a_chat_goes_on_from_the_one_before() -> None:
    async with drive() as sandbox:
        first = await sandbox.ok(
            "POST", "/chat", {"assistantId": (await _ava(sandbox))["id"], "input": "Hi"}
        )
        body = {"previousChatId": first["id"], "input": [{"role": "user", "content": "And?"}]}
        second = await sandbox.ok("POST", "/chat", body)
    assert second["assistantId"] == first["assistantId"]
    assert second["messages"] == [*first["messages"], *first["output"], *body["input"]]


async def test_a_session_remembers_its_chats() -> None:
    async with drive() as sandbox:
        session = await sandbox.ok("POST", "/session", {"assistantId": (await _ava(sandbox))["id"]})
        turn = {"sessionId": session["id"], "input": "Hi"}
        first = await sandbox.ok("POST", "/chat", turn)
        second = await sandbox.ok("POST", "/chat", turn)
        kept = await sandbox.ok("GET", f"/session/{session['id']}")
        listed = await sandbox.ok("GET", f"/chat?sessionId={session['id']}")
    assert second["messages"] == [*first["messages"], *first["output"], first["messages"][0]]
    assert kept["messages"] == [*second["messages"], *second["output"]]
    assert kept["cost"] == pytest.approx(first["cost"] + second["cost"])
    assert listed["metadata"]["totalItems"] == 2


async def test_a_session_ends_by_status_or_by_age() -> None:
    async with drive() as sandbox:
        assistant_id = (await _ava(sandbox))["id"]
        for ending in ({"status": "completed"}, {"expirationSeconds": 60}):
            body = {"assistantId": assistant_id, **ending}
            session = await sandbox.ok("POST", "/session", body)
            sandbox.clock.forward(60)
            turn = {"sessionId": session["id"], "input": "Hi"}
            assert "Has Expired" in await sandbox.refused("POST", "/chat", turn)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Need One Of `assistantId`, "),
        ({"assistantId": "A", "squadId": "S"}, "`assistantId` And `squadId` Are Mutually"),
        ({"sessionId": "A", "previousChatId": "B"}, "`sessionId` And `previousChatId` Are"),
        ({"sessionId": "A", "assistantId": "B"}, "`sessionId` And `assistantId` Are Mutually"),
        (
            {"sessionId": "A", "transport": {"type": "twilio.sms", "phoneNumberId": "B"}},
            "`sessionId` And `transport` Are Mutually Exclusive.",
        ),
        ({"previousChatId": "B"}, "Couldn't Get Previous Chat. `previousChatId` B Does Not"),
        ({"assistantId": "A", "input": None}, "input should not be empty"),
        ({"assistant": {}, "input": ""}, "input should not be empty"),
    ],
)
async def test_chats_that_make_no_sense_are_refused(body: Any, message: str) -> None:
    async with drive() as sandbox:
        said = await sandbox.refused("POST", "/chat", {"input": "Hi", **body})
    assert (said if isinstance(said, str) else said[0]).startswith(message)


async def test_a_streamed_chat_sends_deltas_that_join_to_the_answer() -> None:
    async with drive() as sandbox:
        session = await sandbox.ok("POST", "/session", {"assistantId": (await _ava(sandbox))["id"]})
        body = {"sessionId": session["id"], "input": "When do you open?", "stream": True}
        answer = await sandbox.ask("POST", "/chat", body)
        events = _events(answer.text)
        chat = await sandbox.ok("GET", f"/chat/{events[0]['id']}")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert len(events) > 2
    assert {event["path"] for event in events} == {"chat.output[0].content"}
    assert {event["sessionId"] for event in events} == {session["id"]}
    assert "".join(event["delta"] for event in events) == chat["output"][0]["content"]


async def test_responses_stream_by_default_in_openais_events() -> None:
    async with drive() as sandbox:
        body = {"assistantId": (await _ava(sandbox))["id"], "input": "When do you open?"}
        answer = await sandbox.ask("POST", "/chat/responses", body)
        *deltas, done, completed = _events(answer.text)
        chat = await sandbox.ok("GET", f"/chat/{completed['response']['id']}")
    assert answer.text.startswith("event: response.output_text.delta\ndata: ")
    assert {event["type"] for event in deltas} == {"response.output_text.delta"}
    assert "".join(event["delta"] for event in deltas) == done["text"]
    assert completed["type"] == "response.completed"
    assert completed["response"]["output"][0]["content"][0]["text"] == done["text"]
    assert done["text"] == chat["output"][0]["content"]


async def test_responses_are_one_object_on_request() -> None:
    async with drive() as sandbox:
        body = {"assistantId": (await _ava(sandbox))["id"], "input": "Hi", "stream": False}
        response = await sandbox.ok("POST", "/chat/responses", body)
    assert (response["object"], response["status"], response["error"]) == (
        "response",
        "completed",
        None,
    )
    assert response["created_at"] == 1795176000
    assert response["output"][0]["content"][0] == {
        "type": "output_text",
        "text": "Welcome!",
        "annotations": [],
    }


async def test_a_text_message_opens_a_session_over_a_twilio_number() -> None:
    async with drive() as sandbox:
        customer = {"number": "+14155550123"}
        transport = {
            "type": "twilio.sms",
            "phoneNumberId": (await sandbox.number())["id"],
            "customer": customer,
            "useLLMGeneratedMessageForOutbound": False,
        }
        body = {"assistantId": (await _ava(sandbox))["id"], "input": "We moved."}
        chat = await sandbox.ok("POST", "/chat", {**body, "transport": transport})
        session = await sandbox.ok("GET", f"/session/{chat['sessionId']}")
        transport["phoneNumberId"] = (await sandbox.number(provider="vapi"))["id"]
        message = await sandbox.refused("POST", "/chat", {**body, "transport": transport})
    assert chat["output"][0]["content"] == "We moved."
    assert session["customer"] == customer
    assert message == "`transport.phoneNumberId` Must Be A Twilio Number With SMS Enabled."


async def test_a_squad_answers_with_its_first_member() -> None:
    async with drive() as sandbox:
        member = {"assistantId": (await _ava(sandbox))["id"]}
        squad = await sandbox.ok("POST", "/squad", {"members": [member]})
        chat = await sandbox.ok("POST", "/chat", {"squadId": squad["id"], "input": "Hello"})
    assert chat["output"][0]["content"] == "Welcome!"
