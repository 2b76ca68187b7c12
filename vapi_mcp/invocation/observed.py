"""An upstream whose answers are observed."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.failures.upstream_errors import vapi_says
from vapi_mcp.invocation.messages import (
    ArtifactLink,
    OpenArtifact,
    Take,
    UpstreamRequest,
    UpstreamResponse,
)
from vapi_mcp.invocation.ports import Upstream

_Answer = TypeVar("_Answer", bound=UpstreamResponse | ArtifactLink | OpenArtifact)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UpstreamAnswer:
    """How Vapi answered one request.

    status: where nothing readable came in time, that of the error the caller gets (502, 504).
    method: HTTP's, of the request. headers: lower-case names. said: Vapi's own words on a refusal,
    without the key. has_key: the account's key was sent.
    """

    status: int
    seconds: float
    method: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    said: str | None = None
    has_key: bool = True


class UpstreamObserver(Protocol):
    """A function that is called with every answer; what it raises is logged, no more."""

    async def __call__(self, account: Account, answer: UpstreamAnswer) -> None:
        """Take account of an answer to the account's key."""
        ...


class ObservedUpstream:
    """An upstream that calls its observers with every answer."""

    def __init__(self, inner: Upstream, observers: Sequence[UpstreamObserver] = ()) -> None:
        self._inner = inner
        self._observers = tuple(observers)

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        """Send one request, as the inner upstream does."""
        return await self._observed(self._inner.send(request, account), request, account)

    async def stream(
        self, request: UpstreamRequest, account: Account, take: Take
    ) -> UpstreamResponse:
        """Send one request and hand on a stream; its time lasts to the stream's end."""
        return await self._observed(self._inner.stream(request, account, take), request, account)

    async def locate(
        self, request: UpstreamRequest, account: Account
    ) -> ArtifactLink | UpstreamResponse:
        """Follow an artifact's redirect, as the inner upstream does."""
        return await self._observed(self._inner.locate(request, account), request, account)

    @asynccontextmanager
    async def opened(
        self, request: UpstreamRequest, account: Account, headers: Mapping[str, str]
    ) -> AsyncGenerator[OpenArtifact | UpstreamResponse]:
        """Hold an artifact's bytes open, as the inner upstream does; timed until they begin."""
        async with AsyncExitStack() as stack:
            opening = stack.enter_async_context(self._inner.opened(request, account, headers))
            yield await self._observed(opening, request, account)

    async def _observed(
        self, asking: Coroutine[Any, Any, _Answer], request: UpstreamRequest, account: Account
    ) -> _Answer:
        begun = time.perf_counter()
        try:
            answer = await asking
        except ToolError as error:
            seconds = time.perf_counter() - begun
            await self._tell(account, UpstreamAnswer(error.status, seconds, request.method))
            raise
        described = _described(answer, time.perf_counter() - begun, request, account)
        await self._tell(account, described)
        return answer

    async def _tell(self, account: Account, answer: UpstreamAnswer) -> None:
        for observer in self._observers:
            try:
                await observer(account, answer)
            except Exception as error:  # noqa: BLE001 - what Vapi did is done, and is answered
                logger.warning("an observer of upstream answers failed: %s", type(error).__name__)


def _described(
    answer: UpstreamResponse | ArtifactLink | OpenArtifact,
    seconds: float,
    request: UpstreamRequest,
    account: Account,
) -> UpstreamAnswer:
    if not isinstance(answer, UpstreamResponse):
        # Vapi took the key, and led to a storage that answered.
        return UpstreamAnswer(HTTPStatus.OK, seconds, request.method)
    refused = answer.status >= HTTPStatus.BAD_REQUEST
    said = vapi_says(answer, account) if refused else None
    has_key, headers = request.url is None, answer.headers
    return UpstreamAnswer(answer.status, seconds, request.method, headers, said, has_key)
