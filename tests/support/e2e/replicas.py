"""Two processes of `vapi-mcp serve` on one PostgreSQL, and the streams clients hold at them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.e2e.connecting import ROOT, environment
from tests.support.e2e.installation import client
from tests.support.stores import Database
from vapi_mcp.security.tokens import API_PREFIX, new_token

# Two ways to start the same thing.
_COMMANDS: Sequence[Sequence[str]] = (
    (sys.executable, "-m", "vapi_mcp"),
    (str(Path(sys.executable).with_name("vapi-mcp")),),
)


@dataclass(frozen=True, slots=True)
class Pair:
    """The URLs of both processes, and the first admin token."""

    one: str
    two: str
    admin_token: str

    def admin(self) -> httpx.AsyncClient:
        """Return a client of the first one's admin API; enter it to use it."""
        return client(self.one, self.admin_token)


@contextmanager
def pair_on(database: Database, vapi: str, directory: Path) -> Generator[Pair]:
    """Start two processes at the same moment on a PostgreSQL, over a Vapi at a URL."""
    token = new_token(API_PREFIX)
    with ExitStack() as stack:
        variables = {
            "VAPI_MCP_ENCRYPTION_KEYS": database.key,
            "VAPI_MCP_BOOTSTRAP_API_TOKEN": token,
            "VAPI_MCP_UPSTREAM_BASE_URL": vapi,
        }
        arguments = ("serve", "--port", "0", "--database-url", str(database.where))
        processes = [
            stack.enter_context(_running((*command, *arguments), directory / str(n), variables))
            for n, command in enumerate(_COMMANDS)
        ]
        one, two = map(_url, processes)
        yield Pair(one, two, token)


class Replica:
    """A replica on a PostgreSQL, which can be stopped and started again."""

    def __init__(
        self,
        database: Database,
        vapi: str,
        directory: Path,
        token: str,
        *,
        workers: int = 2,
        **variables: str,
    ) -> None:
        self._directory = directory
        self._variables = {
            "VAPI_MCP_ENCRYPTION_KEYS": database.key,
            "VAPI_MCP_BOOTSTRAP_API_TOKEN": token,
            "VAPI_MCP_UPSTREAM_BASE_URL": vapi,
            "VAPI_MCP_TRUSTED_PROXIES": "127.0.0.1",
            **variables,
        }
        self._command = (*_COMMANDS[0], "serve", "--workers", str(workers), "--database-url")
        self._where = str(database.where)
        self._stack = ExitStack()
        self.pid = 0

    def start(self, port: int = 0) -> str:
        """Start it, on a port or a free one, and return its URL."""
        command = (*self._command, self._where, "--port", str(port))
        running = _running(command, self._directory, self._variables)
        process = self._stack.enter_context(running)
        self.pid = process.pid
        return _url(process)

    def stop(self) -> None:
        """Stop it, with the time that calls in flight have."""
        self._stack.close()


@contextmanager
def _running(
    command: Sequence[str], directory: Path, variables: Mapping[str, str]
) -> Generator[subprocess.Popen[str]]:
    with subprocess.Popen(  # noqa: S603 - our own command
        command,
        cwd=ROOT,
        env=environment(**variables, VAPI_MCP_DATA_DIR=str(directory)),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=20)
    assert process.returncode == 0


def _url(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    line = process.stdout.readline()
    assert line.startswith("admin API at http://"), line
    return line.split()[-1]


@asynccontextmanager
async def held_stream(method: str, url: str, **request: Any) -> AsyncGenerator[asyncio.Task[float]]:
    """Open an event stream and yield the task that reads it; it returns the moment of the end."""
    async with (
        httpx.AsyncClient(trust_env=False, timeout=30) as http,
        http.stream(method, url, **request) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        task = asyncio.create_task(_read_on(response))
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait([task])


async def _read_on(response: httpx.Response) -> float:
    # A stream that is cut off ends without the last chunk.
    with suppress(httpx.RemoteProtocolError):
        async for _ in response.aiter_raw():
            continue
    return time.time()
