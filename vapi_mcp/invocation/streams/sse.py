"""Server-sent events, cut out of bytes that arrive in pieces of any size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from vapi_mcp.invocation.json_reading import read_piece

Event: TypeAlias = Mapping[str, Any]

_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\n|\r")


class EventReader:
    """Reads the JSON objects of one stream by the WHATWG's rules, whatever cuts its bytes.

    Names, ids and comments of events do not matter, nor do events whose data is something else,
    such as the moment in a ping; `is_short` says that one of them began as an object and cannot be
    read, and `is_cut` that this was the last one. An event at the very end counts without its empty
    line, too.
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._data: list[bytes] = []
        self._is_first = True
        self._follows_cr = False
        self.is_short = self.is_cut = False

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Yield the events that a piece completes."""
        if self._follows_cr and piece:
            # A line that ended with CR was read at once; an LF behind it belongs to the same end.
            piece, self._follows_cr = piece.removeprefix(b"\n"), False
        self._rest += piece
        if b"\n" not in piece and b"\r" not in piece:
            return
        *lines, rest = _LINE_END.split(bytes(self._rest))
        self._follows_cr = self._rest.endswith(b"\r")
        self._rest = bytearray(rest)
        for line in lines:
            yield from self._read(line)

    def end(self) -> Iterator[Event]:
        """Yield the event that no empty line followed, if there is one."""
        was_short = self.is_short
        yield from self._read(bytes(self._rest))
        yield from self._read(b"")
        self.is_cut, self.is_short = self.is_short and not was_short, was_short

    def _read(self, line: bytes) -> Iterator[Event]:
        if self._is_first:
            line, self._is_first = line.removeprefix(_BOM), False
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
        elif not line and self._data:
            data, self._data = b"\n".join(self._data), []
            yield from self._parsed(data)

    def _parsed(self, data: bytes) -> Iterator[Event]:
        try:
            event = read_piece(data)
        except ValueError:
            self.is_short |= data.lstrip().startswith(b"{")
            return
        if isinstance(event, dict):
            yield event
