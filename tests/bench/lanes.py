"""The ways to ask: over HTTP in both protocol eras, and over stdio."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeAlias

from tests.bench.children import Child
from tests.bench.connection import calling, connected
from tests.bench.pipe import Pipe
from tests.bench.questions import QUESTIONS, Question, post

FLOOR = "F1, the floor"
FLOOR_HTTPX = "F1 through httpx"
SDK_HTTP = "F2, HTTP"
SDK_STDIO = "F2, stdio"
HTTP_LEGACY = "HTTP, legacy"
HTTP_MODERN = "HTTP, modern"
STDIO = "stdio"
OURS = (HTTP_LEGACY, HTTP_MODERN, STDIO)
LANE_NAMES = (FLOOR, FLOOR_HTTPX, SDK_HTTP, SDK_STDIO, *OURS)
PREVIOUS_HTTP = "previous, HTTP, legacy"
PREVIOUS_MODERN = "previous, HTTP, modern"
PREVIOUS_STDIO = "previous, stdio"
VAPI = "Vapi's own server, stdio"
FASTMCP = "FastMCP from_openapi, HTTP"
# Which way of the previous release each of ours is compared with.
PREVIOUS = {HTTP_LEGACY: PREVIOUS_HTTP, HTTP_MODERN: PREVIOUS_MODERN, STDIO: PREVIOUS_STDIO}

Ask: TypeAlias = Callable[[], Awaitable[int]]
Asked: TypeAlias = Mapping[str, Question]


# What each way that every run has is asked: the scoped list only where there are two servers.
_UNSCOPED = tuple(question for question in QUESTIONS if not question.is_scoped)
ASKED: Mapping[str, tuple[Question, ...]] = {
    name: QUESTIONS if name in (FLOOR, HTTP_LEGACY, HTTP_MODERN) else _UNSCOPED
    for name in LANE_NAMES
}


def as_they_are(*questions: Question) -> Asked:
    """Return the questions by name, each put in its own words."""
    return {question.name: question for question in questions}


class Lane(Protocol):
    """A way to ask. `child` is the process that answers, `asked` what is asked of it."""

    @property
    def name(self) -> str: ...

    @property
    def child(self) -> Child: ...

    @property
    def asked(self) -> Asked: ...

    def opened(self, question: str, at_once: int) -> AbstractAsyncContextManager[list[Ask]]:
        """Give one function for each of those who ask at once; it returns the answer's bytes."""
        ...

    async def read(self, question: str) -> bytes:
        """Return one answer."""
        ...


@dataclass(frozen=True, slots=True)
class HttpLane:
    """One connection for each of those who ask."""

    name: str
    child: Child
    url: str
    scoped_url: str = ""
    is_modern: bool = False
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    asked: Asked = field(default_factory=lambda: as_they_are(*QUESTIONS))

    @asynccontextmanager
    async def opened(self, question: str, at_once: int) -> AsyncGenerator[list[Ask]]:
        request = self._request(question)
        async with AsyncExitStack() as stack:
            callers = [await stack.enter_async_context(calling(self.url)) for _ in range(at_once)]
            yield [partial(caller.ask, request) for caller in callers]

    async def read(self, question: str) -> bytes:
        async with connected(self.url) as connection:
            return await connection.read(self._request(question))

    def _request(self, name: str) -> bytes:
        question = self.asked[name]
        url = self.scoped_url if question.is_scoped else self.url
        body = question.body(is_modern=self.is_modern)
        return post(url, body, {**question.headers(is_modern=self.is_modern), **self.headers})


@dataclass(frozen=True, slots=True)
class StdioLane:
    """All who ask share one process and its two pipes."""

    name: str
    child: Child
    pipe: Pipe
    asked: Asked = field(default_factory=lambda: as_they_are(*_UNSCOPED))

    @asynccontextmanager
    async def opened(self, question: str, at_once: int) -> AsyncGenerator[list[Ask]]:
        yield [partial(self.pipe.ask, self.asked[question])] * at_once

    async def read(self, question: str) -> bytes:
        return await self.pipe.read(self.asked[question])
