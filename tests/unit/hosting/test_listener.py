"""The listening socket: a taken port is known before anything else happens."""

from __future__ import annotations

import socket

import httpx
import pytest
from starlette.applications import Starlette

from vapi_mcp.errors import ConfigurationError
from vapi_mcp.hosting.processes.listener import listening_socket, server_config
from vapi_mcp.settings import load_settings


def test_connections_wait_in_line_before_the_server_is_ready() -> None:
    with listening_socket("127.0.0.1", 0) as listener:
        with socket.create_connection(listener.getsockname(), timeout=5) as client:
            accepted, _ = listener.accept()
            with accepted:
                assert accepted.getpeername() == client.getsockname()


def test_a_taken_port_is_refused_with_the_option_that_helps() -> None:
    with listening_socket("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(ConfigurationError) as refused:
            listening_socket("127.0.0.1", port)
    assert str(refused.value) == (
        f"port {port} on 127.0.0.1 is taken (address already in use); choose another with --port"
    )


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"port 0 on 192\.0\.2\.1 is not available"):
        listening_socket("192.0.2.1", 0)


def test_idle_connection_is_kept_longer_than_the_sdks_client_keeps_it() -> None:
    """Else a request may be sent as the server closes, and be lost without an answer."""
    config = server_config(Starlette(), load_settings(env_file=None))
    kept = httpx.Limits().keepalive_expiry
    assert kept is not None
    assert config.timeout_keep_alive >= 2 * kept
