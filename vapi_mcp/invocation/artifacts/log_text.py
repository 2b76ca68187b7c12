"""The lines of a call's log as they come out of its packing, within bounds."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

_GZIP = 16 + zlib.MAX_WBITS
_MAGIC = b"\x1f\x8b"
# What is inflated at once, of one line, and of a whole log: a small file may hold gigabytes.
_PIECE = 256 * 1024
LONGEST_LINE = 64 * 1024
MOST_BYTES = 64 * 1024 * 1024


class LogText:
    """Yields a log's lines without their ends; of one that is too long, its beginning.

    remarks: why there may be more than was read, once all lines have been taken.
    """

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        """Take the bytes as they are stored, gzipped or plain."""
        self._chunks = chunks
        self.remarks: list[str] = []

    async def lines(self) -> AsyncGenerator[bytes]:
        """Yield the lines that are not empty."""
        rest, skipping = b"", False
        async with aclosing(self._pieces()) as pieces:
            async for piece in pieces:
                *whole, rest = (rest + piece).split(b"\n")
                for line in whole:
                    if line.strip() and not skipping:
                        yield line[:LONGEST_LINE]
                    skipping = False
                if len(rest) > LONGEST_LINE:
                    if not skipping:
                        yield rest[:LONGEST_LINE]
                    rest, skipping = b"", True
        if rest.strip() and not skipping:
            yield rest

    async def _pieces(self) -> AsyncGenerator[bytes]:
        left = MOST_BYTES
        async with aclosing(self._inflated()) as pieces:
            async for piece in pieces:
                yield piece[:left]
                left -= len(piece)
                if left <= 0:
                    said = f"The log goes on after its first {MOST_BYTES:,} bytes, which were read."
                    self.remarks.append(said)
                    return
                # However well it is packed, others have their turn.
                await asyncio.sleep(0)

    async def _inflated(self) -> AsyncGenerator[bytes]:
        first = b""
        async for chunk in self._chunks:
            first += chunk
            if len(first) >= len(_MAGIC):
                break
        unpacking = _Unpacking() if first.startswith(_MAGIC) else _Plain()
        for piece in unpacking.pieces(first):
            yield piece
        while not unpacking.is_broken:
            chunk = await anext(self._chunks, None)
            if chunk is None:
                break
            for piece in unpacking.pieces(chunk):
                yield piece
        if unpacking.is_broken:
            self.remarks.append("The log's packing is broken from here on.")
        elif not unpacking.is_whole:
            self.remarks.append("The log breaks off here: its file is not complete.")


class _Plain:
    """Bytes that are not packed."""

    is_broken = False
    is_whole = True

    def pieces(self, content: bytes) -> Iterator[bytes]:
        yield content


class _Unpacking:
    """Gzip taken apart in pieces, of one member or of several, with zeros behind each or none.

    What comes out does not depend on how the bytes are cut: of a broken file it is everything in
    front of the byte that breaks it.
    """

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(_GZIP)
        self.is_broken = False

    @property
    def is_whole(self) -> bool:
        return self._inflater.eof

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        while packed and not self.is_broken:
            if self._inflater.eof:
                packed = packed.lstrip(b"\0")  # padding, as tapes and some writers leave it
                if packed:
                    self._inflater = zlib.decompressobj(_GZIP)
                continue
            before = self._inflater.copy()
            try:
                piece = self._inflater.decompress(packed, _PIECE)
            except zlib.error:
                self.is_broken = True
                yield from _salvaged(before, packed)
                return
            if piece:
                yield piece
            inflater = self._inflater
            packed = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
            if not packed and len(piece) == _PIECE and not inflater.eof:
                yield from self._left()

    def _left(self) -> Iterator[bytes]:
        """Yield what the inflater holds back once it has taken all bytes."""
        while piece := self._inflater.decompress(b"", _PIECE):
            yield piece


def _salvaged(inflater: Any, packed: bytes) -> Iterator[bytes]:
    """Yield what comes out in front of the byte that breaks the packing, found by halves."""
    while packed:
        half = packed[: max(1, len(packed) // 2)]
        attempt = inflater.copy()
        try:
            piece = attempt.decompress(half, _PIECE)
        except zlib.error:
            if len(half) == 1:
                return
            packed = half
            continue
        if piece:
            yield piece
        inflater = attempt
        packed = attempt.unconsumed_tail + packed[len(half) :]
