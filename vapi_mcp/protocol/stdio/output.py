"""Standard output: whole lines, in as few writes as may be, and nothing in between."""

from __future__ import annotations

import asyncio
import select
from typing import BinaryIO

import anyio

# A pipe that can take anything takes so many bytes at once.
_PIECE = getattr(select, "PIPE_BUF", 512)


class Output:
    """Writes lines in the order they are put.

    Lines that are put in one turn of the event loop go out together. What the client does not take
    at once a thread writes: it may be blocked for long, and the loop never is.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._waiting: list[bytes] = []
        self._is_due = False
        self._slow: asyncio.Task[None] | None = None
        self._is_closed = False
        self._ready = _readiness(stream.fileno())

    def put(self, line: bytes) -> None:
        """Have a line written soon; it is dropped if the client stopped reading."""
        if self._is_closed:
            return
        self._waiting.append(line)
        if not self._is_due and self._slow is None:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._write)

    async def write(self, line: str) -> None:
        """Write a line, and all before it.

        Raises:
            ClosedResourceError: The client stopped reading.
        """
        self.put(line.encode())
        await self.drain()
        if self._is_closed:
            raise anyio.ClosedResourceError

    async def flush(self) -> None:
        """Do nothing: each line was flushed as it was written."""

    async def drain(self) -> None:
        """Return once all that was put is written, or the client stopped reading."""
        self._write()
        while self._slow is not None:
            await asyncio.shield(self._slow)

    def _write(self) -> None:
        """Write what the client takes at once, and leave the rest to a thread."""
        self._is_due = False
        if self._slow is not None or not self._waiting:
            return
        try:
            rest = self._taken_of(self._collected())
        except OSError:
            self._close()
            return
        if rest:
            self._slow = asyncio.get_running_loop().create_task(self._write_slowly(rest))

    def _taken_of(self, data: bytes) -> memoryview:
        """Write pieces as long as the client takes them, and return the rest."""
        rest = memoryview(data)
        while rest and self._ready is not None and self._ready.poll(0):
            self._put(rest[:_PIECE])
            rest = rest[_PIECE:]
        return rest

    async def _write_slowly(self, data: bytes | memoryview) -> None:
        try:
            while data:
                await asyncio.to_thread(self._put, data)
                data = self._collected()
        except OSError:
            self._close()
        finally:
            self._slow = None

    def _collected(self) -> bytes:
        data = b"".join(self._waiting)
        self._waiting.clear()
        return data

    def _close(self) -> None:
        self._is_closed = True
        self._waiting.clear()

    def _put(self, data: bytes | memoryview) -> None:
        self._stream.write(data)
        self._stream.flush()


def _readiness(descriptor: int) -> select.poll | None:
    """Return what says whether a write would block; None where the system has no such thing."""
    if not hasattr(select, "poll"):
        return None
    ready = select.poll()
    ready.register(descriptor, select.POLLOUT)
    return ready
