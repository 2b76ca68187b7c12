"""Lines of a descriptor, as they come in."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TypeAlias

_CHUNK = 65_536

# Some lines, or None at the end.
_Deliver: TypeAlias = Callable[[list[bytes] | None], None]


async def lines_of(descriptor: int) -> AsyncGenerator[bytes]:
    """Yield each line without its end, also the last one if it has none."""
    waiting = asyncio.Queue[list[bytes] | None]()
    with _reading(descriptor, waiting.put_nowait):
        while (lines := await waiting.get()) is not None:
            for line in lines:
                yield line


@contextmanager
def _reading(descriptor: int, deliver: _Deliver) -> Generator[None]:
    loop, reader = asyncio.get_running_loop(), _Reader(descriptor, deliver)

    def read() -> None:
        if not reader.read():
            loop.remove_reader(descriptor)

    try:
        loop.add_reader(descriptor, read)
    except (OSError, NotImplementedError):  # a file, or a loop that watches sockets only
        _read_in_thread(_Reader(descriptor, _across(loop, deliver)))
        yield
        return
    try:
        yield
    finally:
        loop.remove_reader(descriptor)


def _read_in_thread(reader: _Reader) -> None:
    # It waits in a read until the client writes or leaves. It must not keep a process alive that
    # was told to end, so it is a daemon and holds no lock of a buffered stream.
    def read() -> None:
        while reader.read():
            pass

    Thread(target=read, daemon=True).start()


def _across(loop: asyncio.AbstractEventLoop, deliver: _Deliver) -> _Deliver:
    def across(lines: list[bytes] | None) -> None:
        with suppress(RuntimeError):  # the loop is gone
            loop.call_soon_threadsafe(deliver, lines)

    return across


class _Reader:
    """Cuts what it reads into lines."""

    def __init__(self, descriptor: int, deliver: _Deliver) -> None:
        self._descriptor = descriptor
        self._deliver = deliver
        self._begun: list[bytes] = []

    def read(self) -> bool:
        """Read once; return whether there may be more."""
        try:
            chunk = os.read(self._descriptor, _CHUNK)
        except OSError:  # a terminal that is gone
            chunk = b""
        if not chunk:
            self._deliver([b"".join(self._begun)])
            self._deliver(None)
            return False
        first, *lines = chunk.split(b"\n")
        self._begun.append(first)
        if lines:
            whole, self._begun = b"".join(self._begun), [lines.pop()]
            self._deliver([whole, *lines])
        return True
