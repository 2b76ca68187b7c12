"""Standard input and output: strict lines in, whole lines out, and nothing else in between."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import BinaryIO, TypeAlias

import anyio
import orjson
from anyio import Lock, to_thread

from vapi_mcp.protocol.json_rpc import BadMessage, Message, read_message

Lines: TypeAlias = AsyncGenerator[tuple[str, Message]]

_CHUNK = 65_536


async def strict_lines(stdin: BinaryIO, output: Output) -> Lines:
    """Yield each line that is a sound message, with it, and answer the others here.

    The SDK drops what it cannot read, and its client would wait for ever.
    """
    async for line in _lines(stdin):
        if not line.strip():
            continue
        try:
            message = await read_message(line)
        except BadMessage as bad:
            error = {"code": bad.code, "message": bad.message}
            answer = {"jsonrpc": "2.0", "id": bad.id, "error": error}
            await output.write(orjson.dumps(answer).decode() + "\n")
        else:
            yield line.decode(), message


async def _lines(stdin: BinaryIO) -> AsyncGenerator[bytes]:
    # A thread waits in a read until the client writes or leaves. It must not keep a process alive
    # that was told to end, so it is a daemon and holds no lock of a buffered stream.
    waiting: asyncio.Queue[bytes | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def deliver(line: bytes | None) -> None:
        with suppress(RuntimeError):  # the loop is gone
            loop.call_soon_threadsafe(waiting.put_nowait, line)

    Thread(target=_pump, args=(stdin.fileno(), deliver), daemon=True).start()
    while (line := await waiting.get()) is not None:
        yield line


def _pump(descriptor: int, deliver: Callable[[bytes | None], None]) -> None:
    rest = b""
    while chunk := os.read(descriptor, _CHUNK):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            deliver(line)
    deliver(rest)
    deliver(None)


class Output:
    """Standard output, one whole line at a time."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = Lock()

    async def write(self, line: str) -> None:
        """Write a line and flush it.

        Raises:
            ClosedResourceError: The client stopped reading.
        """
        try:
            async with self._lock:
                # A client that does not read blocks a thread, never the loop.
                await to_thread.run_sync(self._put, line.encode())
        except BrokenPipeError:
            raise anyio.ClosedResourceError from None

    def _put(self, line: bytes) -> None:
        self._stream.write(line)
        self._stream.flush()

    async def flush(self) -> None:
        """Do nothing: each line was flushed as it was written."""


@contextmanager
def own_streams() -> Generator[tuple[BinaryIO, BinaryIO]]:
    """Yield the process's own streams, which for other code lead elsewhere meanwhile."""
    # Copies of the descriptors are the wire; the numbers everybody knows lead elsewhere meanwhile.
    wire_in, wire_out = os.dup(0), os.dup(1)
    sys.stdout.flush()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    try:
        # Left open at the end: a thread may still be waiting in a read of its own.
        yield (
            os.fdopen(wire_in, "rb", closefd=False),
            os.fdopen(wire_out, "wb", closefd=False),
        )
    finally:
        sys.stdout.flush()
        os.dup2(wire_in, 0)
        os.dup2(wire_out, 1)
