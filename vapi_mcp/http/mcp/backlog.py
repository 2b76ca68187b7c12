"""What waits on one legacy event stream: messages without an answer, answers without a reader."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCError, JSONRPCNotification, JSONRPCRequest, JSONRPCResponse

from vapi_mcp.protocol.in_flight import Inbound, InFlight


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may wait on one event stream, and for how long its client may read nothing.

    messages: those without an answer, or whose answer is unread. seconds_full: from the moment a
    stream takes no more until it is closed; seconds_unread: from the last read of any other.
    """

    messages: int = 32
    unread_bytes: int = 4 * 1024 * 1024
    seconds_full: float = 5.0
    seconds_unread: float = 60.0


BOUNDS = Bounds()


class Backlog(InFlight):
    """Counts what waits on one stream.

    A message counts from the moment it is taken until its answer is with the client, or rather
    with the system's buffers. unsent: how many bytes wait in the connection's own buffer.
    """

    def __init__(
        self,
        bounds: Bounds = BOUNDS,
        *,
        unsent: Callable[[], int] = lambda: 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._clock = clock
        self._bounds = bounds
        self._unsent = unsent
        self._coming = 0
        self._asked = Counter[str]()  # ids as the SDK knows them: 1 is "1"
        self._unread = deque[tuple[int, bool]]()  # the size of each, and whether it is an answer
        self._unread_bytes = self._unread_answers = self._sent = 0
        self._waits, self._moved = asyncio.Event(), asyncio.Event()

    @property
    def messages(self) -> int:
        """How many messages have no answer that was read."""
        return self._coming + self._asked.total() + self._unread_answers

    @property
    def unread_bytes(self) -> int:
        """How many bytes wait for the client to read them."""
        return self._unread_bytes + self._unsent()

    @property
    def is_full(self) -> bool:
        """Return whether the stream takes no more requests."""
        bounds = self._bounds
        return self.messages >= bounds.messages or self.unread_bytes >= bounds.unread_bytes

    def take(self, *, is_request: bool) -> bool:
        """Count a message that comes, unless there is no room for it.

        What is no request has no answer, and may be what a call waits for: it only has to wait
        its turn.
        """
        if self.is_full if is_request else self._coming >= self._bounds.messages:
            return False
        self._coming += 1
        return True

    def note_inbound(self, item: Inbound) -> None:
        """Take account of a message that the server takes up."""
        super().note_inbound(item)
        self._coming = max(0, self._coming - 1)
        message = item.message if isinstance(item, SessionMessage) else None
        if isinstance(message, JSONRPCRequest):
            self._asked[str(message.id)] += 1
        if isinstance(message, JSONRPCNotification) and message.method.endswith("/cancelled"):
            id_ = str((message.params or {}).get("requestId"))
            # Of several with one id the SDK cancels one, once; the others go on.
            if self._asked[id_] <= 1:
                del self._asked[id_]

    def note_unread(self, item: SessionMessage, size: int) -> None:
        """Take account of what the client has to read."""
        message = item.message
        is_answer = isinstance(message, JSONRPCResponse | JSONRPCError)
        if is_answer and message.id is not None:
            self._asked[str(message.id)] -= 1
            self._asked += Counter()  # keeps what is above zero
        self._unread.append((size, is_answer))
        self._unread_bytes += size
        self._unread_answers += is_answer
        self._waits.set()

    def note_sent(self) -> None:
        """Take account of the oldest of what was unread, which the connection has taken."""
        self._sent += 1
        if self._unread:
            size, is_answer = self._unread.popleft()
            self._unread_bytes -= size
            self._unread_answers -= is_answer
        if not self._unread:
            self._waits.clear()
        self._moved.set()

    async def wait_room(self) -> None:
        """Return once there is room for a notification on the way to an answer."""
        while self._unread_bytes >= self._bounds.unread_bytes:
            self._moved.clear()
            await self._moved.wait()

    async def wait_stalled(self) -> float:
        """Return the seconds that the client read nothing, once they are too many."""
        clock = self._clock
        while True:
            await self._waits.wait()
            seen, read_at, full_at = self._progress(), clock(), None
            while self._unread:
                await asyncio.sleep(self._bounds.seconds_full / 5)
                now = clock()
                if (progress := self._progress()) != seen:
                    seen, read_at, full_at = progress, now, None
                if self.is_full and full_at is None:
                    full_at = now
                if self._is_over(now, read_at, full_at):
                    return now - read_at

    def _progress(self) -> tuple[int, int]:
        return self._sent, self._unsent()

    def _is_over(self, now: float, read_at: float, full_at: float | None) -> bool:
        """Return whether nothing was read for too long, since a moment or since it is full."""
        bounds = self._bounds
        was_full = self.is_full and full_at is not None and now - full_at >= bounds.seconds_full
        return was_full or now - read_at >= bounds.seconds_unread
