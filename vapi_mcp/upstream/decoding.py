from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

from vapi_mcp.upstream.errors import AnswerTooLarge, unreadable_encoding

_GZIP = 16 + zlib.MAX_WBITS


async def read_bounded(chunks: AsyncIterator[bytes], encoding: str, bound: int) -> bytes:
    """Return a decoded body, counting decoded bytes while they arrive.

    A body is never inflated beyond the bound, however small it travels.

    Raises:
        AnswerTooLarge: The decoded body exceeds `bound` bytes.
        UpstreamFailed: It is packed otherwise than asked for, or the packing is broken.
    """
    if encoding in ("", "identity"):
        return await _read_plain(chunks, bound)
    if encoding in ("gzip", "x-gzip"):
        return await _read_gzip(chunks, bound)
    raise unreadable_encoding(encoding)


async def _read_plain(chunks: AsyncIterator[bytes], bound: int) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > bound:
            raise AnswerTooLarge(bound)
    return bytes(body)


async def _read_gzip(chunks: AsyncIterator[bytes], bound: int) -> bytes:
    body = bytearray()
    inflater = zlib.decompressobj(_GZIP)
    try:
        async for chunk in chunks:
            # One byte past the bound tells "too large" from "exactly full".
            body += inflater.decompress(chunk, bound + 1 - len(body))
            if len(body) > bound:
                raise AnswerTooLarge(bound)
    except zlib.error as error:
        raise unreadable_encoding("broken gzip") from error
    if not inflater.eof:
        raise unreadable_encoding("half a gzip")
    return bytes(body)
