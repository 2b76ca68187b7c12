"""One of several worker processes behind a listening socket."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from vapi_mcp.errors import ConfigurationError
from vapi_mcp.hosting.logging import configure_logs
from vapi_mcp.hosting.memory import load_sparingly, settle_memory
from vapi_mcp.hosting.processes.listener import server_config
from vapi_mcp.hosting.processes.worker_ipc import WorkerPeers
from vapi_mcp.http.drain import Drain, DrainingServer
from vapi_mcp.settings import Settings

# What a worker says to its parent when it serves; anything else is why it cannot.
READY = b"\n"


@dataclass(frozen=True, slots=True)
class Post:
    """The data for every worker, pickled; in `directory` they find each other."""

    settings: Settings
    make_app: Callable[[WorkerPeers], Starlette]
    listener: socket.socket
    directory: Path


def work(post: Post, parent: socket.socket) -> None:
    """Serve until SIGTERM, or until the parent is gone."""
    load_sparingly()
    configure_logs(post.settings)
    try:
        app = post.make_app(WorkerPeers(post.directory))
    except ConfigurationError as error:
        parent.sendall(str(error).encode())
        sys.exit(1)
    settle_memory()
    _Worker(server_config(app, post.settings), app.state.drain, parent).run([post.listener])


class _Worker(DrainingServer):
    def __init__(self, config: uvicorn.Config, drain: Drain, parent: socket.socket) -> None:
        super().__init__(config, drain)
        self._parent = parent

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._end)
        # It never says anything: there is something to read when it is no more.
        loop.add_reader(self._parent, self._end)
        self._parent.sendall(READY)

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        # The usual one raises the signal again after the drain: not how a process should end
        # whose parent looks at how it ended.
        yield

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._parent)
        self.should_exit = True
