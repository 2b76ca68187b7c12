"""What is asked, as the messages that clients of both protocol eras send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from tests.bench.answers import ASSISTANT_ID, CALLS_WANTED

LEGACY = "2025-11-25"
MODERN = "2026-07-28"

_META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
}


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask; `route` is its path at the floor."""

    name: str
    route: str
    method: str
    params: Mapping[str, Any]

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


GET = Question(
    "get one assistant",
    "/get",
    "tools/call",
    {"name": "get_single_vapi_assistant_by_id", "arguments": {"id": ASSISTANT_ID}},
)
LIST = Question(
    "list 100 calls",
    "/calls",
    "tools/call",
    {
        "name": "list_all_vapi_calls",
        "arguments": {"limit": CALLS_WANTED, "fields": ["id", "status"]},
    },
)
TOOLS = Question("tools/list", "/tools", "tools/list", {})
QUESTIONS = (GET, LIST, TOOLS)


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
    """Raise ValueError unless a server's answer is what the question should get."""
    if not _is_right(question, orjson.loads(answer).get("result", {})):
        raise ValueError(f"{question.name} was answered with {answer[:300]!r}")


def _is_right(question: Question, result: Mapping[str, Any]) -> bool:
    if question is TOOLS:
        return bool(result.get("tools"))
    if result.get("isError") or not result.get("content"):
        return False
    found = orjson.loads(result["content"][0]["text"])
    if question is GET:
        return found.get("id") == ASSISTANT_ID
    return found.get("result_count") == CALLS_WANTED
