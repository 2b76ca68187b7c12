"""A client of a server over stdio: one process, any number of requests in flight."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import orjson

from tests.bench.children import Child
from tests.bench.questions import LEGACY, Question

# Of one width, so that equal answers have equal sizes.
_FIRST_ID = 100_000_000
_ID = re.compile(rb'"id":\s?(\d{9})')
# How far from either end of an answer its id is looked for: further in, a search would find the
# ids of what is answered.
_NEAR = 60
_HELLO: dict[str, Any] = {
    "protocolVersion": LEGACY,
    "capabilities": {},
    "clientInfo": {"name": "bench", "version": "1"},
}


class Pipe:
    """The two pipes to a server, after the handshake."""

    def __init__(self, child: Child) -> None:
        assert child.process.stdin
        assert child.process.stdout
        self._input = child.process.stdin
        self._output = child.process.stdout
        self._ids = count(_FIRST_ID)
        self._waiting: dict[int, asyncio.Future[bytes]] = {}

    async def ask(self, question: Question) -> int:
        """Send a request and return the size of its answer, with the line end."""
        return len(await self.read(question))

    async def read(self, question: Question) -> bytes:
        """Send a request and return its answer.

        Raises:
            ConnectionError: The server left.
        """
        request_id = next(self._ids)
        return await self._send(request_id, question.body(request_id))

    async def greet(self) -> None:
        """Shake hands as clients of the legacy era do."""
        request_id = next(self._ids)
        hello = {"jsonrpc": "2.0", "id": request_id, "method": "initialize", "params": _HELLO}
        await self._send(request_id, orjson.dumps(hello))
        self._input.write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')

    async def listen(self) -> None:
        """Hand each answer to whoever waits for it, until the server leaves."""
        while line := await self._output.readline():
            found = _ID.search(line, 0, _NEAR) or _ID.search(line, max(0, len(line) - _NEAR))
            waiting = self._waiting.pop(int(found[1]), None) if found else None
            if waiting and not waiting.done():
                waiting.set_result(line)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError("the stdio server left"))

    async def _send(self, request_id: int, body: bytes) -> bytes:
        waiting = self._waiting[request_id] = asyncio.get_running_loop().create_future()
        self._input.write(body + b"\n")
        return await waiting


@asynccontextmanager
async def piped(child: Child) -> AsyncGenerator[Pipe]:
    """Talk to a stdio server; the handshake is done on entry."""
    pipe = Pipe(child)
    listening = asyncio.create_task(pipe.listen())
    try:
        await pipe.greet()
        yield pipe
    finally:
        listening.cancel()
        await asyncio.wait([listening])
