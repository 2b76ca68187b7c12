"""The official client, in both eras and over both transports."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Literal

import mcp
import pytest
from mcp import ClientSession
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import Implementation

from tests.support.app import LEGACY, MODERN, Hosted

Route = Literal["modern", "legacy", "sse"]
every_route = pytest.mark.parametrize("route", ["modern", "legacy", "sse"])


@asynccontextmanager
async def connect(
    server: Hosted, route: Route, info: Implementation | None = None
) -> AsyncGenerator[mcp.Client | ClientSession]:
    """Open the official client of an era and transport, under a name of its own."""
    if route == "modern":
        async with mcp.Client(server.mcp_url, client_info=info) as client:
            assert client.protocol_version == MODERN
            yield client
        return
    transport = (
        sse_client(server.sse_url) if route == "sse" else streamable_http_client(server.mcp_url)
    )
    async with (
        transport as streams,
        ClientSession(*streams[:2], client_info=info) as session,
    ):
        assert (await session.initialize()).protocol_version == LEGACY
        yield session
