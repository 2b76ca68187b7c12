"""What a command imports: people wait for it, and clients wait for stdio."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.support.e2e.connecting import ROOT, environment

# The SDK, what serves HTTP and what calls it, the database.
HEAVY = {"mcp", "starlette", "uvicorn", "httpx", "aiohttp", "sqlalchemy", "alembic"}
NEEDED: dict[tuple[str, ...], set[str]] = {
    ("--help",): set(),
    ("--version",): set(),
    ("connect", "cursor", "--sandbox"): set(),
    ("tools", "show", "list_all_vapi_calls"): set(),
    ("call", "list_all_vapi_calls"): {"httpx", "aiohttp"},
    ("stdio",): HEAVY - {"sqlalchemy", "alembic"},
    ("account", "list"): HEAVY - {"mcp", "starlette", "uvicorn"},
}


@pytest.mark.parametrize("arguments", NEEDED, ids=" ".join)
async def test_a_command_imports_nothing_heavy_that_it_does_not_need(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "importtime", "-m", "vapi_mcp", *arguments),
        cwd=ROOT,
        env=environment(
            VAPI_API_KEY="key",
            VAPI_MCP_DATA_DIR=str(tmp_path),
            VAPI_MCP_UPSTREAM_BASE_URL="http://127.0.0.1:9",
        ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        _, lines = await process.communicate()
    imported = {line.rpartition("|")[2].strip() for line in lines.decode().splitlines()}
    assert "vapi_mcp.cli.main" in imported
    assert imported & HEAVY <= NEEDED[arguments]
