"""Chats: one turn of text with an assistant, whole or as a stream, in two dialects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from vapi_mcp.sandbox.calls.billing import chat_costs
from vapi_mcp.sandbox.requests.refusals import bad_request
from vapi_mcp.sandbox.requests.request import SandboxRequest
from vapi_mcp.sandbox.requests.responses import json_answer
from vapi_mcp.sandbox.resources import chat_streams as streams
from vapi_mcp.sandbox.resources.assistants import speaking_assistant, variables_of
from vapi_mcp.sandbox.resources.crud import Handler, object_answer, present, success
from vapi_mcp.sandbox.resources.knowledge_bases import known_to
from vapi_mcp.sandbox.resources.replies import reply
from vapi_mcp.sandbox.resources.rules import number_complaint, one_at_most
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.dates import stored_moment
from vapi_mcp.sandbox.state.references import check_members, check_references
from vapi_mcp.sandbox.state.sandbox import Sandbox

_SPEAKERS = ("assistantId", "assistant", "squadId", "squad")
_CONTEXTS = ("sessionId", "previousChatId")
_DAY = 86400


def create_chat(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Answer a chat turn: JSON unless `stream` is true."""
    fields = present(asked.body)
    stream = fields.pop("stream", False)
    chat = _converse(sandbox, fields)
    if stream:
        return streams.chat_stream(chat, success(asked))
    return object_answer(sandbox, "chat", chat, success(asked))


def create_response(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Answer a chat turn in OpenAI's format: a stream unless `stream` is false."""
    fields = present(asked.body)
    stream = fields.pop("stream", True)
    chat = _converse(sandbox, fields)
    if stream:
        return streams.response_stream(chat, success(asked))
    return json_answer(streams.response_object(chat, "completed"), success(asked))


def _converse(sandbox: Sandbox, fields: JsonObject) -> JsonObject:
    _check_chat(sandbox, fields)
    transport = fields.pop("transport", None)
    if transport and not fields.get("sessionId"):
        fields = _with_new_session(sandbox, fields, transport)
    session = sandbox.find("session", fields.get("sessionId"))
    previous = sandbox.find("chat", fields.get("previousChatId"))
    inherited = session or previous or {}
    speakers = {name: inherited[name] for name in _SPEAKERS if inherited.get(name)}
    if all(fields.get(name) is None for name in _SPEAKERS):
        fields = {**fields, **speakers}
    return _take_turn(sandbox, fields, session, previous, forwards=_forwards(transport))


def _take_turn(
    sandbox: Sandbox,
    fields: JsonObject,
    session: JsonObject | None,
    previous: JsonObject | None,
    *,
    forwards: bool,
) -> JsonObject:
    overrides = {"assistantOverrides": (session or {}).get("assistantOverrides")}
    assistant = speaking_assistant(sandbox, {**overrides, **fields})
    if assistant is None:
        raise bad_request("Couldn't Get Assistant. It Does Not Exist Any More.")
    given = _input_messages(fields["input"])
    history = _history(session, previous)
    question = _last_text(given)
    variables = variables_of(assistant, (session or {}).get("customer"))
    answer = (
        question
        if forwards
        else reply(assistant, question, variables, known_to(sandbox, assistant))
    )
    output = {"role": "assistant", "content": answer}
    texts = [str(message.get("content") or "") for message in (*history, *given)]
    costs = chat_costs(assistant, texts, answer)
    messages = [*history, *given]
    chat = sandbox.create("chat", {**fields, "messages": messages, "output": [output], **costs})
    if session is not None:
        _extend_session(sandbox, session, [*given, output], costs["cost"])
    return chat


def _check_chat(sandbox: Sandbox, fields: JsonObject) -> None:
    transport = fields.get("transport") or {}
    starts_session = transport.get("phoneNumberId") or transport.get("customer")
    if all(fields.get(name) is None for name in (*_SPEAKERS, *_CONTEXTS)):
        raise bad_request(
            "Need One Of `assistantId`, `assistant`, `squadId`, `squad`, `sessionId`, "
            "`previousChatId`."
        )
    one_at_most(fields, _SPEAKERS, _CONTEXTS, ("sessionId", "assistantId"))
    if fields.get("sessionId") and starts_session:
        raise bad_request("`sessionId` And `transport` Are Mutually Exclusive.")
    check_references(sandbox, fields)
    if fields.get("squad"):
        check_members(sandbox, fields["squad"], "squad.")
    if not fields["input"]:
        raise bad_request(["input should not be empty"])
    _check_session(sandbox, fields.get("sessionId"))
    if transport:
        # In a session the number and the customer are the session's.
        known = sandbox.find("session", fields.get("sessionId")) or transport
        _check_transport(sandbox, {**transport, **_line_of(known)})


def _check_session(sandbox: Sandbox, session_id: Any) -> None:
    session = sandbox.find("session", session_id)
    if session is None:
        return
    created = stored_moment(session["createdAt"])
    lifetime = timedelta(seconds=session.get("expirationSeconds") or _DAY)
    if session.get("status") == "completed" or sandbox.now() >= created + lifetime:
        raise bad_request(f"Session {session_id} Is Completed Or Has Expired. Create A New One.")


def _line_of(holder: JsonObject) -> JsonObject:
    return {name: holder.get(name) for name in ("phoneNumberId", "customer")}


def _check_transport(sandbox: Sandbox, transport: JsonObject) -> None:
    check_references(sandbox, transport, "transport.")
    number = sandbox.find("phone-number", transport.get("phoneNumberId"))
    if number is None or not transport.get("customer"):
        raise bad_request("`transport` Needs `phoneNumberId` And `customer`.")
    if number["provider"] != "twilio" or number.get("smsEnabled") is False:
        raise bad_request("`transport.phoneNumberId` Must Be A Twilio Number With SMS Enabled.")
    complaint = number_complaint(transport["customer"], "transport.customer.")
    if complaint:
        raise bad_request([complaint])


def _with_new_session(sandbox: Sandbox, fields: JsonObject, transport: JsonObject) -> JsonObject:
    shared = (*_SPEAKERS, "assistantOverrides")
    session = sandbox.create(
        "session",
        {
            "status": "active",
            "expirationSeconds": _DAY,
            "messages": [],
            **{name: fields[name] for name in shared if name in fields},
            "phoneNumberId": transport["phoneNumberId"],
            "customer": transport["customer"],
        },
    )
    return {**fields, "sessionId": session["id"]}


def _forwards(transport: JsonObject | None) -> bool:
    return bool(transport) and transport.get("useLLMGeneratedMessageForOutbound") is False


def _history(session: JsonObject | None, previous: JsonObject | None) -> list[JsonObject]:
    if session is not None:
        return list(session.get("messages") or ())
    if previous is not None:
        return [*(previous.get("messages") or ()), *(previous.get("output") or ())]
    return []


def _extend_session(
    sandbox: Sandbox, session: JsonObject, messages: list[JsonObject], cost: float
) -> None:
    extended = {
        **session,
        "messages": [*(session.get("messages") or ()), *messages],
        "cost": round((session.get("cost") or 0) + cost, 4),
        "updatedAt": sandbox.stamp(),
    }
    sandbox.put("session", extended)


def _input_messages(given: Any) -> list[JsonObject]:
    return [{"role": "user", "content": given}] if isinstance(given, str) else given


def _last_text(messages: list[JsonObject]) -> str:
    spoken = [m for m in messages if m.get("role") == "user"] or messages
    return str(spoken[-1].get("content") or "")


HANDLERS: Mapping[str, Handler] = {
    "POST /chat": create_chat,
    "POST /chat/responses": create_response,
}
