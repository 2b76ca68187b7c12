"""The tool calls that pass between an agent and the server, read on their way."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.clients.wire import Wire
from tests.support.tokens import count


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call; tokens: of the answer, as a model reads it."""

    tool: str
    arguments: dict[str, Any]
    refused: bool
    tokens: int
    answer: str


class Recording(Wire):
    """What one agent did."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.list_tokens = 0

    def exchanged(self, sent: bytes, received: bytes) -> None:
        """Record a call, or the size of the tool list."""
        with suppress(ValueError):
            request, answers = json.loads(sent), _messages(received)
            for answer in answers:
                if "id" in answer and answer["id"] == request.get("id"):
                    self._record(request, answer)

    def _record(self, request: dict[str, Any], answer: dict[str, Any]) -> None:
        result: dict[str, Any] = answer.get("result") or {}
        if request["method"] == "tools/list":
            self.list_tokens += count(result.get("tools", []))
        if request["method"] == "tools/call":
            given = request["params"]
            text = _text(result) if result else json.dumps(answer.get("error"))
            refused = not result or bool(result.get("isError"))
            arguments = given.get("arguments") or {}
            self.calls.append(Call(given["name"], arguments, refused, count(text), text))


def _messages(received: bytes) -> list[dict[str, Any]]:
    """Return the JSON-RPC messages of an answer, which is one of JSON or a stream of events."""
    lines = received.decode().splitlines()
    events = [line.removeprefix("data:") for line in lines if line.startswith("data:")]
    return (
        [json.loads(each) for each in events if each.strip()] if events else [json.loads(received)]
    )


def _text(result: dict[str, Any]) -> str:
    return "\n".join(part["text"] for part in result.get("content", ()) if part["type"] == "text")
