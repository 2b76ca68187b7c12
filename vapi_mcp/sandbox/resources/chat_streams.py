"""A chat's answer as server-sent events: Vapi's own lines, or OpenAI's response events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import orjson
from starlette.responses import Response, StreamingResponse

from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.dates import stored_moment

_DELTAS = 8
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


def chat_stream(chat: JsonObject, status: int) -> Response:
    """Stream `{id, sessionId?, path, delta}` lines without event names or an end marker."""
    session = {"sessionId": chat["sessionId"]} if chat.get("sessionId") else {}
    lines = (
        _event({"id": chat["id"], **session, "path": "chat.output[0].content", "delta": delta})
        for delta in deltas(_text(chat))
    )
    return _stream(lines, status)


def response_stream(chat: JsonObject, status: int) -> Response:
    """Stream OpenAI's events: text deltas, the whole text, the completed response."""
    return _stream(_response_events(chat), status)


def response_object(chat: JsonObject, status: str) -> JsonObject:
    """Return a chat as OpenAI's response object; its id is the chat's own."""
    created = stored_moment(chat["createdAt"])
    content = [{"type": "output_text", "text": _text(chat), "annotations": list[Any]()}]
    message = {
        "id": _item_id(chat),
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": content,
    }
    return {
        "id": chat["id"],
        "object": "response",
        "created_at": int(created.timestamp()),
        "status": status,
        "error": None,
        "output": [message],
    }


def deltas(text: str) -> list[str]:
    """Cut a text between words into a few pieces that join to the whole."""
    words = text.split(" ")
    size = max(1, -(-len(words) // _DELTAS))
    pieces = [" ".join(words[start : start + size]) for start in range(0, len(words), size)]
    return [piece if index == 0 else f" {piece}" for index, piece in enumerate(pieces)]


def _response_events(chat: JsonObject) -> Sequence[bytes]:
    place = {"item_id": _item_id(chat), "output_index": 0, "content_index": 0}
    events: list[JsonObject] = [
        {"type": "response.output_text.delta", **place, "delta": delta}
        for delta in deltas(_text(chat))
    ]
    events.append({"type": "response.output_text.done", **place, "text": _text(chat)})
    response = response_object(chat, "completed")
    events.append({"type": "response.completed", "response": response})
    return [b"event: " + event["type"].encode() + b"\n" + _event(event) for event in events]


def _event(data: JsonObject) -> bytes:
    return b"data: " + orjson.dumps(data) + b"\n\n"


def _stream(lines: Iterable[bytes], status: int) -> Response:
    async def send() -> AsyncIterator[bytes]:
        for line in lines:
            yield line
            # Each event goes out by itself, as from a model that is still writing.
            await asyncio.sleep(0)

    return StreamingResponse(send(), status, media_type="text/event-stream", headers=_HEADERS)


def _text(chat: JsonObject) -> str:
    return chat["output"][0]["content"]


def _item_id(chat: JsonObject) -> str:
    return f"msg_{chat['id'].replace('-', '')}"
