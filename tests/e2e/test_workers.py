"""`serve --workers`: several processes at one port, as if they were one."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import orjson
import pytest

from tests.support.app import headers_of, post
from tests.support.e2e.connecting import Connection, command, connected
from tests.support.e2e.stack import ORG, Watched, watched
from tests.support.event_streams import INITIALIZE, LIST, Stream, open_stream
from tests.support.serving import serving
from vapi_mcp.accounts.records import Upstreams
from vapi_mcp.errors import ConfigurationError
from vapi_mcp.hosting.bootstrap import ServePlan, hosted_app
from vapi_mcp.hosting.processes.listener import listening_socket
from vapi_mcp.hosting.processes.supervisor import serve_with_workers
from vapi_mcp.hosting.processes.worker_ipc import NAME_LENGTH
from vapi_mcp.settings import Settings, load_settings

SECONDS = 60


@dataclass(frozen=True, slots=True)
class Served:
    """Two workers behind a port, their parent, and what stands in for Vapi."""

    parent: subprocess.Popen[str]
    url: str
    token: str
    upstream: Watched
    directory: Path

    @property
    def workers(self) -> set[int]:
        """The process ids of the workers that live now."""
        path = Path(f"/proc/{self.parent.pid}/task/{self.parent.pid}/children")
        children = {int(pid) for pid in path.read_text().split()}
        return {pid for pid in children if b"spawn_main" in command_of(pid)}

    @property
    def temporary(self) -> list[Path]:
        """What the whole of it keeps among the temporary files."""
        return list(self.directory.iterdir())

    @property
    def sockets(self) -> list[Path]:
        """Where workers take each other's messages, and where one did that was killed."""
        return [path for path in self.directory.glob("*/*") if path.is_socket()]

    async def stream_of_each(self, stack: AsyncExitStack) -> dict[str, Stream]:
        """Open streams until each of two workers has one; return them by its name."""
        found = dict[str, Stream]()
        while len(found) < 2:
            async with AsyncExitStack() as attempt:
                opened = open_stream(self.url, self.token, seconds=SECONDS)
                stream = await attempt.enter_async_context(opened)
                if name_in(stream) not in found:
                    await stack.enter_async_context(attempt.pop_all())
                    found[name_in(stream)] = stream
        return found


