"""Bodies of answers: read within bounds, and unpacked."""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from vapi_mcp.invocation.failures.transport_errors import AnswerTooLarge, unreadable_encoding

_GZIP = 16 + zlib.MAX_WBITS


async def read_bounded(chunks: AsyncIterator[bytes], encoding: str, bound: int) -> bytes:
    """Return a decoded body, as `decoded` yields it."""
    body = bytearray()
    async with aclosing(decoded(chunks, encoding, bound)) as pieces:
        async for piece in pieces:
            body += piece
    return bytes(body)


def decoded(chunks: AsyncIterator[bytes], encoding: str, bound: int) -> AsyncGenerator[bytes]:
    """Yield a body decoded as it arrives, counting decoded bytes.

    A body is never inflated beyond the bound, however small it travels.

    Raises:
        AnswerTooLarge: The decoded body exceeds `bound` bytes; nothing beyond it is yielded.
        UpstreamFailed: It is packed otherwise than asked for, or the packing is broken.
    """
    if encoding in ("", "identity"):
        return _plain(chunks, bound)
    if encoding in ("gzip", "x-gzip"):
        return _inflated(chunks, bound)
    raise unreadable_encoding(encoding)


async def _plain(chunks: AsyncIterator[bytes], bound: int) -> AsyncGenerator[bytes]:
    left = bound
    async for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise AnswerTooLarge(bound)
        yield chunk


async def _inflated(chunks: AsyncIterator[bytes], bound: int) -> AsyncGenerator[bytes]:
    left = bound
    inflater = zlib.decompressobj(_GZIP)
    try:
        async for chunk in chunks:
            # One byte past the bound tells "too large" from "exactly full".
            piece = inflater.decompress(chunk, left + 1)
            left -= len(piece)
            if left < 0:
                raise AnswerTooLarge(bound)
            yield piece
    except zlib.error as error:
        raise unreadable_encoding("broken gzip") from error
    if not inflater.eof:
        raise unreadable_encoding("half a gzip")
