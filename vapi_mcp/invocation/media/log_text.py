"""The lines of a call's log as they come out of its packing, within bounds."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing

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
        if not first.startswith(_MAGIC):
            yield first
            async for chunk in self._chunks:
                yield chunk
            return
        unpacking = _Unpacking()
        try:
            for piece in unpacking.pieces(first):
                yield piece
            async for chunk in self._chunks:
                for piece in unpacking.pieces(chunk):
                    yield piece
        except zlib.error:
            self.remarks.append("The log's packing is broken from here on.")
            return
        if not unpacking.is_whole:
            self.remarks.append("The log breaks off here: its file is not complete.")


class _Unpacking:
    """Gzip taken apart in pieces, of one member or of several in a row."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(_GZIP)

    @property
    def is_whole(self) -> bool:
        return self._inflater.eof

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        while True:
            piece = self._inflater.decompress(packed, _PIECE)
            if piece:
                yield piece
            packed = self._inflater.unconsumed_tail
            if self._inflater.eof and self._inflater.unused_data:
                packed, self._inflater = self._inflater.unused_data, zlib.decompressobj(_GZIP)
            elif not packed and len(piece) < _PIECE:
                return
