"""What is asked, as the messages that clients of both protocol eras send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlsplit

import orjson

from tests.bench.answers import ASSISTANT_ID, CALLS_WANTED, WHOLE_CALLS_OF

LEGACY = "2025-11-25"
MODERN = "2026-07-28"

_META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
}


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask; `is_scoped` asks the server of a smaller scope."""

    name: str
    method: str
    params: Mapping[str, Any]
    is_scoped: bool = False

    def body(self, request_id: int = 1, *, is_modern: bool = False) -> bytes:
        """Return the JSON-RPC request, without a line end."""
        params = dict(self.params)
        if is_modern:
            params["_meta"] = {**params.get("_meta", {}), **_META}
        message = {"jsonrpc": "2.0", "id": request_id, "method": self.method, "params": params}
        return orjson.dumps(message)

    def headers(self, *, is_modern: bool) -> dict[str, str]:
        """Return the MCP headers a client of the era sends."""
        accept = {"accept": "application/json, text/event-stream"}
        if not is_modern:
            return {**accept, "mcp-protocol-version": LEGACY}
        named = {"mcp-name": self.params["name"]} if "name" in self.params else {}
        return {**accept, "mcp-protocol-version": MODERN, "mcp-method": self.method, **named}

    def put_as(self, tool: str, arguments: Mapping[str, Any]) -> Self:
        """Return the same question to a server whose tool has another name."""
        return replace(self, params={"name": tool, "arguments": arguments})


def _call(name: str, tool: str, **arguments: Any) -> Question:
    return Question(name, "tools/call", {"name": tool, "arguments": arguments})


_LIST_TOOL = "list_all_vapi_calls"

GET = _call("get one assistant", "get_single_vapi_assistant_by_id", id=ASSISTANT_ID)
LIST = _call("list 100 calls", _LIST_TOOL, limit=CALLS_WANTED)
LIST_ALL_KEYS = _call("list 100 calls, all keys", _LIST_TOOL, limit=CALLS_WANTED, fields=["*"])
TOOLS = Question("tools/list", "tools/list", {})
SCOPED_TOOLS = Question("tools/list, scoped", "tools/list", {}, is_scoped=True)
QUESTIONS = (GET, LIST, LIST_ALL_KEYS, TOOLS, SCOPED_TOOLS)

# 100 calls of 20 kB: what memory is watched with.
LIST_WHOLE = _call(
    "list 100 whole calls",
    _LIST_TOOL,
    limit=CALLS_WANTED,
    assistantId=WHOLE_CALLS_OF,
    fields=["id", "status"],
)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return one HTTP/1.1 request on a connection that stays open."""
    parts = urlsplit(url)
    lines = [
        f"POST {parts.path} HTTP/1.1",
        f"host: {parts.netloc}",
        "content-type: application/json",
        f"content-length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def verify(question: Question, answer: bytes) -> None:
    """Raise ValueError unless an answer is the one that our server should give."""
    if not _is_right(question, orjson.loads(answer).get("result", {})):
        raise ValueError(f"{question.name} was answered with {answer[:300]!r}")


def verify_success(question: Question, answer: bytes) -> None:
    """Raise ValueError unless an answer is a success: other servers choose their own shape."""
    result = orjson.loads(answer).get("result", {})
    if result.get("isError") or not (result.get("content") or result.get("tools")):
        raise ValueError(f"{question.name} was answered with {answer[:300]!r}")


def _is_right(question: Question, result: Mapping[str, Any]) -> bool:
    if question.method == "tools/list":
        return bool(result.get("tools"))
    if result.get("isError") or not result.get("content"):
        return False
    found = orjson.loads(result["content"][0]["text"])
    if question is GET:
        return found.get("id") == ASSISTANT_ID
    # The token budget may keep fewer calls than were asked for.
    return 0 < found.get("result_count", 0) <= CALLS_WANTED
