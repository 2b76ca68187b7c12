"""The first answers over stdio are those of the SDK's server, which loads later."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from mcp.server import Server as McpServer

from tests.support.app import ACCOUNT, RING, message, modern, registry
from tests.support.invocation import ResultInvoker
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.records import Grant, Server, ServerConfig
from vapi_mcp.protocol.client_identity import ClientNames
from vapi_mcp.protocol.greeting.handshake import HANDSHAKES
from vapi_mcp.protocol.greeting.opening import Opening
from vapi_mcp.protocol.json_rpc import Message
from vapi_mcp.protocol.server import create_mcp_server
from vapi_mcp.protocol.stdio.serving import run_stdio
from vapi_mcp.security.signing import Signer

CONFIGS = {
    "all tools": ServerConfig(),
    "reads": ServerConfig(methods=("read",)),
    "discovery": ServerConfig(tool_exposure="discovery"),
    "codes": ServerConfig(confirm="all_writes", confirm_by="code"),
    "links": ServerConfig(inline_media=False),
}
CLIENT = {"name": "test", "version": "1"}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}
Line = dict[str, Any]


def shaking(
    version: Any = "2025-06-18", capabilities: Any = None, client: Any = None, **more: Any
) -> Line:
    said = {"protocolVersion": version, "capabilities": capabilities or {}}
    return message("initialize", {**said, "clientInfo": client or CLIENT, **more}, id=0)


def opened(*lines: Line, first: Line | None = None) -> list[Line]:
    rest = lines or (message("ping", id="é\u2028"), message("tools/list", id=2))
    return [first or shaking(), INITIALIZED, *rest]


PLAIN: dict[str, list[Line]] = {
    **{version: opened(first=shaking(version)) for version in (*HANDSHAKES, "2099-01-01")},
    "capabilities": opened(
        first=shaking(
            capabilities={
                "roots": {"listChanged": True},
                "sampling": {"tools": {}},
                "elicitation": {"form": {}, "url": {}},
            },
            client={**CLIENT, "title": "Test", "description": "A test."},
        )
    ),
    "modern": [modern("server/discover") | {"id": 1}, modern("tools/list") | {"id": 2}],
    "modern with a name": [
        modern(method, {"_meta": {"io.modelcontextprotocol/clientInfo": CLIENT}}) | {"id": number}
        for number, method in enumerate(("server/discover", "server/discover", "tools/list"))
    ],
    "a discovery, then a handshake": [modern("server/discover") | {"id": 9}, *opened()],
}
UNUSUAL: dict[str, list[Line]] = {
    "no handshake": [message("tools/list", id=1), message("ping", id=2)],
    "a second handshake": opened(shaking() | {"id": 5}, message("tools/list", id=6)),
    "a cursor": opened(message("tools/list", {"cursor": "x"}, id=1)),
    "a token": opened(message("tools/list", {"_meta": {"progressToken": 1}}, id=1)),
    "another list": opened(message("prompts/list", id=1), message("tools/list", id=2)),
    "unknown": opened(message("tools/look", id=1), message("tools/list", id=2)),
    "a discovery afterwards": opened(modern("server/discover") | {"id": 1}),
    "no version": opened(first=shaking(version=7)),
    "no name": opened(first=shaking(client={"version": "1"})),
    "a wrong title": opened(first=shaking(client={**CLIENT, "title": 1})),
    "wrong roots": opened(first=shaking(capabilities={"roots": {"listChanged": "often"}})),
    "a wrong capability": opened(first=shaking(capabilities={"sampling": True})),
    "more capabilities": opened(first=shaking(capabilities={"tools": True, "extensions": {}})),
    "more parameters": opened(first=shaking(_meta={"a": 1})),
    "a list before the handshake": [modern("tools/list") | {"id": 1}, *opened()],
    "the same id twice": opened(message("ping", id=1), message("ping", id=1)),
    "nothing more": [shaking()],
}


class Silent(Opening):
    """An opening that leaves every message to the SDK."""

    def answer(self, message: Message) -> str | None:
        return None


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.parametrize("lines", PLAIN.values(), ids=PLAIN)
async def test_the_first_answers_are_the_bytes_of_the_sdk_and_need_no_server(
    lines: list[Line], config: ServerConfig
) -> None:
    grant = Grant(ACCOUNT, Server("stdio", "stdio", ACCOUNT.id, config=config))
    opening = Opening(registry(), grant)
    said = [Message(line.get("id"), line["method"], line.get("params", {})) for line in lines]
    first = [opening.answer(each) for each in said if each.is_request]
    assert opening.is_over
    assert "".join(filter(None, first)).encode() == await _output(grant, lines, Silent)
    assert await _output(grant, lines, Opening) == await _output(grant, lines, Silent)


@pytest.mark.parametrize("lines", UNUSUAL.values(), ids=UNUSUAL)
async def test_what_is_unusual_is_answered_as_the_sdk_answers_it(lines: list[Line]) -> None:
    grant = Grant(ACCOUNT, Server("stdio", "stdio", ACCOUNT.id))
    answers = await _output(grant, lines, Opening)
    assert sorted(answers.splitlines()) == sorted(
        (await _output(grant, lines, Silent)).splitlines()
    )


async def test_the_server_sees_what_was_answered_and_serves_what_follows() -> None:
    seen: list[str] = []

    async def watch(ctx: Any, call_next: Any) -> Any:
        seen.append(ctx.method)
        return await call_next(ctx)

    grant = Grant(ACCOUNT, Server("stdio", "stdio", ACCOUNT.id))
    call = message("tools/call", {"name": "list_all_vapi_assistants", "arguments": {}}, id=7)
    lines = [*opened(), call]
    output = await _output(grant, lines, Opening, watch)
    assert [orjson.loads(line)["id"] for line in output.splitlines()] == [0, "é\u2028", 2, 7]
    assert sorted(seen) == sorted(line["method"] for line in lines)


async def _output(
    grant: Grant, lines: Sequence[Line], kind: type[Opening], *middleware: Any
) -> bytes:
    """Return all that a client reads that sends these lines and leaves."""
    server_in, client_out = os.pipe()
    client_in, server_out = os.pipe()
    with os.fdopen(client_out, "wb") as client, os.fdopen(client_in, "rb") as answers:
        client.writelines(orjson.dumps(line) + b"\n" for line in lines)
        client.close()
        reading = asyncio.create_task(asyncio.to_thread(answers.read))
        with os.fdopen(server_in, "rb") as stdin, os.fdopen(server_out, "wb") as stdout:
            async with asyncio.timeout(20):
                await run_stdio(
                    lambda: _server(grant, middleware),
                    kind(registry(), grant),
                    stdin=stdin,
                    stdout=stdout,
                )
        return await reading


def _server(grant: Grant, middleware: Sequence[Any]) -> McpServer[Any]:
    return create_mcp_server(
        registry(),
        ResultInvoker(FakeUpstream()).inner,
        current_grant=lambda _: grant,
        limits=Limits(),
        names=ClientNames(Signer(RING, "client")),
        middleware=middleware,
    )
