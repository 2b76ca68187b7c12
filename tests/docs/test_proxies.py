"""The proxies of docs/deploy.md let through what clients need, and nothing else."""

from __future__ import annotations

import html
import logging
import re
from fnmatch import fnmatchcase
from pathlib import Path

import httpx
import pytest
from starlette.routing import Route

from tests.e2e.test_streams import ask, some_assistant
from tests.support.app import headers_of, message
from tests.support.console import api_token
from tests.support.docs_pages import fences, text_of
from tests.support.e2e.connecting import Way, connected
from tests.support.e2e.gallery import TOOLS, call_with, gallery
from tests.support.nginx import free_port, printed, printed_under_a_path, proxying
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.audit.entry import LogFilter

WAYS: dict[Way, str] = {"legacy SSE": "sse", "legacy HTTP": "mcp", "modern HTTP": "mcp"}
INSIDE = {"/metrics", "/readyz"}
ADMINISTRATORS = re.compile(
    r"/(console|integrated-account|log|change|api-token|oauth-grant|openapi\.json|docs)(/|$)"
)


def _of_clients(path: str) -> bool:
    return path not in INSIDE and not ADMINISTRATORS.match(path)


def _nginx(path: str) -> str | None:
    """Return what follows for a path in the printed config: pass, guarded, or nothing."""
    found = re.findall(r"location (=|~) (\S+)\s*\{(.*?)\}", printed(), re.DOTALL)
    for kind, pattern, body in found:
        if path == pattern if kind == "=" else re.search(pattern, path):
            return "guarded" if "deny" in body else "passed"
    return None


def _caddy(path: str) -> str | None:
    text = "\n".join(fences(text_of("docs/deploy.md"), "caddyfile"))
    clients, administrators = (line.split() for line in re.findall(r"(?<!_)path (/.*)", text)[:2])
    if any(fnmatchcase(path, pattern) for pattern in clients):
        return "passed"
    return "guarded" if any(fnmatchcase(path, pattern) for pattern in administrators) else None


@pytest.mark.parametrize("proxy", [_nginx, _caddy])
async def test_every_route_of_the_app_goes_where_the_page_says(proxy: object) -> None:
    assert callable(proxy)
    async with gallery() as server:
        app = server.app
    routes = {route.path for route in app.routes if isinstance(route, Route)}
    paths = {re.sub(r"\{\w+\}", "x", path) for path in routes}
    assert {"/mcp/x", "/sse/x", "/messages/x", "/media/x", "/log"} <= paths
    for path in paths:
        wanted = "passed" if _of_clients(path) else None if path in INSIDE else "guarded"
        assert proxy(path) == wanted, path
    assert proxy("/mcp/x/mcp") == proxy("/mcp/x/sse") == "passed"


