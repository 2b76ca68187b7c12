"""The ids of requests, as the SDK compares them."""

from __future__ import annotations

from typing import Any, TypeGuard

from vapi_mcp.protocol.json_rpc import MessageId


def key_of(id_: MessageId) -> MessageId:
    """Return what the SDK knows a request by: "7" and 7 are one."""
    if isinstance(id_, str):
        try:
            return int(id_)
        except ValueError:
            pass
    return id_


def is_id(value: Any) -> TypeGuard[MessageId]:
    """Return whether a value can be the id of a request."""
    return isinstance(value, str | int) and not isinstance(value, bool)
