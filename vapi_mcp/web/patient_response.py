"""A long answer that does not wait for ever."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

_STALLED = 60.0


class PatientResponse(StreamingResponse):
    """An answer that is closed once its client reads nothing for a minute."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it all, or what is read of it in time."""

        async def sent_in_time(message: Message) -> None:
            async with asyncio.timeout(_STALLED):
                await send(message)

        with suppress(TimeoutError, ClientDisconnect):
            await super().__call__(scope, receive, sent_in_time)
