"""A lean HTTP/1.1 client: one connection, one request at a time, answers counted and not kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast
from urllib.parse import urlsplit


class Connection(asyncio.Protocol):
    """A connection that stays open."""

    def __init__(self) -> None:
        self._head = b""
        self._missing: int | None = None
        self._size = 0
        self._kept: list[bytes] | None = None
        self._answered: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered and not self._answered.done():
            self._answered.set_exception(exc or ConnectionError("closed before the answer"))

    def data_received(self, data: bytes) -> None:
        if self._missing is None:
            self._head += data
            head, end, data = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            self._head = b""
            self._begin(head)
        if self._missing is not None:
            self._missing -= len(data)
            if self._kept is not None:
                self._kept.append(data)
            self._settle()

    async def ask(self, request: bytes) -> int:
        """Send a request and return the size of its answer's body.

        Raises:
            ConnectionError: The answer is no 200, has no length, or does not come.
        """
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answered

    async def read(self, request: bytes) -> bytes:
        """Send a request and return its answer's body; raises as `ask` does."""
        self._kept = []
        await self.ask(request)
        kept, self._kept = self._kept, None
        return b"".join(kept)

    @property
    def is_closed(self) -> bool:
        """Whether either side closed it."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Close the connection at once."""
        self._transport.abort()

    def _begin(self, head: bytes) -> None:
        status, *lines = head.lower().split(b"\r\n")
        sizes = [line[15:] for line in lines if line.startswith(b"content-length:")]
        if status.split(b" ")[1] != b"200" or not sizes:
            self._fail(f"the answer begins {head[:200]!r}")
            return
        self._missing = self._size = int(sizes[0])

    def _settle(self) -> None:
        if self._missing == 0 and self._answered and not self._answered.done():
            self._missing = None
            self._answered.set_result(self._size)

    def _fail(self, why: str) -> None:
        if self._answered and not self._answered.done():
            self._answered.set_exception(ConnectionError(why))


class Caller:
    """Asks over one connection, and opens another if the server closed an idle one meanwhile."""

    def __init__(self, url: str, connection: Connection) -> None:
        self._url = url
        self._connection = connection

    @property
    def is_closed(self) -> bool:
        """Whether the next question needs another connection."""
        return self._connection.is_closed

    async def ask(self, request: bytes) -> int:
        """Send a request and return the size of its answer's body; raises as `Connection.ask`."""
        if self.is_closed:
            self._connection = await _open(self._url)
        return await self._connection.ask(request)

    def close(self) -> None:
        """Close the connection at once."""
        self._connection.close()


@asynccontextmanager
async def calling(url: str) -> AsyncGenerator[Caller]:
    """Open a connection that is renewed where that is needed; it is closed on exit."""
    caller = Caller(url, await _open(url))
    try:
        yield caller
    finally:
        caller.close()


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[Connection]:
    """Open a connection to the server of a URL; it is closed on exit."""
    connection = await _open(url)
    try:
        yield connection
    finally:
        connection.close()


async def _open(url: str) -> Connection:
    host, _, port = urlsplit(url).netloc.partition(":")
    _, connection = await asyncio.get_running_loop().create_connection(Connection, host, int(port))
    return connection