def command_of(pid: int) -> bytes:
    """Return the command line of a process; of one that has ended it is empty."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


async def until(claim: Callable[[], bool]) -> None:
    """Return once a claim is true."""

    def poll() -> None:
        end = time.monotonic() + SECONDS
        while not claim():
            assert time.monotonic() < end
            time.sleep(0.02)

    await asyncio.to_thread(poll)


def name_in(stream: Stream) -> str:
    return stream.path[-NAME_LENGTH:]


@asynccontextmanager
async def two_workers(tmp_path: Path) -> AsyncGenerator[Served]:
    upstream = watched()
    # The path of a socket must be short, and tmp_path is long.
    with tempfile.TemporaryDirectory() as temporary:
        async with serving(upstream) as vapi, asyncio.timeout(SECONDS):
            with command(
                ["serve", "--port", "0", "--workers", "2", "--data-dir", str(tmp_path)],
                VAPI_API_KEY="sandbox-key",
                VAPI_BASE_URL=vapi.url,
                TMPDIR=temporary,
            ) as (parent, line):
                url, _, token = line.split()[-1].partition("/mcp/")
                yield Served(parent, url, token, upstream, Path(temporary))


async def ask(url: str, *, legacy_sse: bool = False) -> str:
    async with connected("legacy SSE" if legacy_sse else "modern HTTP", url) as connection:
        return await name_of_assistant(connection)


async def calls_counted(url: str) -> int:
    """Return how many tool calls all workers together say they had."""
    async with httpx.AsyncClient(trust_env=False) as client:
        lines = (await client.get(f"{url}/metrics")).text.splitlines()
    counts = [
        line for line in lines if line.startswith('vapi_mcp_requests_total{method="tools/call"')
    ]
    return sum(int(float(line.split()[-1])) for line in counts)


async def until_all_know(url: str, *, calls: int) -> None:
    """Wait until every worker has told how many calls it had."""
    while await calls_counted(url) < calls:
        continue


async def name_of_assistant(connection: Connection) -> str:
    answer = await connection.call("get_single_vapi_assistant_by_id", id=ORG)
    return answer.json["name"]


async def test_workers_serve_as_one_and_outlive_one_that_is_killed(tmp_path: Path) -> None:
    async with two_workers(tmp_path) as served, AsyncExitStack() as stack:
        first = served.workers
        streams = await served.stream_of_each(stack)
        for worker in first:
            # As a terminal does on Ctrl-C; it is the parent's business.
            os.kill(worker, signal.SIGINT)

        # One connection is one worker's, so one of these streams is reached through the other.
        async with httpx.AsyncClient(trust_env=False, headers=headers_of(INITIALIZE)) as client:
            for stream in streams.values():
                sent = await client.post(served.url + stream.path, content=orjson.dumps(INITIALIZE))
                assert sent.status_code == 202
                assert orjson.loads(await stream.next_event() or "")["id"] == "hello"

        sse = f"{served.url}/sse/{served.token}"
        assert await asyncio.gather(*(ask(sse, legacy_sse=True) for _ in range(4))) == ["Ava"] * 4
        assert served.workers == first
        await until_all_know(served.url, calls=4)
        assert {await calls_counted(served.url) for _ in range(8)} == {4}

        victim = min(first)
        os.kill(victim, signal.SIGKILL)
        for _ in range(4):
            assert await ask(f"{served.url}/mcp/{served.token}") == "Ava"
        await until(lambda: len(served.sockets) == 3)  # one of them is the victim's
        renewed = await served.stream_of_each(stack)
        [gone] = set(streams) - set(renewed)
        assert (await post(served.url + streams[gone].path, LIST)).status_code == 404
        assert len(served.workers) == 2
        await until_all_know(served.url, calls=8)
        assert {await calls_counted(served.url) for _ in range(8)} == {8}

        # Left alone, they do not serve on without anybody to tell them to end.
        orphans = served.workers
        served.parent.kill()
        await until(lambda: not any(map(command_of, orphans)))


async def test_calls_in_flight_on_each_worker_are_answered_before_the_end(tmp_path: Path) -> None:
    async with two_workers(tmp_path) as served, AsyncExitStack() as stack:
        workers = served.workers
        streams = (await served.stream_of_each(stack)).values()
        for stream in streams:
            await stream.start()
        served.upstream.free.clear()
        call = asyncio.create_task(post(f"{served.url}/mcp/{served.token}", LIST))
        for stream in streams:
            await stream.post(LIST)
        for _ in range(3):
            await served.upstream.entered.acquire()
        assert len(served.temporary) == 1
        served.parent.send_signal(signal.SIGTERM)
        while await is_open(served.url):
            continue
        served.upstream.free.set()
        assert (await call).json()["result"]["isError"] is False
        for stream in streams:
            answer = orjson.loads(await stream.next_event() or "")
            assert answer["result"]["isError"] is False
        assert await asyncio.to_thread(served.parent.wait) == 0
        assert not any(map(command_of, workers))
        assert served.temporary == []


async def is_open(url: str) -> bool:
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.get(f"{url}/healthz")
    except httpx.TransportError:
        return False
    return True


def complaint(settings: Settings) -> str:
    """Return why workers do not start with these settings."""
    make_app = partial(hosted_app, ServePlan(settings, Upstreams("http://upstream.invalid")))
    with listening_socket("127.0.0.1", 0) as listener, pytest.raises(ConfigurationError) as failed:
        serve_with_workers(settings, make_app, listener, on_start=lambda: pytest.fail("it started"))
    return str(failed.value)


def test_worker_that_cannot_start_ends_all_with_its_error(tmp_path: Path) -> None:
    settings = load_settings(workers=2, data_dir=tmp_path, encryption_keys="no key")
    assert "ENCRYPTION_KEYS" in complaint(settings)


def test_temporary_directory_too_deep_for_sockets_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    assert "set TMPDIR to a shorter directory" in complaint(load_settings(workers=2))
