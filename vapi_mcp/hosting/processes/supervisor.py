"""The parent of several workers behind one listening socket."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import socket
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnProcess
from pathlib import Path

from prometheus_client.multiprocess import mark_process_dead
from starlette.applications import Starlette

from vapi_mcp.errors import ConfigurationError
from vapi_mcp.hosting.processes.listener import DRAIN_SECONDS
from vapi_mcp.hosting.processes.worker import READY, Post, work
from vapi_mcp.hosting.processes.worker_ipc import NAME_LENGTH, WorkerPeers
from vapi_mcp.settings import Settings

# In seconds: what a worker may take to tidy up after its last call, and how long the place of one
# that died young stays empty.
_TIDYING = 15.0
_LEAST_LIFE = 1.0

# What every system takes; Linux takes four bytes more.
_LONGEST_SOCKET_PATH = 103
_METRICS = "PROMETHEUS_MULTIPROC_DIR"
_spawning = multiprocessing.get_context("spawn")
logger = logging.getLogger(__name__)


def serve_with_workers(
    settings: Settings,
    make_app: Callable[[WorkerPeers], Starlette],
    listener: socket.socket,
    *,
    on_start: Callable[[], None],
) -> None:
    """Serve with several processes until SIGTERM or SIGINT; calls in flight are answered first.

    A worker that dies is replaced, and the others serve on. make_app: a function that a fresh
    process can import, or a `partial` of one. on_start: runs once all workers are ready.

    Raises:
        ConfigurationError: A worker cannot start.
    """
    # Started later, it would undo what keeps Ctrl-C from the workers.
    resource_tracker.ensure_running()
    with _shared_directory() as directory:
        post = Post(settings, make_app, listener, directory)
        asyncio.run(_Workers(post, settings.workers, on_start).serve())


@contextmanager
def _shared_directory() -> Generator[Path]:
    """Yield a new directory for the workers' sockets and metrics, private to this user.

    Raises:
        ConfigurationError: Its path is too long for sockets.
    """
    with tempfile.TemporaryDirectory(prefix="vapi-mcp-") as name:
        if len(os.fsencode(name)) + 1 + NAME_LENGTH > _LONGEST_SOCKET_PATH:
            raise ConfigurationError(
                f"workers need sockets, and the path {name} is too long for them; set TMPDIR "
                "to a shorter directory"
            )
        # It must be in their environment before they load what reads it.
        os.environ[_METRICS] = name
        try:
            yield Path(name)
        finally:
            del os.environ[_METRICS]


class _Workers:
    def __init__(self, post: Post, count: int, on_start: Callable[[], None]) -> None:
        self._post = post
        self._count = count
        self._on_start: Callable[[], None] | None = on_start
        self._ready = set[int]()
        self._alive = set[SpawnProcess]()
        self._ending = asyncio.Event()
        self._failure: str | None = None

    async def serve(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._end)
        loop.add_signal_handler(signal.SIGINT, self._interrupt)
        await asyncio.gather(*(self._keep(place) for place in range(self._count)))
        if self._failure is not None:
            raise ConfigurationError(self._failure)

    async def _keep(self, place: int) -> None:
        """Have a worker at this place until the end."""
        while not self._ending.is_set():
            begun = asyncio.get_running_loop().time()
            await self._employ(place)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(begun + _LEAST_LIFE):
                    await self._ending.wait()

    async def _employ(self, place: int) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            process = _started(self._post, theirs)
        self._alive.add(process)
        reader, writer = await asyncio.open_connection(sock=ours)
        if (words := await reader.readline()) == READY:
            self._note_ready(place)
        words += await reader.read()  # until it is gone
        await asyncio.to_thread(process.join)
        self._alive.discard(process)
        writer.close()
        mark_process_dead(process.pid, self._post.directory)
        self._take_leave(process, words)

    def _note_ready(self, place: int) -> None:
        self._ready.add(place)
        if self._on_start and len(self._ready) == self._count:
            self._on_start()
            self._on_start = None

    def _take_leave(self, process: SpawnProcess, words: bytes) -> None:
        code = process.exitcode or 0
        if self._ending.is_set():
            return
        if words != READY and code >= 0:
            # By its own decision: another one would come to the same.
            self._failure = words.decode() or "a worker could not start; the lines above say why"
            self._end()
            return
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        logger.warning("worker %d ended (%s); another one takes its place", process.pid, how)

    def _interrupt(self) -> None:
        if self._ending.is_set():
            self._kill()  # a second Ctrl-C ends the wait
        self._end()

    def _end(self) -> None:
        self._ending.set()
        # No process is left for the connections in the queue.
        self._post.listener.close()
        for process in self._alive:
            process.terminate()
        patience = self._post.settings.drain_delay + DRAIN_SECONDS + _TIDYING
        asyncio.get_running_loop().call_later(patience, self._kill)

    def _kill(self) -> None:
        for process in self._alive:
            process.kill()


def _started(post: Post, line: socket.socket) -> SpawnProcess:
    process = _spawning.Process(target=work, args=(post, line), daemon=True)
    # A terminal sends Ctrl-C to all; the workers inherit that it is the parent's business.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return process
