"""`vapi-mcp serve` as a process with several tenants, and calls to their servers."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import httpx
import orjson

from tests.faults.soak.tenants import Tenant, linked
from tests.support.app import headers_of, message
from tests.support.e2e.connecting import command
from vapi_mcp.security.tokens import API_PREFIX, new_token
from vapi_mcp.store.sql.engine import database_file

READ = "get_single_vapi_assistant_by_id"
WRITE = "create_a_vapi_assistant"


@dataclass(frozen=True, slots=True)
class Hosting:
    """A running process, a client without a base, and the URLs of its servers, one a tenant."""

    process: Popen[str]
    base: str
    client: httpx.AsyncClient
    urls: Sequence[str]

    async def call(self, url: str, tool: str, **arguments: Any) -> tuple[bool, Any]:
        """Call a tool; return whether it went well, and its first JSON."""
        answer = await self.post(url, tool, **arguments)
        result = answer.json()["result"]
        return not result["isError"], orjson.loads(result["content"][0]["text"])

    async def post(self, url: str, tool: str, **arguments: Any) -> httpx.Response:
        """Call a tool; return the whole answer."""
        request = message("tools/call", {"name": tool, "arguments": arguments})
        return await self.client.post(url, json=request, headers=headers_of(request))

    async def ready(self) -> tuple[int, Any]:
        """Return what the probe says."""
        answer = await self.client.get(f"{self.base}/readyz")
        return answer.status_code, answer.json()

    async def until_ready(self, status: int) -> None:
        """Return once the probe answers a status."""
        while (await self.ready())[0] != status:
            continue


@asynccontextmanager
async def hosting(
    vapi: str, tenants: Sequence[Tenant], settings: Mapping[str, str]
) -> AsyncGenerator[Hosting]:
    """Serve over a Vapi at a URL, with an account and a server for each tenant."""
    token = new_token(API_PREFIX)
    given = {"VAPI_MCP_BOOTSTRAP_API_TOKEN": token, "VAPI_MCP_UPSTREAM_BASE_URL": vapi, **settings}
    limits = httpx.Limits(max_connections=None)
    with command(["serve", "--port", "0"], **given) as (process, line):
        base = line.rsplit(maxsplit=1)[-1]
        async with httpx.AsyncClient(trust_env=False, timeout=60, limits=limits) as client:
            client.base_url = base
            admin = httpx.AsyncClient(
                base_url=base, headers={"Authorization": f"Bearer {token}"}, trust_env=False
            )
            async with admin:
                known = [await linked(admin, tenant, 1) for tenant in tenants]
            urls = [f"{base}/mcp/{tenant.tokens[0]}" for tenant in known]
            yield Hosting(process, base, client, urls)


def some_tenants(count: int) -> list[Tenant]:
    """Return so many tenants, each with a key of its own."""
    return [Tenant(f"tenant-{n:02}", f"sandbox-tenant-{n:02}-key") for n in range(count)]


def statuses(data_dir: Path) -> list[int]:
    """Return the statuses of all tool calls in the audit log of a data directory, in order."""
    with closing(sqlite3.connect(database_file(data_dir))) as database:
        found = database.execute("SELECT status FROM audit_log WHERE mcp_method = 'tools/call'")
        return sorted(status for (status,) in found)
