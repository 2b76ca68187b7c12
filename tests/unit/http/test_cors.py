"""The web pages of known origins can call and read the answers; those of others can do neither."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import httpx
import pytest

from tests.support.app import LEGACY, hosted, message, modern, post, send
from vapi_mcp.http.mcp.guard import Guard

PAGE = "https://claude.ai"
PREFLIGHT = {
    "Origin": PAGE,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type,mcp-protocol-version,mcp-session-id",
}
READABLE = {
    "access-control-allow-origin": PAGE,
    "access-control-expose-headers": (
        "Mcp-Session-Id, MCP-Protocol-Version, Retry-After, WWW-Authenticate"
    ),
}


def cors_of(answer: httpx.Response) -> dict[str, str]:
    return {
        name: value for name, value in answer.headers.items() if name.startswith("access-control-")
    }


@pytest.mark.parametrize(
    "path",
    ["/mcp/{}", "/mcp/{}/", "/mcp/{}/mcp", "/mcp/{}/sse", "/mcp", "/sse/{}", "/messages/{}"],
)
@pytest.mark.parametrize("headers", [PREFLIGHT, {"Origin": PAGE}])
async def test_preflight_of_a_known_origin_is_204(path: str, headers: dict[str, str]) -> None:
    """Seen in use, 2026-11: pages got 405 without any CORS header."""
    async with hosted() as server:
        answer = await send("OPTIONS", server.url + path.format(server.token), headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Origin" in answer.headers["vary"]
    assert cors_of(answer) == {
        **READABLE,
        "access-control-allow-methods": "GET, POST, DELETE",
        "access-control-allow-headers": (
            "Authorization, X-Api-Token, Content-Type, Accept, Last-Event-ID, "
            "Mcp-Session-Id, MCP-Protocol-Version, Mcp-Method, Mcp-Name"
        ),
        "access-control-max-age": "7200",
    }


@pytest.mark.parametrize(
    "origin",
    [
        "https://chatgpt.com",
        "https://claude.com",
        "https://mcp.example.com",
        "https://console.example.com",
        "http://localhost:6274",
        "http://127.0.0.1:6274",
        "http://[::1]:6274",
    ],
)
async def test_every_known_origin_is_named_as_it_came(origin: str) -> None:
    known: dict[str, Any] = {
        "public_url": "https://mcp.example.com",
        "allowed_origins": ("https://console.example.com",),
    }
    async with hosted(**known) as server:
        preflight = await send("OPTIONS", server.mcp_url, headers={**PREFLIGHT, "Origin": origin})
        answer = await post(server.mcp_url, message("ping"), extra={"Origin": origin})
    assert (preflight.status_code, answer.status_code) == (204, 200)
    assert preflight.headers["access-control-allow-origin"] == origin
    assert answer.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize("origin", ["https://evil.example.com", "null", "http://claude.ai", "*"])
async def test_unknown_origin_is_refused_without_cors_headers(origin: str) -> None:
    async with hosted() as server:
        preflight = await send("OPTIONS", server.mcp_url, headers={**PREFLIGHT, "Origin": origin})
        answer = await post(server.mcp_url, message("ping"), extra={"Origin": origin})
    assert [(each.status_code, cors_of(each)) for each in (preflight, answer)] == [(403, {})] * 2


async def test_client_that_is_no_page_gets_no_cors_headers() -> None:
    async with hosted() as server:
        options = await send("OPTIONS", server.mcp_url)
        answer = await post(server.mcp_url, message("ping"))
    assert [(each.status_code, cors_of(each)) for each in (options, answer)] == [
        (405, {}),
        (200, {}),
    ]
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize("build", [message, modern])
@pytest.mark.parametrize("alias", ["", "/mcp"])
async def test_page_reads_answers_of_both_eras(build: Any, alias: str) -> None:
    async with hosted() as server:
        answer = await post(server.mcp_url + alias, build("tools/list"), extra={"Origin": PAGE})
    assert (answer.status_code, cors_of(answer)) == (200, READABLE)
    assert "Origin" in answer.headers["vary"]


async def test_page_reads_the_session_id_of_an_initialize() -> None:
    page = {"name": "page", "version": "1"}
    hello = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": page}
    async with hosted() as server:
        answer = await post(server.mcp_url, message("initialize", hello), extra={"Origin": PAGE})
    assert (answer.status_code, cors_of(answer)) == (200, READABLE)
    assert answer.headers["mcp-session-id"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/mcp/unknown", 401),
        ("POST", "/mcp", 401),
        ("GET", "/sse/unknown", 401),
        ("GET", "/mcp/unknown/sse", 401),
        ("POST", "/messages/unknown", 401),
        ("GET", "/mcp/unknown", 405),
        ("DELETE", "/mcp/unknown", 405),
        ("GET", "/mcp/unknown/nothing/here", 404),
        ("GET", "/.well-known/oauth-protected-resource", 404),
        ("POST", "/register", 404),
    ],
)
async def test_page_reads_errors(method: str, path: str, status: int) -> None:
    async with hosted() as server:
        answer = await send(method, server.url + path, headers={"Origin": PAGE})
    assert (answer.status_code, cors_of(answer)) == (status, READABLE)


async def test_page_reads_what_is_too_large_and_too_often() -> None:
    origin = {"Origin": PAGE}
    async with hosted(max_request_bytes=2048, server_calls_per_minute=1) as server:
        large = await send(
            "POST",
            server.mcp_url,
            headers={**origin, "Content-Type": "application/json"},
            content=b" " * 4096,
        )
        await post(server.mcp_url, message("tools/list"))
        often = await post(server.mcp_url, message("tools/list"), extra=origin)
    assert [(each.status_code, cors_of(each)) for each in (large, often)] == [
        (413, READABLE),
        (429, READABLE),
    ]
    assert int(often.headers["retry-after"]) > 0


async def test_page_reads_that_this_server_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Guard, "admit", Mock(side_effect=RuntimeError("a fault of ours")))
    async with hosted() as server:
        answer = await post(server.mcp_url, message("ping"), extra={"Origin": PAGE})
    assert (answer.status_code, cors_of(answer)) == (500, READABLE)
    assert answer.headers["vary"] == "Origin"


async def test_other_paths_have_no_cors_headers() -> None:
    async with hosted() as server:
        answers = [
            await send("GET", server.url + path, headers={"Origin": PAGE})
            for path in ("/healthz", "/tools", "/integrated-account", "/media/unknown")
        ]
    assert [cors_of(answer) for answer in answers] == [{}] * 4
