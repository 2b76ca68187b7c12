"""The official client on every transport and in both eras, and the demo it connects to."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import mcp
import orjson
from mcp import ClientSession, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent

from tests.support.e2e.story import Answer

MODERN, LEGACY = "2026-07-28", "2025-11-25"
ROOT = Path(__file__).parents[3]
_DATA_DIR = Path(tempfile.gettempdir()) / f"vapi-mcp-tests-{os.getpid()}"
Way = Literal["modern HTTP", "legacy HTTP", "legacy SSE", "modern stdio", "legacy stdio"]
HTTP: tuple[Way, ...] = ("modern HTTP", "legacy HTTP", "legacy SSE")


@dataclass(frozen=True, slots=True)
class Connection:
    """An open client, whichever of the SDK's two kinds it is."""

    client: mcp.Client | ClientSession

    async def call(self, name: str, /, **arguments: Any) -> Answer:
        """Call a tool and take its answer apart."""
        return answer_of(await self.client.call_tool(name, arguments))

    async def tool_names(self) -> list[str]:
        """Return the names of `tools/list`."""
        return [tool.name for tool in (await self.client.list_tools()).tools]


def answer_of(result: Any) -> Answer:
    """Return a result's JSON, and the notes of its second block."""
    assert isinstance(result, CallToolResult)
    texts = [block.text for block in result.content if isinstance(block, TextContent)]
    assert 1 <= len(texts) == len(result.content) <= 2
    notes = tuple(orjson.loads(texts[1]).get("notes", ())) if len(texts) > 1 else ()
    return Answer(orjson.loads(texts[0]), notes, is_error=bool(result.is_error))


@asynccontextmanager
async def connected(way: Way, url: str = "", *flags: str) -> AsyncGenerator[Connection]:
    """Open a client; over stdio it starts its own server, with flags, elsewhere it needs a URL."""
    if way.startswith("modern"):
        async with mcp.Client(stdio_parameters(*flags) if way == "modern stdio" else url) as client:
            assert client.protocol_version == MODERN
            yield Connection(client)
        return
    async with _legacy(way, url, *flags) as streams, ClientSession(*streams[:2]) as session:
        assert (await session.initialize()).protocol_version == LEGACY
        yield Connection(session)


def _legacy(way: Way, url: str, *flags: str) -> AbstractAsyncContextManager[Any]:
    if way == "legacy stdio":
        return stdio_client(stdio_parameters(*flags))
    return sse_client(url) if way == "legacy SSE" else streamable_http_client(url)


def stdio_parameters(*flags: str) -> StdioServerParameters:
    arguments = ["-m", "vapi_mcp", "stdio", "--sandbox", *flags]
    return StdioServerParameters(
        command=sys.executable, args=arguments, cwd=ROOT, env={"VAPI_MCP_LOG_LEVEL": "error"}
    )


def environment(**extra: str) -> dict[str, str]:
    """Return the environment without anything that configures this product."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("VAPI_")}
    # A local server keeps its audit log in a data directory, which is not to be the user's own.
    usual = {"VAPI_MCP_LOG_LEVEL": "error", "COLUMNS": "200", "VAPI_MCP_DATA_DIR": str(_DATA_DIR)}
    return {**kept, **usual, **extra}


@contextmanager
def command(
    arguments: Iterable[str], errors: IO[str] | None = None, /, **extra: str
) -> Generator[tuple[subprocess.Popen[str], str]]:
    """Run a server command, and go on once the addresses of its first line can be connected to."""
    with started(arguments, errors, **extra) as (process, line):
        for port in ports_of(line):
            _wait_for(port)
        yield process, line


@contextmanager
def started(
    arguments: Iterable[str], errors: IO[str] | None = None, /, **extra: str
) -> Generator[tuple[subprocess.Popen[str], str]]:
    """Run a server command; yield its process and its first line, and end it afterwards.

    errors: where its standard error goes, if not to ours. extra: environment variables besides
    the usual ones.
    """
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "vapi_mcp", *arguments],
        cwd=ROOT,
        env=environment(**extra),
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )
    assert process.stdout
    try:
        yield process, process.stdout.readline()
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


def ports_of(line: str) -> list[int]:
    """Return the ports that a line names."""
    return [int(port) for port in re.findall(r"//127\.0\.0\.1:(\d+)", line)]


def _wait_for(port: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
    raise TimeoutError(f"nothing listens on port {port}")
