from __future__ import annotations

import asyncio
import logging
from typing import Any

import httpx
import pytest
from mcp import ClientSession
from mcp.client.sse import sse_client

from tests.support.app import BOTH, hosted, message, modern, post, send
from vapi_mcp.security.log_redaction import redacted
from vapi_mcp.security.tokens import new_token

LIST: dict[str, Any] = {"name": "list_all_vapi_assistants", "arguments": {}}


async def test_no_token_is_in_any_line_of_a_busy_run(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    unknown = new_token()
    async with hosted() as server:
        await post(server.mcp_url, message("tools/call", LIST))
        await post(server.mcp_url, modern("tools/call", LIST), accept=BOTH)
        await post(f"{server.url}/mcp/{unknown}", message("tools/list"))
        await post(f"{server.url}/mcp", message("tools/list"))
        await post(f"{server.mcp_url}?api_key=s3cret", message("tools/call", {"name": "nope"}))
        await send("GET", server.mcp_url)
        await send("GET", f"{server.mcp_url}/.well-known/x")
        await send("POST", server.mcp_url, content=b"{", headers={"Content-Type": "text/plain"})
        await post(f"{server.url}/messages/{server.token}/?session_id=zz", message("ping"))
        async with sse_client(server.sse_url) as streams, ClientSession(*streams) as session:
            await session.initialize()
            await session.call_tool(LIST["name"], {})
        logging.getLogger("uvicorn.error").warning("WebSocket %s", f"/mcp/{server.token}")
    written = "".join(capfd.readouterr()) + caplog.text
    assert "POST /mcp/{token} 200" in written
    assert "POST /mcp/{token} 401" in written
    assert "GET /sse/{token} 200" in written
    assert "GET unmatched 404" in written
    for secret in (server.token, unknown, "s3cret"):
        assert secret not in written
        assert secret.removeprefix("vms_")[:12] not in written


async def test_traceback_with_a_token_is_redacted(caplog: pytest.LogCaptureFixture) -> None:
    token = new_token()
    async with hosted():
        try:
            raise httpx.ConnectError(f"no way to /mcp/{token}")
        except httpx.ConnectError:
            logging.getLogger("some.library").exception("failed with %s", token)
    assert token not in caplog.text
    assert "ConnectError: no way to /mcp/***" in caplog.text


async def test_failure_of_the_store_is_a_bare_500(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("password of the database")

    caplog.set_level(logging.INFO)
    async with hosted() as server:
        monkeypatch.setattr(server.store, "find_server", fail)
        answer = await post(server.mcp_url, message("ping"))
    assert (answer.status_code, answer.json()["statusCode"]) == (500, 500)
    assert "password" not in answer.text
    assert "POST /mcp/{token} 500" in caplog.text


async def test_access_log_has_one_line_a_request(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with hosted() as server:
        await asyncio.gather(*(post(server.mcp_url, message("ping")) for _ in range(3)))
    lines = [r.getMessage() for r in caplog.records if r.name.endswith("access_log")]
    assert [line.rsplit(" ", 2)[0] for line in lines] == ["POST /mcp/{token} 200"] * 3


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("GET /mcp/abc HTTP/1.1", "GET /mcp/*** HTTP/1.1"),
        ("/messages/abc/?session_id=123&x=1", "/messages/***/?session_id=***&x=1"),
        ("GET /media/abc-_1?x=1 HTTP/1.1", "GET /media/***?x=1 HTTP/1.1"),
        ("POST /mcp/{token} 200", "POST /mcp/{token} 200"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_redaction_takes_secrets_and_nothing_else(text: str, clean: str) -> None:
    assert redacted(text) == clean
