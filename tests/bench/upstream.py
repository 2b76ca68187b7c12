"""A stand-in for Vapi whose answers cost next to nothing: `python -m tests.bench.upstream`.

The simulated Vapi would be slower than the server, and its cost would hide ours.
"""

from __future__ import annotations

import asyncio
from functools import cache
from typing import cast

import uvloop

from tests.bench.answers import Answers

_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"


class _Prepared:
    """Whole answers, head and all, by request target."""

    def __init__(self) -> None:
        self._answers = Answers.seeded()
        self.to = cache(self._made)

    def _made(self, target: bytes) -> bytes:
        body = self._answers.to(target.decode())
        return _NOT_FOUND if body is None else _whole(body)


class _Answering(asyncio.Protocol):
    """One connection; it reads GET requests and looks at nothing but their target."""

    def __init__(self, prepared: _Prepared) -> None:
        self._prepared = prepared
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        *heads, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for head in heads:
            self._transport.write(self._prepared.to(head.split(b" ", 2)[1]))


def _whole(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


async def _serve() -> None:
    prepared = _Prepared()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Answering(prepared), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve())
