"""A bound on the bytes of messages in work in one process."""

from __future__ import annotations

from collections import Counter
from typing import Self

from vapi_mcp.errors import LimitReached

_PATIENCE = 1.0


class BytesInWork:
    """Counts the bytes of all messages that this process reads or answers.

    Of what it takes, one server gets no more than half. largest: the bytes of the largest message,
    of which two fit into a server's share at least.
    """

    most = 64 * 1024 * 1024

    def __init__(self, largest: int) -> None:
        self._most = max(self.most, 4 * largest)
        self._of_servers = Counter[str]()
        self._held = 0

    def message(self, server_id: str) -> MessageBytes:
        """Return what holds the bytes of one message, on exit none any more."""
        return MessageBytes(self, server_id)

    def take(self, server_id: str, size: int) -> None:
        """Count bytes of a server.

        Raises:
            LimitReached: There is no room for them.
        """
        share = self._most // 2
        held = self._of_servers.get(server_id, 0) + size
        if held > share:
            raise LimitReached(share, "bytes of messages at once", _PATIENCE)
        if self._held + size > self._most:
            raise LimitReached(self._most, "bytes of all messages at once", _PATIENCE)
        self._of_servers[server_id] = held
        self._held += size

    def give_back(self, server_id: str, size: int) -> None:
        """Count bytes no longer."""
        if not size:
            return
        self._held -= size
        self._of_servers[server_id] -= size
        if not self._of_servers[server_id]:
            del self._of_servers[server_id]


class MessageBytes:
    """The bytes that one message holds."""

    def __init__(self, all_: BytesInWork, server_id: str) -> None:
        self._all = all_
        self._server_id = server_id
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.let_go()

    def add(self, size: int) -> None:
        """Hold so many more.

        Raises:
            LimitReached: There is no room for them.
        """
        self._all.take(self._server_id, size)
        self._size += size

    def let_go(self) -> None:
        """Hold none any more."""
        self._all.give_back(self._server_id, self._size)
        self._size = 0
