"""A circuit breaker for each account: while Vapi does not answer, requests are refused at once.

Without it every call of an outage waits out its deadline, and holds a connection as long.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil

from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import UpstreamFailed
from vapi_mcp.invocation.failures.transport_errors import AnswerTooLarge, NeverConnected
from vapi_mcp.invocation.messages import (
    ArtifactLink,
    OpenArtifact,
    Take,
    UpstreamRequest,
    UpstreamResponse,
)
from vapi_mcp.invocation.ports import Upstream

# Statuses with which a gateway says that nothing behind it answers; a 500 is an answer.
_NO_ANSWER = frozenset(
    {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
)


@dataclass(frozen=True, slots=True)
class Patience:
    """The failures in a row that open a circuit, and for how many seconds it stays open.

    Each trial that fails doubles the time, up to the longest.
    """

    failures: int = 10
    seconds: float = 5.0
    longest: float = 60.0


@dataclass(slots=True)
class _Circuit:
    """The failures of one account; retry_at: when one request may try again, None while closed."""

    pause: float
    failures: int = 0
    retry_at: float | None = None
    is_trying: bool = False


class BreakerUpstream:
    """An upstream that sends nothing for an account while Vapi does not answer it.

    A failure is a connection that cannot be made or breaks off, an answer that does not come in
    time, or a 502, 503 or 504. After some in a row requests are refused; then one request tries
    again, and any answer to it closes the circuit.
    """

    def __init__(
        self,
        inner: Upstream,
        *,
        on_refused: Callable[[], object],
        patience: Patience = Patience(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._on_refused = on_refused
        self._patience = patience
        self._clock = clock
        self._circuits: dict[str, _Circuit] = {}

    @property
    def withheld(self) -> frozenset[str]:
        """The ids of accounts that requests are refused for at present."""
        circuits = self._circuits.items()
        return frozenset(key for key, circuit in circuits if circuit.retry_at is not None)

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        """Send one request, as the inner upstream does.

        Raises:
            NeverConnected: The circuit of the account is open; nothing was sent.
        """
        if request.url is not None:  # what answers there is not Vapi's API
            return await self._inner.send(request, account)
        if account.id in self._circuits:
            return await self._watched(request, account)
        # Without a context manager, as nothing is wrong: every call comes here.
        try:
            answer = await self._inner.send(request, account)
        except AnswerTooLarge:
            self._close(account)
            raise
        except UpstreamFailed:
            self._fail(account)
            raise
        if self._circuits or answer.status in _NO_ANSWER:
            self._note(account, answer)
        return answer

    async def _watched(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        with self._watching(account):
            answer = await self._inner.send(request, account)
            self._note(account, answer)
        return answer

    async def stream(
        self, request: UpstreamRequest, account: Account, take: Take
    ) -> UpstreamResponse:
        """Send one request and hand on a stream; raises as `send` does."""
        with self._watching(account):
            answer = await self._inner.stream(request, account, take)
            self._note(account, answer)
        return answer

    async def locate(
        self, request: UpstreamRequest, account: Account
    ) -> ArtifactLink | UpstreamResponse:
        """Follow an artifact's redirect; raises as `send` does."""
        with self._watching(account):
            answer = await self._inner.locate(request, account)
            self._note(account, answer)
        return answer

    @asynccontextmanager
    async def opened(
        self, request: UpstreamRequest, account: Account, headers: Mapping[str, str]
    ) -> AsyncGenerator[OpenArtifact | UpstreamResponse]:
        """Hold an artifact's bytes open; raises as `send` does."""
        async with AsyncExitStack() as stack:
            with self._watching(account):
                opening = self._inner.opened(request, account, headers)
                found = await stack.enter_async_context(opening)
                self._note(account, found)
            yield found

    @contextmanager
    def _watching(self, account: Account) -> Generator[None]:
        trial = self._admitted(account)
        try:
            yield
        except AnswerTooLarge:
            self._close(account)
            raise
        except UpstreamFailed:
            self._fail(account)
            raise
        finally:
            if trial is not None:
                trial.is_trying = False

    def _admitted(self, account: Account) -> _Circuit | None:
        """Return the circuit that a request is the trial of, None for any other request."""
        circuit = self._circuits.get(account.id)
        if circuit is None or circuit.retry_at is None:
            return None
        left = circuit.retry_at - self._clock()
        if left > 0 or circuit.is_trying:
            self._on_refused()
            raise _refusal(circuit.failures, max(left, 1.0))
        circuit.is_trying = True
        return circuit

    def _note(
        self, account: Account, answer: UpstreamResponse | ArtifactLink | OpenArtifact
    ) -> None:
        if isinstance(answer, UpstreamResponse) and answer.status in _NO_ANSWER:
            self._fail(account)
        else:
            self._close(account)

    def _close(self, account: Account) -> None:
        self._circuits.pop(account.id, None)

    def _fail(self, account: Account) -> None:
        patience = self._patience
        circuit = self._circuits.setdefault(account.id, _Circuit(patience.seconds))
        circuit.failures += 1
        if circuit.retry_at is not None and circuit.is_trying:
            circuit.pause = min(2 * circuit.pause, patience.longest)
        if circuit.failures >= patience.failures:
            circuit.retry_at = self._clock() + circuit.pause


def _refusal(failures: int, seconds: float) -> NeverConnected:
    wait = ceil(seconds)
    return NeverConnected(
        f"Vapi did not answer the last {failures} requests of this account, so this one was not "
        f"sent. Try again in {wait} second{'s' if wait > 1 else ''}.",
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        retry_after=wait,
    )
