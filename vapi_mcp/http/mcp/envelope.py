"""The envelope of a request that is like all others: its era, its version, its client."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from starlette.types import Scope

from vapi_mcp.protocol.apps.announcement import announces_views
from vapi_mcp.protocol.greeting.handshake import (
    CAPABILITIES_KEY,
    CLIENT_KEY,
    HANDSHAKES,
    MODERN,
    VERSION_KEY,
    is_envelope,
)
from vapi_mcp.protocol.greeting.opening import INITIALIZED
from vapi_mcp.protocol.json_rpc import Message, MessageId
from vapi_mcp.protocol.tasks.announcement import announces_tasks

_JSON = "application/json"
_VERSION, _SESSION = b"mcp-protocol-version", b"mcp-session-id"
_METHOD, _NAME = b"mcp-method", b"mcp-name"
_HEADERS = frozenset({_VERSION, _SESSION, _METHOD, _NAME, b"content-type"})
_META = frozenset({VERSION_KEY, CAPABILITIES_KEY, CLIENT_KEY})
_PARAMS: Mapping[str, frozenset[str]] = {
    "initialize": frozenset({"protocolVersion", "capabilities", "clientInfo"}),
    INITIALIZED: frozenset(),
    "server/discover": frozenset({"_meta"}),
    "ping": frozenset({"_meta"}),
    "tools/list": frozenset({"_meta"}),
    "tools/call": frozenset({"_meta", "name", "arguments"}),
}

# Of `_meta`, in bytes: what a usual client says of itself.
_LONGEST_META = 2048


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a usual request says around its method and params.

    version: of the protocol, as its header has it. can_ask: its client says that it can ask its
    user. shows_views: it says that it shows views. takes_tasks: it takes a task for an
    answer. client_info: what it calls itself.
    """

    version: str | None
    is_modern: bool = False
    can_ask: bool = False
    shows_views: bool = False
    takes_tasks: bool = False
    client_info: Any = None

    def opening(self, id_: MessageId | None) -> bytes:
        """Return an answer as far as it holds the request's id."""
        # The two write texts beyond ASCII differently; for numbers the second one is faster.
        is_slow = self.is_modern and not isinstance(id_, int)
        written = json.dumps(id_).encode() if is_slow else orjson.dumps(id_)
        return b'{"jsonrpc":"2.0","id":' + written + b","


def envelope_of(scope: Scope, message: Message) -> Envelope | None:
    """Return the envelope of a request, or None if anything about it is unusual."""
    headers, params = _headers_of(scope), message.params
    keys = _PARAMS.get(message.method or "")
    if headers is None or keys is None or not params.keys() <= keys:
        return None
    if (message.id is None) is not (message.method == INITIALIZED):
        return None
    if message.method == "tools/call" and not _is_call(params):
        return None
    version = headers.get(_VERSION)
    if version is None or version in HANDSHAKES:
        return _legacy(headers, params, version)
    return _modern(headers, message) if version == MODERN else None


def _headers_of(scope: Scope) -> dict[bytes, str] | None:
    """Return the headers that the protocol has, unless there is one it does not have."""
    found: dict[bytes, str] = {}
    for name, value in scope["headers"]:
        if name.startswith(b"mcp-") or name in (b"content-type", b"last-event-id"):
            if name in found or name not in _HEADERS:
                return None
            found[name] = value.decode("latin-1")
    kind = found.get(b"content-type", "").partition(";")[0]
    return found if kind.strip() == _JSON and kind.startswith(_JSON) else None


def _is_call(params: Mapping[str, Any]) -> bool:
    has_arguments = isinstance(params.get("arguments", {}), dict)
    return has_arguments and isinstance(params.get("name"), str)


def _legacy(
    headers: Mapping[bytes, str], params: Mapping[str, Any], version: str | None
) -> Envelope | None:
    is_usual = _METHOD not in headers and _NAME not in headers and params.get("_meta", {}) == {}
    return Envelope(version, client_info=params.get("clientInfo")) if is_usual else None


def _modern(headers: Mapping[bytes, str], message: Message) -> Envelope | None:
    meta = message.params.get("_meta")
    if not isinstance(meta, dict) or not meta.keys() <= _META:
        return None
    if meta.get(VERSION_KEY) != headers[_VERSION]:
        return None
    name = message.params.get("name")
    if headers.get(_METHOD) != message.method or headers.get(_NAME) != name:
        return None
    return _read(meta)


def _read(meta: Mapping[str, Any]) -> Envelope | None:
    try:
        written = orjson.dumps(meta)
    except orjson.JSONEncodeError:  # an integer of more than 64 bits
        return None
    if len(written) > _LONGEST_META:
        return None
    plain = _plain(written)
    # Before the SDK is loaded, what is not plain is left to it, and so loads it.
    is_loaded = "mcp.server.connection" in sys.modules
    return _sound(written) if plain is None and is_loaded else plain


# A client sends the same `_meta` with each of its requests.
@lru_cache(maxsize=256)
def _plain(written: bytes) -> Envelope | None:
    """Return the envelope of a plain `_meta`; None of any other."""
    meta = orjson.loads(written)
    if not is_envelope({"_meta": meta}):
        return None
    return _said(meta, can_ask="elicitation" in meta[CAPABILITIES_KEY])


@lru_cache(maxsize=256)
def _sound(written: bytes) -> Envelope | None:
    """Return the envelope of a `_meta` that the SDK takes; None of any other."""
    from mcp.server.connection import Connection  # noqa: PLC0415 - it is loaded already
    from mcp_types.methods import validate_client_request  # noqa: PLC0415 - loaded when it is used
    from pydantic import ValidationError  # noqa: PLC0415 - loaded when it is used

    meta = orjson.loads(written)
    try:
        validate_client_request("tools/list", MODERN, {"_meta": meta})
    except ValidationError:
        return None
    info, said = meta.get(CLIENT_KEY), meta.get(CAPABILITIES_KEY)
    known = Connection.from_envelope(MODERN, info, said)
    if known.client_capabilities is None or (CLIENT_KEY in meta) is (known.client_params is None):
        return None
    return _said(meta, can_ask=known.client_capabilities.elicitation is not None)


def _said(meta: Mapping[str, Any], *, can_ask: bool) -> Envelope:
    """Return the envelope of a `_meta`, but for what its client can be asked."""
    can = meta.get(CAPABILITIES_KEY)
    return Envelope(
        MODERN,
        is_modern=True,
        can_ask=can_ask,
        shows_views=announces_views(can),
        takes_tasks=announces_tasks(can),
        client_info=meta.get(CLIENT_KEY),
    )
