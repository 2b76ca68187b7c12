"""The result of a tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from vapi_mcp.rfc3339 import write_moment


@dataclass(frozen=True, slots=True)
class Block:
    """Bytes that an answer brings along; uri names what they are of."""

    kind: Literal["audio", "blob"]
    data: bytes
    media_type: str
    uri: str | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool call answers, whatever the transport.

    text is compact JSON, always; notes are what we add in words, and go beside it, never into
    it; now, the moment of the answer in UTC where its reader has to know it, stands with them;
    is_error says that the text is an error object. upstream_ids, cost: of the object Vapi
    answered, where it has them. blocks: bytes that go along, after text and notes.
    body: Vapi's whole answer as it came, of an object that was read. meta: what goes along for the
    client itself, and for no model. pending: the state of what was waited for and is not over.
    """

    text: str
    notes: tuple[str, ...] = ()
    is_error: bool = False
    upstream_ids: tuple[str, ...] = ()
    cost: float | None = None
    blocks: tuple[Block, ...] = ()
    now: str | None = None
    body: bytes | None = field(default=None, repr=False, compare=False)
    meta: Mapping[str, Any] | None = field(default=None, repr=False)
    pending: str | None = None


def telling(result: ToolResult, now: datetime) -> ToolResult:
    """Return a result that says what time it is."""
    return replace(result, now=write_moment(now, "seconds"))


def clipped(text: str, most: int) -> str:
    """Return a text of at most `most` characters, saying how many were left out."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters)"
