"""A busy run with every log line on: no secret is in anything that is written or answered."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import mcp
import orjson
import pytest

from tests.support.app import headers_of, message, modern
from tests.support.e2e.connecting import HTTP, Way, command, connected
from tests.support.e2e.stack import ORG, watched
from tests.support.serving import serving
from vapi_mcp.security.tokens import API_PREFIX, new_token

GET = "get_single_vapi_assistant_by_id"
ACCOUNTS = "/integrated-account"


@dataclass(slots=True)
class Run:
    """A running server, what is secret about it, and what it answered."""

    url: str
    token: str
    admin: str
    key: str
    client: httpx.AsyncClient
    secrets: set[str] = field(default_factory=set[str])
    answers: list[httpx.Response] = field(default_factory=list[httpx.Response])

    async def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Send a request whose answer must hold no secret."""
        answer = await self.client.request(method, f"{self.url}{path}", **request)
        self.answers.append(answer)
        return answer

    async def post(self, token: str, sent: dict[str, Any], query: str = "", **extra: str) -> None:
        """Send an MCP message."""
        headers = {**headers_of(sent), **extra}
        await self.ask("POST", f"/mcp/{token}{query}", json=sent, headers=headers)

    async def echo(self, sent: dict[str, Any]) -> None:
        """Send an MCP message whose own words may come back to its sender, and go nowhere else."""
        url = f"{self.url}/mcp/{self.token}"
        answer = await self.client.post(url, json=sent, headers=headers_of(sent))
        assert answer.status_code in (200, 400), answer.text

    async def administer(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Ask the admin API."""
        return await self.ask(method, path, json=body, headers=bearer(self.admin))

    async def make(self, path: str, body: Any = None) -> Any:
        """Make something that shows its secret, once."""
        made = await self.client.post(f"{self.url}{path}", json=body, headers=bearer(self.admin))
        assert made.status_code in (200, 201), made.text
        assert made.headers["cache-control"] == "no-store"
        self.secrets.add(made.json()["token"])
        return made.json()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("form", ["json", "text"])
async def test_no_secret_is_in_any_output_or_answer_of_a_busy_run(
    form: str, tmp_path: Path
) -> None:
    data, log = tmp_path / "data", tmp_path / "log"
    async with asyncio.timeout(90), running(form, data, log) as (run, said):
        for drive in (use_servers, use_bad_tokens, send_nonsense, administer, look_around):
            await drive(run)
    written = log.read_text() + "".join(said)
    assert written.count("/mcp/{token}") > 10, written
    assert any(answer.status_code == status for answer in run.answers for status in (401, 431))
    kept = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    for fragment in fragments(run):
        assert fragment not in written
        assert fragment.encode() not in kept
        for answer in run.answers:
            shown = f"{answer.request.method} {answer.status_code} {answer.headers} {answer.text}"
            assert fragment not in shown, answer.request.url


async def test_every_answer_tells_browsers_and_proxies_to_keep_it_to_themselves(
    tmp_path: Path,
) -> None:
    async with running("json", tmp_path / "data", tmp_path / "log") as (run, _):
        for drive in (use_servers, use_bad_tokens, administer, look_around):
            await drive(run)
    for answer in run.answers:
        assert answer.headers.get_list("referrer-policy") == ["no-referrer"], answer.request.url
        assert "no-store" in answer.headers["cache-control"], answer.request.url


def fragments(run: Run) -> Iterable[str]:
    """Return every secret, and of tokens either half: neither may be found alone."""
    for secret in (run.token, run.admin, run.key, *run.secrets):
        half = len(secret) // 2
        yield from (secret, secret[4:half], secret[half:])


@asynccontextmanager
async def running(form: str, data: Path, log: Path) -> AsyncGenerator[tuple[Run, list[str]]]:
    """Serve a data directory; the list holds what is said on standard output, at the end."""
    token, admin, key = new_token(), new_token(API_PREFIX), f"sandbox-{secrets.token_hex(20)}"
    said = list[str]()
    async with serving(watched()) as vapi, httpx.AsyncClient(trust_env=False) as client:
        variables = {
            "VAPI_API_KEY": key,
            "VAPI_BASE_URL": vapi.url,
            "VAPI_MCP_SERVER_TOKEN": token,
            "VAPI_MCP_BOOTSTRAP_API_TOKEN": admin,
            "VAPI_MCP_ALLOW_PRIVATE_UPSTREAM": "1",
            "VAPI_MCP_UPSTREAM_BASE_URL": vapi.url,
            "VAPI_MCP_LOG_LEVEL": "debug",
            "VAPI_MCP_LOG_FORMAT": form,
        }
        with log.open("w") as errors:
            arguments = ["serve", "--port", "0", "--data-dir", str(data)]
            with command(arguments, errors, **variables) as (process, line):
                url, _, told = line.split()[-1].rpartition("/mcp/")
                assert told == token
                yield Run(url, token, admin, key, client), said
                process.terminate()
                assert process.stdout
                said += await asyncio.to_thread(process.stdout.readlines)


async def use_servers(run: Run) -> None:
    """Do what clients do, and what goes wrong in a call."""
    for make in (message, modern):
        await run.post(run.token, make("tools/list"))
        await run.post(run.token, make("tools/call", {"name": GET, "arguments": {"id": ORG}}))
        absent = {"id": ORG.replace("0", "1")}
        await run.post(run.token, make("tools/call", {"name": GET, "arguments": absent}))
        await run.echo(make("tools/call", {"name": f"no_{run.token}"}))
        named = {"name": "Ada", "server": {"url": f"https://x.test/{run.token}", "secret": run.key}}
        await run.echo(make("tools/call", {"name": "create_a_vapi_assistant", "arguments": named}))
    for way in HTTP:
        await use_client(run, way)
    await run.ask("POST", "/mcp", json=message("ping"), headers=bearer(run.token))


async def use_client(run: Run, way: Way) -> None:
    place = "sse" if way == "legacy SSE" else "mcp"
    async with connected(way, f"{run.url}/{place}/{run.token}") as connection:
        answer = await connection.call(GET, id=ORG)
        assert answer.json["name"] == "Ava"
        with pytest.raises(mcp.MCPError):
            await connection.call(f"no_{run.token}")


async def use_bad_tokens(run: Run) -> None:
    """Come with tokens that open nothing, and with good ones in wrong places."""
    run.secrets.add(unknown := new_token())
    for token in (unknown, run.token[:-1], f"{run.token}x", run.admin):
        await run.post(token, message("ping"))
        await run.ask("GET", f"/sse/{token}")
        await run.ask("POST", f"/messages/{token}/?session_id={token}", json=message("ping"))
        await run.ask("POST", "/mcp", json=message("ping"), headers=bearer(token))
    await run.post(run.token, message("ping"), f"?token={run.admin}&api_key={run.key}&methods=read")
    await run.post(run.token, message("ping"), f"?tools={run.admin}")
    await run.post(run.token, message("ping"), **{"X-Api-Token": run.admin, **bearer(run.key)})
    for path in ("/.well-known/oauth-protected-resource/mcp", "/nowhere", "/integrated-account"):
        await run.ask("GET", f"{path}/{run.token}", headers=bearer(run.key))
    await run.ask("GET", f"/mcp/{run.token}/.well-known/x")
    await run.ask("GET", f"/mcp/{run.token}", headers={"Referer": f"{run.url}/mcp/{run.token}"})
    await run.ask("GET", f"/tools?methods={run.token}")


async def send_nonsense(run: Run) -> None:
    """Send what is no message, and what is not even a request."""
    path, json = f"/mcp/{run.token}", {"Content-Type": "application/json"}
    for body in (f'{{"{run.token}', f'["{run.key}"]', f'{{"jsonrpc": "{run.admin}"}}'):
        await run.ask("POST", path, content=body.encode(), headers=json)
    await run.ask("POST", path, content=run.key.encode(), headers={"Content-Type": run.admin})
    await run.ask("GET", path, headers={"Host": f"{run.token}.test"})
    await run.ask("GET", path, headers={"Origin": f"https://{run.token}.test"})
    await run.ask("GET", path, headers={"X-Large": run.key * 2000})
    await run.ask("DELETE", path)
    host, port = run.url.removeprefix("http://").split(":")
    for head in (f"GET /mcp/{run.token} HTTP/9\r\n\r\n", f"{run.token}\r\n\r\n"):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(head.encode())
        assert run.token not in (await reader.read()).decode()
        writer.close()


async def administer(run: Run) -> None:
    """Make, change, read and end things, well and badly."""
    run.secrets.add(refused := f"refused-{secrets.token_hex(20)}")
    run.secrets.add(key := f"sandbox-{secrets.token_hex(20)}")
    await run.administer("POST", ACCOUNTS, {"name": "Bad", "api_key": refused})
    await run.administer("POST", ACCOUNTS, {"name": 5, "api_key": [refused], "apiKey": run.key})
    made = await run.administer("POST", ACCOUNTS, {"name": "Good", "api_key": key})
    assert made.status_code == 201, made.text
    account = f"{ACCOUNTS}/{made.json()['id']}"
    await run.administer("PATCH", account, {"name": "Better", "api_key": refused})
    guarded = {"name": "guarded", "config": {"require_api_token_auth": True}}
    server = await run.make(f"{account}/mcp", guarded)
    second = await run.make("/api-token", {"name": "second", "kind": "mcp"})
    await run.post(server["token"], message("ping"))
    await run.post(server["token"], message("ping"), **bearer(run.key))
    await run.post(server["token"], message("tools/list"), **{"X-Api-Token": second["token"]})
    await run.make(f"{account}/mcp/{server['id']}/rotate")
    await run.post(server["token"], message("ping"))
    for path in (ACCOUNTS, account, f"{account}/mcp", f"{account}/tools", "/api-token", "/log"):
        await run.administer("GET", path)
        await run.ask("GET", path, headers=bearer(second["token"]))
    await run.administer("GET", f"/log?tool_name={run.token}&cursor={run.key}")
    await run.administer("DELETE", f"/api-token/{second['id']}")
    await run.administer("DELETE", account)


async def look_around(run: Run) -> None:
    """Read all that tells about the server."""
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/tools"):
        assert (await run.ask("GET", path)).status_code == 200
    exported = await run.administer("GET", "/log/export")
    rows = [orjson.loads(line) for line in exported.text.splitlines()]
    assert {row["log_type"] for row in rows} >= {"mcp"}
