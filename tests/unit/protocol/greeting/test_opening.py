"""The first answers over stdio are those of the SDK's server, which loads later."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.app import ACCOUNT, message, modern
from tests.support.pipes import LocalHouse
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.records import Grant, Server, ServerConfig
from vapi_mcp.protocol.greeting.handshake import HANDSHAKES

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
    "nothing more": [shaking()],
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.parametrize("lines", PLAIN.values(), ids=PLAIN)
async def test_the_first_answers_are_the_bytes_of_the_sdk_and_need_no_server(
    lines: list[Line], config: ServerConfig
) -> None:
    fast, slow = _house(config), _house(config, is_fast=False)
    assert await fast.output(*lines) == await slow.output(*lines)
    assert (fast.loads, slow.loads) == (0, 1)


@pytest.mark.parametrize("lines", UNUSUAL.values(), ids=UNUSUAL)
async def test_what_is_unusual_is_answered_as_the_sdk_answers_it(lines: list[Line]) -> None:
    fast, slow = _house(), _house(is_fast=False)
    assert sorted(await fast.output(*lines)) == sorted(await slow.output(*lines))


async def test_the_server_sees_the_handshake_and_serves_what_follows() -> None:
    seen: list[str] = []

    async def watch(ctx: Any, call_next: Any) -> Any:
        seen.append(ctx.method)
        return await call_next(ctx)

    call = message("tools/call", {"name": "list_all_vapi_assistants"}, id=7)
    lines = [*opened(), call, message("prompts/list", id=8)]
    output = await _house(around=[watch]).output(*lines)
    assert sorted(str(orjson.loads(line)["id"]) for line in output) == [
        "0",
        "2",
        "7",
        "8",
        "é\u2028",
    ]
    assert sorted(seen) == ["initialize", "notifications/initialized", "prompts/list"]


def _house(config: ServerConfig | None = None, **more: Any) -> LocalHouse:
    server = Server("stdio", "stdio", ACCOUNT.id, config=config or ServerConfig())
    return LocalHouse(FakeUpstream(), Grant(ACCOUNT, server), **more)
