"""Server-sent events, cut out of bytes that arrive in pieces of any size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import orjson

from vapi_mcp.errors import UpstreamFailed

Event: TypeAlias = Mapping[str, Any]

# Some say so when they are done, though the end of the bytes says it too.
_DONE = b"[DONE]"


class EventReader:
    """Reads the JSON objects of one stream; names, ids and comments of events do not matter."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Yield the events that a piece completes.

        Raises:
            UpstreamFailed: An event is not JSON.
        """
        self._rest += piece
        if b"\n" not in piece:
            return
        *lines, rest = bytes(self._rest).split(b"\n")
        self._rest = bytearray(rest)
        for line in lines:
            yield from self._read(line.removesuffix(b"\r"))

    def end(self) -> Iterator[Event]:
        """Yield the event that no empty line followed, if there is one."""
        yield from self._read(bytes(self._rest))
        yield from self._read(b"")

    def _read(self, line: bytes) -> Iterator[Event]:
        if line.startswith(b"data:"):
            self._data.append(line.removeprefix(b"data:"))
        elif not line and self._data:
            data, self._data = b"\n".join(self._data).strip(), []
            yield from _parsed(data)


def _parsed(data: bytes) -> Iterator[Event]:
    if data == _DONE:
        return
    try:
        event = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise UpstreamFailed("An event of Vapi's stream cannot be read.", status=502) from error
    if isinstance(event, dict):
        yield event
