"""What the SDK's server answers over HTTP; the SDK is loaded when a message first needs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from starlette.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager


@dataclass(frozen=True, slots=True)
class SdkApps:
    """The apps over the SDK's one server.

    json, stream: managers of Streamable HTTP; the first answers JSON, the second may stream.
    events, messages: legacy SSE.
    """

    json: StreamableHTTPSessionManager
    stream: StreamableHTTPSessionManager
    events: ASGIApp
    messages: ASGIApp


class SdkLane:
    """Loads the SDK's apps for the first message that the fast lane leaves to them.

    They take longer to load than all else in a start, and some servers never need them. A thread
    loads them, so other requests are answered meanwhile.
    """

    def __init__(self, load: Callable[[], SdkApps]) -> None:
        self._load = load
        self._wanted = asyncio.Event()
        self._loaded: asyncio.Future[SdkApps] | None = None

    async def apps(self) -> SdkApps:
        """Return the apps; only inside `running`."""
        if self._loaded is None:
            raise RuntimeError("requests are only served while the app runs")
        self._wanted.set()
        # A client that leaves meanwhile ends only its own waiting.
        return await asyncio.shield(self._loaded)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Keep the apps open once they are loaded."""
        self._loaded = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._hold(self._loaded))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _hold(self, loaded: asyncio.Future[SdkApps]) -> None:
        # The managers' tasks have to be ended by the task that began them.
        await self._wanted.wait()
        try:
            apps = await asyncio.to_thread(self._load)
        except Exception as error:  # noqa: BLE001 - the requests that wait raise it
            loaded.set_exception(error)
            return
        async with apps.json.run(), apps.stream.run():
            loaded.set_result(apps)
            await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class LateApp:
    """One app of legacy SSE, loaded when it is first called."""

    lane: SdkLane
    name: Literal["events", "messages"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        apps = await self.lane.apps()
        app = apps.events if self.name == "events" else apps.messages
        await app(scope, receive, send)
