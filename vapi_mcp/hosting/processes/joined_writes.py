"""The head of an answer, written together with the body that follows it at once."""

from __future__ import annotations

import asyncio

# Longer ones are not copied behind their head.
_LARGE = 64 * 1024


class JoinedWrites:
    """A transport as one answer writes to it: the first write waits for the second.

    It waits for what runs already, and no longer: a stream begins with its head alone. Each write
    that goes out by itself wakes the system and the client once more.
    """

    __slots__ = ("_head", "_is_begun", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head: bytes | None = None
        self._is_begun = False

    def write(self, data: bytes) -> None:
        """Write bytes, after what waits."""
        if not self._is_begun:
            self._is_begun, self._head = True, data
            asyncio.get_running_loop().call_soon(self._release)
        elif (head := self._head) is None:
            self._transport.write(data)
        elif len(data) <= _LARGE:
            self._head = None
            self._transport.write(head + data)
        else:
            self._head = None
            self._transport.writelines([head, data])

    def close(self) -> None:
        """Close the connection, after what waits."""
        self._release()
        self._transport.close()

    def is_closing(self) -> bool:
        """Return whether the connection is closed, or will be."""
        return self._transport.is_closing()

    def _release(self) -> None:
        if self._head is not None:
            head, self._head = self._head, None
            self._transport.write(head)
