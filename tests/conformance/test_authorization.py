"""The official conformance suite against the product's authorization server."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest

from tests.conformance.harness import examine
from tests.support.app import hosted
from tests.support.oauth import Person, guard

# How many checks of each scenario pass. The suite has no others for an authorization server: its
# scenarios auth/* play the server, and test a client.
_PASSED = {
    "authorization-code-grant": {"SUCCESS": 1},
    "authorization-server-metadata-endpoint": {"SUCCESS": 2},
}


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
async def test_all_scenarios_pass_for_a_client_that_registered(
    tmp_path: Path, revision: str
) -> None:
    async with hosted() as server, httpx.AsyncClient(trust_env=False) as http:
        person, port = Person(await guard(server)), _free_port()
        metadata = {"redirect_uris": [f"http://127.0.0.1:{port}/callback"]}
        client = (await http.post(f"{server.url}/register", json=metadata)).json()

        async def on_line(line: str) -> None:
            if line.startswith(f"{server.url}/authorize?"):
                await person.open(http, line)

        found = await examine(
            server.url,
            tmp_path,
            *("--client-id", client["client_id"], "--port", str(port)),
            *("--resource", f"{server.url}/mcp", "--spec-version", revision),
            subject="authorization",
            on_line=on_line,
        )
    assert (found.code, found.scenarios) == (0, _PASSED), found.output


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]
