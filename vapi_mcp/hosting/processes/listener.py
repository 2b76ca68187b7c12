"""A server as a process: its port, and its orderly end."""

from __future__ import annotations

import signal
import socket
import sys
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from vapi_mcp.errors import ConfigurationError
from vapi_mcp.hosting.processes.bounded_http import heads_of
from vapi_mcp.settings import Settings

DRAIN_SECONDS = 30

_IDLE_SECONDS = 10
_WAITING = 2048


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a listening socket, so that a taken port is known before anything else happens.

    Connections that come before the server is ready wait in line.

    Raises:
        ConfigurationError: The port is taken or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_WAITING)
    except OSError as error:
        listener.close()
        why = "is taken" if port else "is not available"
        reason = (error.strerror or str(error)).lower()
        raise ConfigurationError(
            f"port {port} on {host} {why} ({reason}); choose another with --port"
        ) from error
    return listener


def server_config(app: Starlette, settings: Settings) -> uvicorn.Config:
    """Return how the hosted server serves its app, in one process or in several."""
    return uvicorn.Config(
        app,
        http=heads_of(settings.max_header_bytes),
        log_config=None,
        access_log=False,
        server_header=False,
        # The app knows which proxies to believe.
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        # Longer than clients keep one: a request sent as it closes would have no answer.
        timeout_keep_alive=_IDLE_SECONDS,
        ws="none",
    )


def serve_until_told(server: uvicorn.Server, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT, then leave with exit code 0.

    uvicorn drains on either and raises the signal again, which by default would end the process
    on the spot; here it unwinds, so that what surrounds this call still runs.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    server.run(sockets=[listener])


def _leave(number: int, frame: FrameType | None) -> None:
    del number, frame
    sys.exit(0)
