"""The health and readiness of a process, for supervisors and load balancers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from vapi_mcp.errors import StoreError
from vapi_mcp.http.drain import Drain
from vapi_mcp.http.errors import json_response

_STORE_SECONDS = 2.0
_WRITE_EVERY = 30.0


async def alive(request: Request) -> Response:
    """Answer `GET /healthz`: the process does, so it lives, whatever it depends on."""
    del request
    return json_response({"status": "ok"})


class Readiness:
    """Answers `GET /readyz`: 200 while requests are welcome, else 503 and what is in the way.

    That is the `store` if it does not answer within two seconds, and `draining` from the moment
    the process is told to end. The keys need no look: no process starts without them.
    """

    def __init__(
        self,
        revision: Callable[[], Awaitable[int]],
        drain: Drain,
        try_write: Callable[[], Awaitable[None]],
    ) -> None:
        """Take what reads the store and, for now and then, what writes to it."""
        self._revision = revision
        self._drain = drain
        self._try_write = try_write
        self._written = -_WRITE_EVERY

    async def endpoint(self, request: Request) -> Response:
        """Answer one request."""
        del request
        if self._drain.has_begun:
            return _not_ready("draining")
        try:
            async with asyncio.timeout(_STORE_SECONDS):
                await self._revision()
                await self._write_now_and_then()
        except (StoreError, TimeoutError):
            return _not_ready("store")
        return json_response({"status": "ready"})

    async def _write_now_and_then(self) -> None:
        # What failed is tried again at the next look: a full disk may have been emptied.
        if time.monotonic() - self._written >= _WRITE_EVERY:
            await self._try_write()
            self._written = time.monotonic()


def _not_ready(part: str) -> Response:
    body = {"status": "not ready", "part": part}
    return json_response(body, HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "2"})
