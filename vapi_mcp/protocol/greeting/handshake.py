"""The parameters of a client's first requests, where they hold nothing unusual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vapi_mcp.protocol.apps.announcement import EXTENSION, MEDIA_TYPE, announces_views

HANDSHAKES = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
MODERN = "2026-07-28"

_PREFIX = "io.modelcontextprotocol/"
VERSION_KEY = f"{_PREFIX}protocolVersion"
CLIENT_KEY = f"{_PREFIX}clientInfo"
CAPABILITIES_KEY = f"{_PREFIX}clientCapabilities"
SERVER_KEY = f"{_PREFIX}serverInfo"
_ENVELOPE = {"protocolVersion", "clientCapabilities"}
_CLIENT = {"name", "version"}
_UNNAMED = dict.fromkeys(_CLIENT, "")
_MORE_OF_CLIENT = {"title", "description"}
# What a client may say it can do, and what it may say of that.
_CAPABILITIES: Mapping[str, set[str]] = {
    "roots": {"listChanged"},
    "sampling": {"context", "tools"},
    "elicitation": {"form", "url"},
}
# The one extension that we have, as clients announce it.
_VIEWS = {EXTENSION: {"mimeTypes": [MEDIA_TYPE]}}


@dataclass(frozen=True, slots=True)
class Client:
    """A client as it describes itself: at its handshake, or with each request.

    can_ask: it can put a question to its user. shows_views: it shows views.
    """

    info: Any
    can_ask: bool
    is_modern: bool
    shows_views: bool = False


def is_handshake(params: Mapping[str, Any]) -> bool:
    """Return whether the parameters of `initialize` are sound and plain."""
    return (
        set(params) == {"protocolVersion", "capabilities", "clientInfo"}
        and isinstance(params["protocolVersion"], str)
        and _is_client(params["clientInfo"])
        and _are_capabilities(params["capabilities"])
    )


def is_envelope(params: Mapping[str, Any]) -> bool:
    """Return whether parameters are the envelope of the present revision, and nothing else."""
    return len(params) == 1 and client_in(params) is not None


def client_in(params: Mapping[str, Any]) -> Client | None:
    """Return the client in the envelope around parameters; None if it is not sound and plain."""
    meta = params.get("_meta")
    if not isinstance(meta, dict):
        return None
    said: dict[str, Any] = {
        str(key).removeprefix(_PREFIX): value
        for key, value in meta.items()
        if key.startswith(_PREFIX)
    }
    is_plain = (
        len(said) == len(meta)
        and _ENVELOPE <= said.keys() <= _ENVELOPE | {"clientInfo"}
        and said["protocolVersion"] == MODERN
        and _is_client(said.get("clientInfo", _UNNAMED))
        and _are_capabilities(said["clientCapabilities"])
    )
    if not is_plain:
        return None
    can = said["clientCapabilities"]
    return Client(
        said.get("clientInfo"),
        can_ask="elicitation" in can,
        is_modern=True,
        shows_views=announces_views(can),
    )


def client_of(params: Mapping[str, Any]) -> Client:
    """Return the client behind the parameters of a sound `initialize`."""
    can = params["capabilities"]
    return Client(
        params["clientInfo"],
        can_ask=can.get("elicitation") is not None,
        is_modern=False,
        shows_views=announces_views(can),
    )


def _is_client(info: Any) -> bool:
    return (
        isinstance(info, dict)
        and _CLIENT <= info.keys() <= _CLIENT | _MORE_OF_CLIENT
        and all(isinstance(value, str) for value in info.values())
    )


def _are_capabilities(said: Any) -> bool:
    return isinstance(said, dict) and all(_is_capability(*each) for each in said.items())


def _is_capability(name: str, detail: Any) -> bool:
    if name == "extensions":
        return detail == _VIEWS
    if name not in _CAPABILITIES or not isinstance(detail, dict):
        return False
    plain = (True, False) if name == "roots" else ({},)
    return detail.keys() <= _CAPABILITIES[name] and all(
        any(value is each or (each == {} == value) for each in plain) for value in detail.values()
    )
