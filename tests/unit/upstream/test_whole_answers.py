"""Requests over aiohttp itself: on the wire and in their answers they are those of httpx."""

from __future__ import annotations

import gzip
from collections.abc import Mapping

import httpx
import pytest

from tests.support.sockets import Handler, Reader, Writer, answering, client, serving
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.upstream.client import pooled_transport

_ODD = (("a", "x+y z"), ("a", "&"), ("é", "日本 %&=#?/:@!$'()*,;[]~"), ("w", '{"a":["b"]}'))
_REQUESTS = [
    UpstreamRequest("GET", "/call", (("createdAtGe", "2026-01-01T00:00:00.000Z"),)),
    UpstreamRequest("GET", "/assistant/a%2Fb%20c%2e%2E~'(d)*", _ODD),
    UpstreamRequest("DELETE", "/call/1"),
    UpstreamRequest("DELETE", "/call/1", body=b'{"ids":["2"]}'),
    UpstreamRequest("POST", "/call", body=b'{"name":"\xc3\xbc"}'),
    UpstreamRequest("POST", "/call"),
    UpstreamRequest("PATCH", "/call/1", body=b""),
]


class _Plain(httpx.AsyncBaseTransport):
    """The pool, seen only as a transport of httpx."""

    def __init__(self) -> None:
        self._pool = pooled_transport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._pool.handle_async_request(request)

    async def aclose(self) -> None:
        await self._pool.aclose()


async def _chunked(request: bytes, reader: Reader, writer: Writer) -> None:
    del request, reader
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    writer.write(b"1\r\n[\r\n2\r\n1]\r\n0\r\n\r\n")


_HANDLERS: Mapping[str, Handler] = {
    "plain": answering(b"[1]", "X-A: 1", "X-A: 2", "X-B: \u00fc"),
    "gzip": answering(gzip.compress(b"[1]"), "Content-Encoding: gzip"),
    "chunked": _chunked,
    "empty": answering(b"", status="204 No Content"),
    "elsewhere": answering(b"{}", "Location: /there", status="302 Found"),
    "refused": answering(b'{"message":"no"}', status="400 Bad Request"),
}


@pytest.mark.parametrize("handler", _HANDLERS.values(), ids=_HANDLERS)
async def test_both_ways_send_the_same_and_answer_the_same(handler: Handler) -> None:
    direct = await _sent(handler, None)
    assert direct == await _sent(handler, _Plain())
    assert len(direct) == len(_REQUESTS)


async def _sent(
    handler: Handler, transport: httpx.AsyncBaseTransport | None
) -> list[tuple[list[bytes], UpstreamResponse]]:
    """Return for each request the lines that went out, and its answer."""
    options = {"transport": transport} if transport else {}
    async with serving(handler) as (account, seen), client(**options) as upstream:
        answers = [await upstream.send(request, account) for request in _REQUESTS]
        port = account.base_url.rpartition(":")[2].encode()
    return [(_lines(sent, port), each) for sent, each in zip(seen, answers, strict=True)]


def _lines(sent: bytes, port: bytes) -> list[bytes]:
    first, *headers = sent.replace(port, b"PORT").split(b"\r\n")
    return [first, *sorted(line.lower() for line in headers)]
