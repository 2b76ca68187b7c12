"""The topology of `deploy/`: nginx before two replicas of two workers on one PostgreSQL."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.admin_api import made
from tests.support.app import message, modern, post
from tests.support.e2e.installation import Json, client, new_account, new_server
from tests.support.e2e.replicas import Replica
from tests.support.event_streams import open_stream
from tests.support.nginx import Nginx, example, free_port, running
from tests.support.registry import NAMES
from tests.support.stores import Database, PostgreSQL
from vapi_mcp.security.tokens import API_PREFIX, new_token

_ASK_AT_ONCE = 3
# A reload of nginx closes idle connections, maybe while a client sends its next request.
_ALONE = {"Accept": "application/json, text/event-stream", "Connection": "close"}


@dataclass(slots=True)
class Topology:
    """A proxy before two replicas: the proxy's URL, and where each replica listens."""

    url: str
    admin_token: str
    proxy: Nginx
    directory: Path
    port: int
    replicas: tuple[Replica, Replica]
    places: list[str]

    async def route(self, *down: int) -> None:
        """Let the proxy leave out some of the replicas."""
        places = [f"{each} down" if n in down else each for n, each in enumerate(self.places)]
        await self.proxy.use(example(self.directory, self.port, places))


@asynccontextmanager
async def deployed(database: Database, vapi: str, directory: Path) -> AsyncGenerator[Topology]:
    """Start everything, and stop it at the end."""
    token, port = new_token(API_PREFIX), free_port()
    one, two = (Replica(database, vapi, directory / name, token) for name in ("one", "two"))
    try:
        urls = [await asyncio.to_thread(one.start), await asyncio.to_thread(two.start)]
        places = [url.removeprefix("http://") for url in urls]
        async with running(directory, port, example(directory, port, places)) as proxy:
            url = f"http://127.0.0.1:{port}"
            yield Topology(url, token, proxy, directory, port, (one, two), places)
    finally:
        await asyncio.gather(asyncio.to_thread(one.stop), asyncio.to_thread(two.stop))


@pytest.fixture(scope="module")
def database(server: PostgreSQL) -> Database:
    return Database(server.emptied())


async def test_every_kind_of_request_goes_through_and_a_rolling_restart_loses_none(
    database: Database, vapi: str, tmp_path: Path
) -> None:
    async with deployed(database, vapi, tmp_path) as topology:
        async with client(topology.url, topology.admin_token) as admin:
            opened = await new_server(admin, await new_account(admin))
            await _use_everything(topology, opened)
            answers = await _restarted_under_load(topology, f"{topology.url}/mcp/{opened['token']}")
            log = (await admin.get("/log", params={"limit": 1})).json()
    assert answers.keys() == {200}
    assert answers[200] > 50
    assert log["result"]
    assert opened["token"] not in (tmp_path / "access.log").read_text()


async def _use_everything(topology: Topology, opened: Json) -> None:
    url = f"{topology.url}/mcp/{opened['token']}"
    call = {"name": "list_all_vapi_assistants", "arguments": {"limit": 1}}
    for request in (message("tools/list"), modern("tools/list")):
        tools = (await post(url, request)).json()["result"]["tools"]
        assert tuple(tool["name"] for tool in tools) == NAMES
    for request in (message("tools/call", call), modern("tools/call", call)):
        assert not (await post(url, request)).json()["result"]["isError"]
    header = {"Authorization": f"Bearer {opened['token']}"}
    assert (await post(f"{topology.url}/mcp", message("ping"), extra=header)).status_code == 200
    async with open_stream(topology.url, opened["token"], seconds=20) as stream:
        await stream.start()
        for _ in range(8):  # each over a connection of its own, to any worker
            answer = await stream.ask(message("tools/call", call))
            assert not answer["result"]["isError"]
    async with client(topology.url, topology.admin_token) as admin:
        for _ in range(4):
            assert (await admin.get("/integrated-account")).status_code == 200
        assert await made(admin, "/api-token", name="another", kind="mcp")
    async with httpx.AsyncClient(base_url=topology.url, trust_env=False) as anyone:
        statuses = [
            (await anyone.get(path)).status_code for path in ("/healthz", "/tools", "/metrics")
        ]
    assert statuses == [200, 200, 404]


async def _restarted_under_load(topology: Topology, url: str) -> Counter[int]:
    """Restart one replica after the other while clients ask; return the statuses they got."""
    answers, is_over = Counter[int](), asyncio.Event()

    async def ask() -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            while not is_over.is_set():
                answer = await http.post(
                    url,
                    json=message("tools/call", {"name": "list_all_vapi_assistants"}),
                    headers=_ALONE,
                )
                answers[answer.status_code] += 1

    async with asyncio.TaskGroup() as clients:
        for _ in range(_ASK_AT_ONCE):
            clients.create_task(ask())
        for number, replica in enumerate(topology.replicas):
            await topology.route(number)
            await asyncio.to_thread(replica.stop)
            port = int(topology.places[number].rpartition(":")[2])
            await asyncio.to_thread(replica.start, port)
            await topology.route()
        is_over.set()
    return answers
