"""Cursors: where a walk over a list stands, signed, and bound to the account and the tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.security.signing import Signer

_PURPOSE = "cursor/1"


@dataclass(frozen=True, slots=True)
class Position:
    """One place in a walk.

    filters are the path and query values the walk began with; limit and fields are what the
    next page takes unless the caller says otherwise; state belongs to the way of paging. search is
    what the list is searched for, empty where it is only read.
    """

    filters: Mapping[str, Any]
    limit: int
    fields: tuple[str, ...]
    state: Any
    search: Mapping[str, Any] = field(default_factory=dict[str, Any])


def encode_cursor(position: Position, account: Account, tool_name: str) -> str:
    """Return a position as opaque text."""
    payload = [position.filters, position.limit, position.fields, position.state]
    if position.search:
        payload.append(position.search)
    signer = Signer(account.credential, _PURPOSE)
    return signer.sign(orjson.dumps(payload), f"{account.realm}/{tool_name}")


def decode_cursor(text: str, account: Account, tool_name: str) -> Position:
    """Return the position a cursor holds.

    Raises:
        InvalidArguments: It was changed, or belongs to another tool or account.
    """
    signer = Signer(account.credential, _PURPOSE)
    payload = signer.open(text, f"{account.realm}/{tool_name}")
    if payload is None:
        raise InvalidArguments(
            "next_cursor is not a cursor of this tool: pass next_cursor or prev_cursor from "
            f"an answer of {tool_name} unchanged, or leave it out to start at the first page."
        )
    filters, limit, fields, state, *search = orjson.loads(payload)
    return Position(filters, limit, tuple(fields), state, *search)
