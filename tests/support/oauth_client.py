"""The parts that the official client's OAuth provider needs: where it keeps tokens, a callback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken


class KeptTokens:
    """Where the client keeps its tokens."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.info: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.info

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.info = client_info


@asynccontextmanager
async def callback() -> AsyncGenerator[tuple[str, asyncio.Future[dict[str, str]]]]:
    """Serve an application's callback; yield its address and what it is told there."""
    told: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    async def answer(request: web.Request) -> web.Response:
        told.set_result(dict(request.query))
        page = "<link rel=icon href='data:,'><h1>Signed in</h1>"
        return web.Response(text=page, content_type="text/html")

    app = web.Application()
    app.router.add_get("/callback", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/callback", told
    finally:
        await runner.cleanup()
