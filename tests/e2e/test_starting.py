"""What a command imports: people wait for it, and clients wait for stdio."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from tests.support.e2e.connecting import ROOT, environment
from vapi_mcp.hosting.data.storage import opened_store
from vapi_mcp.settings import load_settings

# The SDK, what serves HTTP and what calls it, the database.
HTTP_CLIENT = {"httpx", "aiohttp"}
HEAVY = {
    "mcp",
    "mcp_types",
    "starlette",
    "uvicorn",
    "sqlalchemy",
    "alembic",
    "jinja2",
} | HTTP_CLIENT
NEEDED: dict[tuple[str, ...], set[str]] = {
    ("--help",): set(),
    ("--version",): set(),
    ("connect", "cursor", "--sandbox"): set(),
    ("tools", "show", "list_all_vapi_calls"): set(),
    ("call", "list_all_vapi_calls"): HTTP_CLIENT,
    ("stdio",): set(),
    ("account", "list"): {"sqlalchemy"},
    ("serve", "--host", "192.0.2.1"): {"starlette", "uvicorn", "sqlalchemy"},
}
# What a host has no use for before the first call and the first look by an administrator.
LATE = {
    f"vapi_mcp.{name}"
    for name in (
        "invocation.invoker",
        "http.admin_api.operations",
        "admin.admin",
        "http.oauth.routes",
        "http.endpoints.media",
    )
}


@pytest.mark.parametrize("arguments", NEEDED, ids=" ".join)
async def test_a_command_imports_nothing_heavy_that_it_does_not_need(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    assert await _imported(arguments, tmp_path) & HEAVY <= NEEDED[arguments]


async def test_a_database_that_is_current_is_opened_without_the_library_of_migrations(
    tmp_path: Path,
) -> None:
    async with opened_store(load_settings(data_dir=tmp_path)):
        pass
    imported = await _imported(("account", "list"), tmp_path, code=0)
    assert imported & HEAVY == {"sqlalchemy"}


async def test_stdio_lists_and_calls_without_the_sdk_which_it_loads_for_what_is_unusual(
    tmp_path: Path,
) -> None:
    printed = tmp_path / "imports"
    with printed.open("wb") as imports:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-X", "importtime", "-m", "vapi_mcp", "stdio"),
            cwd=ROOT,
            env=environment(
                VAPI_API_KEY="key",
                VAPI_BASE_URL="http://127.0.0.1:1",
                VAPI_MCP_DATA_DIR=str(tmp_path),
            ),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=imports,
            limit=2**22,
        )
    pipe = Pipe(process)
    async with asyncio.timeout(60):
        hello = await pipe.ask("initialize", HELLO)
        listed = await pipe.ask("tools/list")
        called = await pipe.ask("tools/call", {"name": "list_all_vapi_calls", "arguments": {}})
        before = _names(printed)
        prompts = await pipe.ask("prompts/list")
        after = _names(printed)
        pipe.input.close()
        await process.wait()
    assert hello["protocolVersion"] == "2025-06-18"
    assert len(listed["tools"]) > 1
    assert called["isError"]
    assert "vapi_mcp.protocol.stdio.calls" in before
    assert not before & {"mcp", "mcp_types", "starlette"}
    assert prompts["prompts"]
    assert "mcp" in after
    assert process.returncode == 0


async def test_serve_greets_and_lists_before_it_loads_the_sdk(tmp_path: Path) -> None:
    printed = tmp_path / "imports"
    with printed.open("wb") as imports:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-X", "importtime", "-m", "vapi_mcp", "serve", "--port", "0"),
            cwd=ROOT,
            env=environment(VAPI_API_KEY="key", VAPI_MCP_DATA_DIR=str(tmp_path / "data")),
            stdout=asyncio.subprocess.PIPE,
            stderr=imports,
        )
    assert process.stdout is not None
    client = {"name": "test", "version": "1"}
    said = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}
    async with asyncio.timeout(60):
        url = (await process.stdout.readline()).decode().rpartition(" ")[2].strip()
        async with httpx.AsyncClient(trust_env=False) as http:

            async def ask(method: str, **params: Any) -> Any:
                request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
                return (await http.post(url, json=request)).json()["result"]

            assert (await ask("initialize", **said))["protocolVersion"] == "2025-06-18"
            note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
            assert (await http.post(url, json=note)).status_code == 202
            assert len((await ask("tools/list"))["tools"]) == 86
            before = _names(printed)
            assert await ask("prompts/list")
            after = _names(printed)
        process.terminate()
        await process.wait()
    assert before & HEAVY == NEEDED["serve", "--host", "192.0.2.1"] | {"uvicorn"}
    assert not before & LATE
    assert {"mcp", "mcp_types"} <= after
    assert process.returncode == 0


HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


class Pipe:
    """A client that asks one thing at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.input, self.output = process.stdin, process.stdout
        self._asked = 0

    async def ask(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return a request's result."""
        self._asked += 1
        request = {"jsonrpc": "2.0", "id": self._asked, "method": method, "params": params or {}}
        self.input.write(orjson.dumps(request) + b"\n")
        answer = orjson.loads(await self.output.readline())
        assert answer["id"] == self._asked
        return answer["result"]


def _names(printed: Path) -> set[str]:
    """Return the modules that a process imported so far, as it prints them."""
    return _modules(printed.read_text())


def _modules(printed: str) -> set[str]:
    return {line.rpartition("|")[2].strip() for line in printed.splitlines()}


async def _imported(
    arguments: tuple[str, ...], data_dir: Path, *, code: int | None = None
) -> set[str]:
    """Run a command and return the names of the modules it imported."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "importtime", "-m", "vapi_mcp", *arguments),
        cwd=ROOT,
        env=environment(
            VAPI_API_KEY="key",
            VAPI_MCP_DATA_DIR=str(data_dir),
            VAPI_MCP_UPSTREAM_BASE_URL="http://127.0.0.1:9",
        ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        _, lines = await process.communicate()
    assert code in (None, process.returncode)
    imported = _modules(lines.decode())
    assert "vapi_mcp.cli.main" in imported
    return imported
