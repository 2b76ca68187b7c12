"""The ways to ask: the floor, the server over HTTP in both protocol eras, and over stdio."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeAlias

from tests.bench.children import Child
from tests.bench.connection import connected
from tests.bench.pipe import Pipe
from tests.bench.questions import Question, post

FLOOR = "floor"
HTTP_LEGACY = "HTTP, legacy"
HTTP_MODERN = "HTTP, modern"
STDIO = "stdio"
LANE_NAMES = (FLOOR, HTTP_LEGACY, HTTP_MODERN, STDIO)

Ask: TypeAlias = Callable[[], Awaitable[int]]


class Lane(Protocol):
    """A way to ask. `child` is the process that answers."""

    @property
    def name(self) -> str: ...

    @property
    def child(self) -> Child: ...

    def opened(self, question: Question, at_once: int) -> AbstractAsyncContextManager[list[Ask]]:
        """Give one function for each of those who ask at once; it returns the answer's bytes."""
        ...

    async def read(self, question: Question) -> bytes:
        """Return one answer."""
        ...


@dataclass(frozen=True, slots=True)
class HttpLane:
    """One connection for each of those who ask; at the floor, a path for each question."""

    name: str
    child: Child
    url: str
    is_modern: bool = False
    is_floor: bool = False

    @asynccontextmanager
    async def opened(self, question: Question, at_once: int) -> AsyncGenerator[list[Ask]]:
        request = self._request(question)
        async with AsyncExitStack() as stack:
            connections = [
                await stack.enter_async_context(connected(self.url)) for _ in range(at_once)
            ]
            yield [partial(connection.ask, request) for connection in connections]

    async def read(self, question: Question) -> bytes:
        async with connected(self.url) as connection:
            return await connection.read(self._request(question))

    def _request(self, question: Question) -> bytes:
        url = self.url + question.route if self.is_floor else self.url
        body = question.body(is_modern=self.is_modern)
        return post(url, body, question.headers(is_modern=self.is_modern))


@dataclass(frozen=True, slots=True)
class StdioLane:
    """All who ask share one process and its two pipes."""

    child: Child
    pipe: Pipe
    name: str = STDIO

    @asynccontextmanager
    async def opened(self, question: Question, at_once: int) -> AsyncGenerator[list[Ask]]:
        yield [partial(self.pipe.ask, question)] * at_once

    async def read(self, question: Question) -> bytes:
        return await self.pipe.read(question)
