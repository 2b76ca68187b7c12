"""A stand-in for Vapi whose answers cost next to nothing: `python -m tests.bench.upstream`.

The simulated Vapi would be slower than the server, and its cost would hide ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import cast

import uvloop

from tests.bench.answers import upstream_answers

_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"


class _Answering(asyncio.Protocol):
    """One connection; it reads GET requests and looks at nothing but their path."""

    def __init__(self, answers: Mapping[bytes, bytes]) -> None:
        self._answers = answers
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        *heads, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for head in heads:
            path = head.split(b" ", 2)[1].partition(b"?")[0]
            self._transport.write(self._answers.get(path, _NOT_FOUND))


def _whole(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


async def _serve() -> None:
    answers = {path.encode(): _whole(body) for path, body in upstream_answers().items()}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Answering(answers), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve())
