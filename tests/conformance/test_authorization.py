"""The official conformance suite against the product's authorization server."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest

from tests.conformance.harness import examine
from tests.support.app import hosted
from tests.support.oauth import Person, guard

_REVISIONS = ["2025-11-25", "2026-07-28"]


@pytest.mark.parametrize("revision", _REVISIONS)
async def test_all_of_the_suite_passes_for_a_registered_client(
    tmp_path: Path, revision: str
) -> None:
    async with hosted() as server, httpx.AsyncClient(trust_env=False) as http:
        person, port = Person(await guard(server)), _free_port()
        metadata = {"redirect_uris": [f"http://127.0.0.1:{port}/callback"]}
        client = (await http.post(f"{server.url}/register", json=metadata)).json()

        async def on_line(line: str) -> None:
            if line.startswith(f"{server.url}/authorize?"):
                answer = await person.allow(http, line)
                to = httpx.URL(answer.pop("to"), params=answer)
                (await http.get(to)).raise_for_status()

        found = await examine(
            server.url,
            tmp_path,
            *("--client-id", client["client_id"], "--port", str(port)),
            *("--resource", f"{server.url}/mcp", "--spec-version", revision),
            subject="authorization",
            on_line=on_line,
        )
    print(found.output, found.scenarios, found.failures)
    assert found.code == 0, found.output


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]
