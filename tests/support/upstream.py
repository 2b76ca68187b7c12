"""Stand-ins that implement a port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from http import HTTPStatus
from typing import Any, TypeAlias

import orjson

from vapi_mcp.accounts.records import Account
from vapi_mcp.admin.key_check import KeyVerdict
from vapi_mcp.invocation.messages import (
    EVENTS,
    ArtifactLink,
    Take,
    UpstreamRequest,
    UpstreamResponse,
)


class FakeUpstream:
    """An upstream that answers from memory and remembers what it was asked.

    answers: by `METHOD /path`; the default is an empty list. With `hold` set, each request waits
    for `release`; `entered` and `cancelled` tell what became of it. An exception set as `failure`
    is raised instead of any answer.
    """

    def __init__(self, answers: Mapping[str, Any] | None = None, *, hold: bool = False) -> None:
        self.answers = dict(answers or {})
        self.failure: Exception | None = None
        self.requests: list[tuple[UpstreamRequest, Account]] = []
        self.entered = asyncio.Event()
        self.release = asyncio.Event()
        self.cancelled = asyncio.Event()
        if not hold:
            self.release.set()

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        self.requests.append((request, account))
        self.entered.set()
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        if self.failure:
            raise self.failure
        answer = self.answers.get(f"{request.method} {request.path}", [])
        headers = {"content-type": "application/json"}
        return UpstreamResponse(200, headers, orjson.dumps(answer))

    async def stream(
        self, request: UpstreamRequest, account: Account, take: Take
    ) -> UpstreamResponse:
        del take
        return await self.send(request, account)

    async def locate(
        self, request: UpstreamRequest, account: Account
    ) -> ArtifactLink | UpstreamResponse:
        return await self.send(request, account)

    @asynccontextmanager
    async def opened(
        self, request: UpstreamRequest, account: Account, headers: Mapping[str, str]
    ) -> AsyncGenerator[UpstreamResponse]:
        del headers
        yield await self.send(request, account)


class LiveUpstream(FakeUpstream):
    """An upstream whose streams say what a test says, when it says it."""

    def __init__(self) -> None:
        super().__init__()
        self._said = asyncio.Queue[bytes | Exception | None]()

    def say(self, *pieces: bytes | Exception | None) -> None:
        """Let a stream go on; it breaks off with an exception, and ends with None."""
        for piece in pieces:
            self._said.put_nowait(piece)

    async def stream(
        self, request: UpstreamRequest, account: Account, take: Take
    ) -> UpstreamResponse:
        self.requests.append((request, account))
        self.entered.set()
        try:
            while (piece := await self._said.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                await take(piece)
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return UpstreamResponse(200, {"content-type": EVENTS}, b"")


Answer: TypeAlias = "UpstreamResponse | ArtifactLink | Callable[[UpstreamRequest], Awaitable[Any]]"


class ScriptedUpstream:
    """An upstream that gives one answer to everything: a value, or a function of the request."""

    def __init__(self, answer: Answer) -> None:
        self.requests: list[UpstreamRequest] = []
        self._answer = answer

    async def send(self, request: UpstreamRequest, account: Account) -> Any:
        del account
        self.requests.append(request)
        return await self._answer(request) if callable(self._answer) else self._answer

    async def stream(self, request: UpstreamRequest, account: Account, take: Take) -> Any:
        answer = await self.send(request, account)
        if answer.status != HTTPStatus.OK or answer.content_type != EVENTS:
            return answer
        await take(answer.body)
        return replace(answer, body=b"")

    async def locate(self, request: UpstreamRequest, account: Account) -> Any:
        return await self.send(request, account)

    @asynccontextmanager
    async def opened(
        self, request: UpstreamRequest, account: Account, headers: Mapping[str, str]
    ) -> AsyncGenerator[Any]:
        del headers
        yield await self.send(request, account)


class FakeKeyCheck:
    """A key check that takes every key but `refused` and, as if Vapi were away, `away`.

    meanwhile: what happens while a key is tried.
    """

    def __init__(self) -> None:
        self.tried: list[Account] = []
        self.meanwhile: Callable[[Account], Awaitable[None]] | None = None

    async def __call__(self, account: Account) -> KeyVerdict:
        self.tried.append(account)
        if self.meanwhile:
            await self.meanwhile(account)
        if account.credential.secret == "refused":
            return KeyVerdict("refused", "Vapi refused the key.")
        if account.credential.secret == "away":
            return KeyVerdict("unreachable", "Vapi cannot be reached.")
        return KeyVerdict("accepted")
