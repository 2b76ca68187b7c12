"""Closes open event streams whose grant ended: revoked, rotated, expired or guarded anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http import HTTPStatus

from starlette.types import Scope

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import StoreError
from vapi_mcp.http.errors import Refusal

# How often it looks, in seconds; with the time a grant is believed, all is over within one.
_LOOKS_EVERY = 0.25


@dataclass(eq=False, slots=True)
class _Stream:
    scope: Scope
    grant: Grant
    close: Callable[[], None]
    checked: int | None = None  # the revision it was last admitted at


class StreamRevocation:
    """Looks after the open streams of a process.

    A look asks the store once, whatever the number of streams; only when a grant somewhere
    changed are they admitted again. While the store does not answer, streams stay open.

    admit_again: like the admission of a request, but asking the store and not believing.
    """

    def __init__(
        self,
        admit_again: Callable[[Scope], Awaitable[Grant]],
        revision: Callable[[], Awaitable[int]],
        clock: Clock = utc_now,
    ) -> None:
        self._admit_again = admit_again
        self._revision = revision
        self._clock = clock
        self._streams = set[_Stream]()

    @contextmanager
    def over(self, scope: Scope, close: Callable[[], None]) -> Generator[None]:
        """Watch a stream while it is open; `close` is called when its grant has ended."""
        stream = _Stream(scope, scope["state"]["grant"], close)
        self._streams.add(stream)
        try:
            yield
        finally:
            self._streams.discard(stream)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Keep looking while this is held."""
        task = asyncio.create_task(self._look_on(), name="stream watch")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(_LOOKS_EVERY)
            if self._streams:
                await self._look()

    async def _look(self) -> None:
        now = self._clock()
        for stream in [s for s in self._streams if s.grant.server.is_expired(now)]:
            self._close(stream)
        try:
            revision = await self._revision()
            for stream in [s for s in self._streams if s.checked != revision]:
                await self._check(stream, revision)
        except StoreError:
            return

    async def _check(self, stream: _Stream, revision: int) -> None:
        try:
            stream.grant = await self._admit_again(stream.scope)
            stream.checked = revision
        except Refusal as refusal:
            # Without an answer of the store nothing is known; the next look asks again.
            if refusal.status != HTTPStatus.SERVICE_UNAVAILABLE:
                self._close(stream)

    def _close(self, stream: _Stream) -> None:
        self._streams.discard(stream)
        stream.close()
