"""The SDK is loaded by the first message that needs it, and says the same as our own constants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import mcp_types
import pytest
from mcp.server.streamable_http import check_accept_headers
from mcp_types import methods, version
from starlette.requests import Request

from vapi_mcp.http.endpoints.metrics import METHODS
from vapi_mcp.http.mcp.sdk_lane import SdkApps, SdkLane
from vapi_mcp.http.mcp.streamable import accepted
from vapi_mcp.protocol import json_rpc
from vapi_mcp.protocol.greeting import handshake


class Manager:
    """A manager that notes when it runs."""

    def __init__(self) -> None:
        self.is_running = False

    @asynccontextmanager
    async def run(self) -> AsyncGenerator[None]:
        self.is_running = True
        try:
            yield
        finally:
            self.is_running = False


class Loader:
    """Loads two managers, and counts how often."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.count = 0
        self.managers = Manager(), Manager()

    def __call__(self) -> SdkApps:
        self.count += 1
        if self.failure:
            raise self.failure
        json, stream = cast("Any", self.managers)
        return SdkApps(json, stream, events=cast("Any", None), messages=cast("Any", None))

    @property
    def running(self) -> list[bool]:
        return [each.is_running for each in self.managers]


async def test_requests_that_come_together_load_the_sdk_once_and_it_runs_until_the_end() -> None:
    load = Loader()
    lane = SdkLane(load)
    async with lane.running():
        assert load.count == 0
        first, second = await asyncio.gather(lane.apps(), lane.apps())
        assert first is second
        assert (load.count, load.running) == (1, [True, True])
    assert load.running == [False, False]


async def test_a_process_that_never_needs_the_sdk_ends_without_it() -> None:
    load = Loader()
    async with SdkLane(load).running():
        pass
    assert load.count == 0


async def test_a_client_that_leaves_while_the_sdk_loads_leaves_it_to_the_others() -> None:
    load = Loader()
    lane = SdkLane(load)
    async with lane.running():
        leaving = asyncio.create_task(lane.apps())
        await asyncio.sleep(0)
        leaving.cancel()
        assert (await lane.apps()).json is cast("Any", load.managers[0])


async def test_every_request_is_given_the_failure_of_an_sdk_that_does_not_load() -> None:
    lane = SdkLane(Loader(ImportError("no SDK")))
    async with lane.running():
        for _ in range(2):
            with pytest.raises(ImportError, match="no SDK"):
                await lane.apps()


async def test_a_request_before_the_start_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="only served while the app runs"):
        await SdkLane(Loader()).apps()


def test_constants_that_are_ours_are_those_of_the_sdk() -> None:
    ours = (
        *(json_rpc.INVALID_REQUEST, json_rpc.INVALID_PARAMS, json_rpc.PARSE_ERROR),
        *(json_rpc.METHOD_NOT_FOUND, json_rpc.INTERNAL_ERROR),
        *(handshake.VERSION_KEY, handshake.CLIENT_KEY),
        *(handshake.CAPABILITIES_KEY, handshake.SERVER_KEY),
        *(handshake.HANDSHAKES, handshake.MODERN, METHODS),
    )
    assert ours == (
        *(mcp_types.INVALID_REQUEST, mcp_types.INVALID_PARAMS, mcp_types.PARSE_ERROR),
        *(mcp_types.METHOD_NOT_FOUND, mcp_types.INTERNAL_ERROR),
        *(mcp_types.PROTOCOL_VERSION_META_KEY, mcp_types.CLIENT_INFO_META_KEY),
        *(mcp_types.CLIENT_CAPABILITIES_META_KEY, mcp_types.SERVER_INFO_META_KEY),
        *(version.HANDSHAKE_PROTOCOL_VERSIONS, version.LATEST_MODERN_VERSION),
        methods.SPEC_CLIENT_METHODS,
    )


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "",
        "*/*",
        "application/json",
        "application/json, text/event-stream",
        "Text/Event-Stream;q=0.5, APPLICATION/*",
        "text/*",
        "text/html, image/png",
        " application/json ; charset=utf-8 ,",
        "application/jsonx",
    ],
)
def test_what_a_client_accepts_is_read_as_the_sdk_reads_it(accept: str | None) -> None:
    headers = [] if accept is None else [(b"accept", accept.encode())]
    scope = {"type": "http", "headers": headers}
    assert accepted(scope) == check_accept_headers(Request(scope))
