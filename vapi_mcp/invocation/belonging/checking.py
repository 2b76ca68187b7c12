"""The time before a write in which it is checked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus

from vapi_mcp.errors import UpstreamFailed
from vapi_mcp.invocation.failures.transport_errors import NeverConnected

# Seconds: a write must not outlast its claim, see `writes/idempotency.py`.
_CHECKED_WITHIN = 4.5


@asynccontextmanager
async def checking() -> AsyncGenerator[None]:
    """Check a write in a bounded time; what goes wrong meanwhile says that nothing was sent.

    Raises:
        NeverConnected: Vapi did not answer the checks.
    """
    try:
        async with asyncio.timeout(_CHECKED_WITHIN):
            yield
    except (UpstreamFailed, TimeoutError) as error:
        why = error.message if isinstance(error, UpstreamFailed) else "Vapi is slow."
        raise NeverConnected(
            f"It could not be checked that this is within what the server may change: {why} "
            "Nothing was sent.",
            status=HTTPStatus.BAD_GATEWAY,
            hint="Try again.",
        ) from error
