"""A copy of vapi-mcp as it is measured, with everything on that a deployment would have."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx

from tests.bench.children import Child, environment, launched
from tests.bench.tool_lists import SCOPED_METHODS, SCOPED_TAGS

# Rules for writes: reading passes them by, and each call has to find that out.
POLICY = {"blocked_prefixes": ["+1900"], "calls_per_day": 100_000}
SCOPE = {"methods": ["read", "write"]}
MOST_TOKENS = 8_000

_ADMIN_TOKEN = "bench-admin-token-of-forty-characters-00"
_RETRY_SECONDS = 0.02
_TRIES = 3_000


@dataclass(frozen=True, slots=True)
class Hosted:
    """A running host: the URLs of its two servers, and the second token that both ask for."""

    child: Child
    url: str
    scoped_url: str
    token: str


@dataclass(frozen=True, slots=True)
class Product:
    """A copy: how it is run, and where. `upstream` is the account's base URL."""

    command: Sequence[str]
    folder: Path
    upstream: str

    @classmethod
    def here(cls, folder: Path, upstream: str) -> Self:
        """Return this tree's own copy."""
        return cls([sys.executable, "-m", "vapi_mcp"], folder, upstream)

    @classmethod
    def installed_in(cls, directory: Path, folder: Path, upstream: str) -> Self:
        """Return the copy of a checkout with its `.venv`, or of a virtual environment.

        Raises:
            FileNotFoundError: There is no `vapi-mcp` in either place.
        """
        for place in (directory / ".venv" / "bin" / "vapi-mcp", directory / "bin" / "vapi-mcp"):
            if place.exists():
                return cls([str(place.absolute())], folder, upstream)
        raise FileNotFoundError(f"no .venv/bin/vapi-mcp or bin/vapi-mcp in {directory}")

    @asynccontextmanager
    async def stdio(self) -> AsyncGenerator[Child]:
        """Run `stdio` with a scope and a policy."""
        policy = self.folder / "policy.json"
        policy.write_text(json.dumps(POLICY))
        scope = ["--methods", ",".join(SCOPE["methods"])]
        command = [*self.command, "stdio", *scope, "--policy", str(policy)]
        async with launched(command, self._environment(), self.folder, talks=True) as child:
            yield child

    @asynccontextmanager
    async def hosted_at_once(self, data_dir: Path) -> AsyncGenerator[tuple[Child, str]]:
        """Run `serve` for one account from the environment; it prints its URL, as for starts."""
        command = [*self.command, "serve", "--port", "0", "--data-dir", str(data_dir)]
        async with launched(command, self._environment(), self.folder) as child:
            yield child, (await child.first_line()).rpartition(" ")[2]

    @asynccontextmanager
    async def hosted(self, *flags: str) -> AsyncGenerator[Hosted]:
        """Run `serve` with an account and two servers; flags are more of the command's."""
        port, data_dir = _free_port(), self.folder / f"data-{uuid4().hex[:8]}"
        place = ["--port", str(port), "--data-dir", str(data_dir)]
        env = self._environment(VAPI_MCP_BOOTSTRAP_API_TOKEN=_ADMIN_TOKEN)
        del env["VAPI_API_KEY"]
        async with (
            launched([*self.command, "serve", *place, *flags], env, self.folder) as child,
            httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}",
                headers={"authorization": f"Bearer {_ADMIN_TOKEN}"},
                timeout=30,
                trust_env=False,
            ) as admin,
        ):
            await _listening(admin, child)
            yield await self._furnished(admin, child)

    async def _furnished(self, admin: httpx.AsyncClient, child: Child) -> Hosted:
        body = {"name": "bench", "api_key": "sandbox-bench", "base_url": self.upstream}
        account = f"/integrated-account/{(await _made(admin, '/integrated-account', body))['id']}"
        rules = {
            "require_api_token_auth": True,
            "policy": POLICY,
            "max_result_tokens": MOST_TOKENS,
        }
        scoped = {"methods": [SCOPED_METHODS], "tags": [SCOPED_TAGS]}
        urls = [
            (await _made(admin, f"{account}/mcp", {"name": name, "config": {**rules, **scope}}))
            for name, scope in (("all", SCOPE), ("scoped", scoped))
        ]
        token = (await _made(admin, "/api-token", {"name": "bench"}))["token"]
        return Hosted(child, urls[0]["url"], urls[1]["url"], token)

    def _environment(self, **extra: str) -> dict[str, str]:
        data_dir = str(self.folder / "data-stdio")
        usual = {"VAPI_MCP_ALLOW_PRIVATE_UPSTREAM": "1", "VAPI_MCP_DATA_DIR": data_dir}
        env = environment(self.upstream, **usual, **extra)
        if self.command[0] != sys.executable:
            # Another copy is not to import this tree.
            env.pop("PYTHONPATH", None)
        return env


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


async def _listening(admin: httpx.AsyncClient, child: Child) -> None:
    for _ in range(_TRIES):
        try:
            (await admin.get("/healthz")).raise_for_status()
        except httpx.TransportError:
            if child.process.returncode is not None:
                break
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            return
    raise RuntimeError("the server does not listen")


async def _made(admin: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await admin.post(path, json=body)
    if not answer.is_success:
        raise RuntimeError(f"{path} answered {answer.status_code}: {answer.text[:300]}")
    return answer.json()
