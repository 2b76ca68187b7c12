"""The sandbox of one process, on a loopback port, for `--sandbox`."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from vapi_mcp.accounts.records import Account
from vapi_mcp.hosting.processes.listener import listening_socket
from vapi_mcp.security.credential import Credential


@contextmanager
def running_sandbox(state_file: Path | None = None) -> Generator[str]:
    """Run a simulated Vapi in a thread and yield its base URL; end it afterwards.

    The port answers as soon as the data is made; requests that come sooner wait.
    """
    # Few processes that could run a sandbox do.
    from vapi_mcp.sandbox.startup import build_sandbox  # noqa: PLC0415 - loaded when it is used

    listener = listening_socket("127.0.0.1", 0)
    base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server, make_app = _Server(), partial(build_sandbox, state_file=state_file, base_url=base_url)
    thread = threading.Thread(
        target=server.run_on, args=(listener, make_app), name="sandbox", daemon=True
    )
    thread.start()
    try:
        yield base_url
    finally:
        server.stop()
        thread.join(timeout=10)
        listener.close()


def sandbox_account(base_url: str = "") -> Account:
    """Return an account that a simulated Vapi takes, by default wherever one stands in for Vapi."""
    return Account("sandbox", "Sandbox", Credential(f"sandbox-{secrets.token_hex(8)}"), base_url)


class _Server:
    """A uvicorn server that can be stopped before it has begun."""

    def __init__(self) -> None:
        self._uvicorn: uvicorn.Server | None = None
        self._is_stopping = threading.Event()

    def run_on(self, listener: socket.socket, make_app: Callable[[], Starlette]) -> None:
        app = make_app()
        if self._is_stopping.is_set():
            return
        config = uvicorn.Config(
            app, log_config=None, access_log=False, timeout_graceful_shutdown=1, ws="none"
        )
        self._uvicorn = uvicorn.Server(config)
        self._uvicorn.run(sockets=[listener])

    def stop(self) -> None:
        self._is_stopping.set()
        if self._uvicorn is not None:
            self._uvicorn.should_exit = True
