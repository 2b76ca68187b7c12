"""What the fast lane of a pipe takes, with the results that need no call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Any, TypeAlias

import orjson

from vapi_mcp.accounts.records import Grant
from vapi_mcp.protocol.calls.usual import has_usual_params, usual_tool
from vapi_mcp.protocol.greeting.handshake import (
    CAPABILITIES_KEY,
    MODERN,
    VERSION_KEY,
    Client,
    client_in,
    client_of,
)
from vapi_mcp.protocol.greeting.opening import Opening
from vapi_mcp.protocol.json_rpc import Message, MessageId
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool

Given: TypeAlias = tuple[bytes, Message]

_ENVELOPE = {VERSION_KEY: MODERN, CAPABILITIES_KEY: {}}
_NOTHING = b"{}"


@dataclass(frozen=True, slots=True)
class UsualRequest:
    """A request that this lane answers: with its result, or by a call of its tool.

    client: who sent it; None where it does not say. binding: what the SDK's server has to know
    before any other message of this client.
    """

    message: Message
    client: Client | None
    result: bytes | None = None
    tool: Tool | None = None
    binding: Given | None = None

    def line(self) -> bytes:
        """Return the answer with the result that is ready."""
        id_, result = orjson.dumps(self.message.id), self.result or _NOTHING
        return b'{"jsonrpc":"2.0","id":' + id_ + b',"result":' + result + b"}\n"


class Lane:
    """Takes the requests of one client that are usual, and leaves everything else to the SDK.

    The SDK binds a pipe to the era of its first request, so what came before decides, too. After a
    handshake that goes to the SDK this lane takes nothing until the SDK has accepted it, and after
    any other message it is not sure of, nothing at all.
    """

    def __init__(self, registry: Registry, grant: Grant) -> None:
        self._registry = registry
        self._grant = grant
        self._opening = Opening(registry, grant)
        self._is_modern = False
        self._is_off = False
        self._hello: Message | None = None

    def take(self, line: bytes, message: Message) -> UsualRequest | None:
        """Return a request that this lane answers, or None, before anything is done."""
        if self._is_off:
            if message.method == "initialize":
                self._hello = None if self._hello else message
            return None
        request = self._greeted(line, message) or self._usual(message)
        if request is None:
            self._note(message)
        return request

    def note_answer(self, id_: MessageId, *, is_result: bool) -> None:
        """Take account of an answer of the SDK's server: it may accept a handshake."""
        hello = self._hello
        if hello is not None and hello.id == id_:
            self._hello = None
            if is_result:
                self._opening.client = client_of(hello.params)
            self._is_off = self._opening.client is None

    def _greeted(self, line: bytes, message: Message) -> UsualRequest | None:
        is_first = message.method == "initialize" and not self._is_modern
        if not is_first and message.method != "server/discover":
            return None
        result = self._opening.greeting(message)
        if result is None:
            return None
        client = self._opening.client or client_in(message.params)
        binding = (line, message) if is_first else None
        return UsualRequest(message, client, result, binding=binding)

    def _usual(self, message: Message) -> UsualRequest | None:
        if not has_usual_params(message):
            return None
        client = self._client(message.params)
        request = client and self._taken(message, client)
        if request is None or not request.client or not request.client.is_modern:
            return request
        if not self._is_modern:
            request = replace(request, binding=_modern_binding())
        self._is_modern = True
        return request

    def _client(self, params: Mapping[str, Any]) -> Client | None:
        if self._opening.client is None:
            return client_in(params)
        return self._opening.client if params.get("_meta", {}) == {} else None

    def _taken(self, message: Message, client: Client) -> UsualRequest | None:
        match message.method:
            case "tools/list":
                tools = self._opening.tools(
                    is_modern=client.is_modern, shows_views=client.shows_views
                )
                return UsualRequest(message, client, tools)
            case "ping" if not client.is_modern:
                return UsualRequest(message, client, _NOTHING)
            case "tools/call":
                name = message.params["name"]
                tool = usual_tool(self._registry, self._grant, name, can_ask=client.can_ask)
                return tool and UsualRequest(message, client, tool=tool)
            case _:
                return None

    def _note(self, message: Message) -> None:
        """Take account of what the SDK's server makes of a request that goes to it."""
        if self._is_modern or message.method == "server/discover":
            return
        if message.method == "initialize":
            self._is_off, self._hello = True, message
        elif self._opening.client is None:
            meta = message.params.get("_meta")
            self._is_modern = isinstance(meta, dict) and VERSION_KEY in meta
            self._is_off = not self._is_modern


def _modern_binding() -> Given:
    """Return a request that has the SDK serve the present revision and does nothing else."""
    id_, params = f"vapi-mcp-{token_hex(16)}", {"_meta": _ENVELOPE}
    request = {"jsonrpc": "2.0", "id": id_, "method": "ping", "params": params}
    return orjson.dumps(request), Message(id_, "ping", params)