async def test_real_nginx_passes_a_recording_an_event_stream_and_a_streamed_chat(
    tmp_path: Path,
) -> None:
    """nginx 1.22.1, Debian 12."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with (
        gallery(public_url=url) as server,
        proxying(tmp_path, port, server.running.port),
        httpx.AsyncClient(base_url=url, trust_env=False) as client,
    ):
        told = await server.call(TOOLS["mono-recording"], id=call_with("mono-recording"))
        assert told["url"].startswith(f"{url}/media/")
        recording = await client.get(told["url"])
        part = await client.get(told["url"], headers={"Range": "bytes=0-9"})
        for way, kind in WAYS.items():
            async with connected(way, f"{url}/{kind}/{server.token}") as connection:
                assistant = await some_assistant(connection)
                chat, pieces = await ask(connection, "create_a_vapi_chat", assistantId=assistant)
            assert len(pieces) > 1
            assert chat.json["output"][-1]["content"] == "".join(pieces)
        statuses = [
            (await client.get(path)).status_code
            for path in ("/tools", "/healthz", "/log", "/readyz", "/metrics", "/x")
        ]
    assert (recording.status_code, len(recording.content)) == (200, told["size_bytes"])
    assert (part.status_code, len(part.content)) == (206, 10)
    assert statuses == [200, 200, 403, 404, 404, 404]
    logged = _logged(tmp_path)
    assert '"GET /media" 206' in logged
    assert server.token not in logged
    assert told["url"].rpartition("/")[2] not in logged


async def test_real_nginx_serves_every_transport_under_a_path(tmp_path: Path) -> None:
    """nginx 1.22.1, Debian 12."""
    port = free_port()
    host = f"http://127.0.0.1:{port}"
    url = f"{host}/vapi"
    async with (
        gallery(public_url=url) as server,
        proxying(tmp_path, port, server.running.port, printed_under_a_path()),
        httpx.AsyncClient(trust_env=False) as client,
    ):
        told = await server.call(TOOLS["mono-recording"], id=call_with("mono-recording"))
        assert told["url"].startswith(f"{url}/media/")
        recording = await client.get(told["url"])
        for way, kind in WAYS.items():
            async with connected(way, f"{url}/{kind}/{server.token}") as connection:
                await some_assistant(connection)
        probe = f"/.well-known/oauth-protected-resource/vapi/mcp/{server.token}"
        statuses = [
            (await client.get(at)).status_code
            for at in (host + probe, f"{url}/log", f"{url}/metrics", f"{host}/mcp/{server.token}")
        ]
    assert (recording.status_code, len(recording.content)) == (200, told["size_bytes"])
    assert statuses == [404, 404, 404, 404]
    assert server.token not in _logged(tmp_path)


async def test_real_nginx_serves_the_console_under_a_path(tmp_path: Path) -> None:
    """nginx 1.22.1, Debian 12; a browser that says where a form comes from by its Origin only."""
    port = free_port()
    host = f"http://127.0.0.1:{port}"
    config = printed_under_a_path().replace("allow 10.0.0.0/8", "allow 127.0.0.1")
    async with (
        gallery(public_url=f"{host}/vapi") as server,
        proxying(tmp_path, port, server.running.port, config),
        httpx.AsyncClient(trust_env=False, base_url=host, follow_redirects=True) as client,
    ):
        asked = await client.get("/vapi/console/tools?q=call")
        target = re.findall(r'action="(.*?)"', asked.text)[0]
        form = {"token": await api_token(server)}
        page = await client.post(html.unescape(target), data=form, headers={"Origin": host})
        files = re.findall(r'(?:href|src)="(/[^"]*/static/[^"]*)"', page.text)
        statuses = [(await client.get(file)).status_code for file in files]
        refused = await client.get("/vapi/log")
    assert (page.status_code, str(page.url)) == (200, f"{host}/vapi/console/tools?q=call")
    assert (len(files) > 2, set(statuses)) == (True, {200})
    assert refused.status_code == 404
    assert form["token"] not in _logged(tmp_path)


def _logged(directory: Path) -> str:
    return "".join(path.read_text() for path in directory.glob("*.log"))


@pytest.mark.parametrize(("trusted", "found"), [("127.0.0.1", "127.0.0.7"), ("", "127.0.0.1")])
async def test_behind_real_nginx_the_log_has_the_address_of_the_client(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, trusted: str, found: str
) -> None:
    """nginx 1.22.1, Debian 12: the client comes from 127.0.0.7 and claims another address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    claimed = {"X-Forwarded-For": "198.51.100.1"}
    caplog.set_level(logging.INFO, "vapi_mcp.http.middleware.access_log")
    async with (
        gallery(public_url=url, trusted_proxies=trusted) as server,
        proxying(tmp_path, port, server.running.port),
        httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(local_address="127.0.0.7"), headers=claimed
        ) as client,
    ):
        asked = message("tools/list")
        await client.post(f"{url}/mcp/{server.token}", json=asked, headers=headers_of(asked))
        # Straight at the service, nothing that a client claims counts.
        await client.post(server.url, json=asked, headers=headers_of(asked))
    rows = await server.store.list_entries(LogFilter(), Window(limit=10))
    assert [row.source_address for row in rows.items] == ["127.0.0.7", found]
    lines = map(vars, caplog.records)
    logged = [line["source"] for line in lines if "source" in line]
    assert logged == [found, "127.0.0.7"]
