"""Two processes on one PostgreSQL: what one does, the other one heeds within a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx
import orjson
import pytest

from tests.support.admin_api import made
from tests.support.app import headers_of, message, modern, post
from tests.support.e2e.installation import Json, end_in, new_account, new_server, tool_names
from tests.support.e2e.replicas import Pair, held_stream, pair_on
from tests.support.event_streams import open_stream
from tests.support.registry import NAMES
from tests.support.stores import Database, PostgreSQL
from vapi_mcp.sandbox.faults.injection import MAGIC_PREFIX

LIST = message("tools/list")
# The simulated Vapi thinks about this one for half a minute.
SLOW_CHAT = message(
    "tools/call",
    {
        "name": "create_a_vapi_chat",
        "arguments": {"input": "Hello", "assistantId": f"{MAGIC_PREFIX}5107", "stream": True},
        "_meta": {"progressToken": 1},
    },
)
LISTEN = modern("subscriptions/listen", {"notifications": {"toolsListChanged": True}})
GUARDED: Json = {"require_api_token_auth": True}
BOUND = 1.0

End = Callable[["Case"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Case:
    """A server made by the first process; `api_token` is for one that asks for it."""

    admin: httpx.AsyncClient
    account: str
    opened: Json
    api_token: Json | None

    @property
    def path(self) -> str:
        return f"{self.account}/mcp/{self.opened['id']}"

    @property
    def headers(self) -> dict[str, str]:
        """What a client sends besides the URL."""
        return {"X-Api-Token": self.api_token["token"]} if self.api_token else {}

    def mcp_url(self, base: str) -> str:
        return f"{base}/mcp/{self.opened['token']}"


async def make(admin: httpx.AsyncClient, *, guarded: bool = False) -> Case:
    account = await new_account(admin)
    if not guarded:
        return Case(admin, account, await new_server(admin, account), None)
    token = await made(admin, "/api-token", name="second", kind="mcp")
    return Case(admin, account, await new_server(admin, account, GUARDED), token)


async def delete_server(case: Case) -> None:
    assert (await case.admin.delete(case.path)).status_code == 204


async def delete_account(case: Case) -> None:
    assert (await case.admin.delete(case.account)).status_code == 204


async def delete_second_token(case: Case) -> None:
    assert case.api_token
    answer = await case.admin.delete(f"/api-token/{case.api_token['id']}")
    assert answer.status_code == 204


async def rotate(case: Case) -> None:
    assert (await case.admin.post(f"{case.path}/rotate")).status_code == 200


async def guard(case: Case) -> None:
    """Guard a server that was open: who sends no second token is out."""
    answer = await case.admin.patch(case.path, json={"config": GUARDED})
    assert answer.status_code == 200


every_end = pytest.mark.parametrize(
    "end", [delete_server, delete_account, rotate, guard, delete_second_token]
)


@pytest.fixture(scope="module")
def database(server: PostgreSQL) -> Database:
    return Database(server.emptied())


@pytest.fixture(scope="module")
def pair(
    database: Database, vapi: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Pair]:
    with pair_on(database, vapi, tmp_path_factory.mktemp("pair")) as running:
        yield running


async def seconds_until(claim: Callable[[], Awaitable[bool]]) -> float:
    """Return how long it takes until a claim holds."""
    begun = time.perf_counter()
    async with asyncio.timeout(10):
        while not await claim():
            continue
    return time.perf_counter() - begun


async def test_two_that_start_together_on_an_empty_database_both_serve_with_one_first_token(
    pair: Pair, database: Database
) -> None:
    async with pair.admin() as admin:
        listed = (await admin.get("/api-token")).json()["result"]
        account = await new_account(admin)
        found = await admin.get(f"{pair.two}{account}")
    assert [token["name"] for token in listed] == ["first"]
    assert (found.status_code, found.json()["name"]) == (200, "Acme")
    assert len(await database.run("SELECT version_num FROM alembic_version")) == 1


@every_end
async def test_what_one_process_takes_away_the_other_refuses_within_a_second(
    pair: Pair, end: End
) -> None:
    async with pair.admin() as admin:
        case = await make(admin, guarded=end is delete_second_token)
        url = case.mcp_url(pair.two)
        # Believed there from now on.
        assert (await post(url, LIST, extra=case.headers)).status_code == 200
        await end(case)

        async def refused() -> bool:
            return (await post(url, LIST, extra=case.headers)).status_code == 401

        assert await seconds_until(refused) < BOUND


async def test_rotated_url_works_on_the_other_process_at_once(pair: Pair) -> None:
    async with pair.admin() as admin:
        case = await make(admin)
        rotated = (await admin.post(f"{case.path}/rotate")).json()
        answer = await post(f"{pair.two}/mcp/{rotated['token']}", LIST)
    assert answer.status_code == 200


async def test_narrowed_scope_is_listed_and_kept_to_by_the_other_process_within_a_second(
    pair: Pair,
) -> None:
    gets = [name for name in NAMES if name.startswith("get_")]
    async with pair.admin() as admin:
        case = await make(admin)
        url = case.mcp_url(pair.two)
        assert tuple(await tool_names(url)) == NAMES
        async with open_stream(pair.two, case.opened["token"], seconds=20) as stream:
            await stream.start()
            body = {"config": {"methods": ["get"]}}
            assert (await admin.patch(case.path, json=body)).status_code == 200

            async def narrowed() -> bool:
                return await tool_names(url) == gets

            passed = await seconds_until(narrowed)
            # A stream that was open before goes on, with what is left.
            seen = (await stream.ask(LIST))["result"]["tools"]
            called = await stream.ask(message("tools/call", {"name": "list_all_vapi_assistants"}))
    assert passed < BOUND
    assert [tool["name"] for tool in seen] == gets
    assert called["error"]["code"] == -32602


async def streams_at(base: str, case: Case, stack: AsyncExitStack) -> list[asyncio.Task[float]]:
    """Open every kind of stream a client may hold: a legacy one, and a call that streams."""
    token = case.opened["token"]
    headers = {**headers_of(SLOW_CHAT), **case.headers}
    opening = (
        held_stream("GET", f"{base}/sse/{token}", headers=case.headers),
        held_stream(
            "POST", f"{base}/mcp/{token}", headers=headers, content=orjson.dumps(SLOW_CHAT)
        ),
    )
    return [await stack.enter_async_context(stream) for stream in opening]


@every_end
async def test_streams_at_the_other_process_end_within_a_second(pair: Pair, end: End) -> None:
    async with AsyncExitStack() as stack, asyncio.timeout(20):
        admin = await stack.enter_async_context(pair.admin())
        case = await make(admin, guarded=end is delete_second_token)
        streams = await streams_at(pair.two, case, stack)
        assert not any(stream.done() for stream in streams)
        await end(case)
        done = time.time()
        late = [await stream - done for stream in streams]
    assert max(late) < BOUND


async def test_streams_of_a_server_that_expires_end_within_a_second_of_it_and_not_before(
    pair: Pair, database: Database
) -> None:
    async with (
        AsyncExitStack() as stack,
        asyncio.timeout(20),
        database.opened() as store,
    ):
        case = await make(await stack.enter_async_context(pair.admin()))
        streams = await streams_at(pair.two, case, stack)
        end = (await end_in(store, case.opened, 1.5)).timestamp()
        late = [await stream - end for stream in streams]
        answer = await post(case.mcp_url(pair.two), LIST)
    assert all(0 <= each < BOUND for each in late), late
    assert answer.status_code == 401


async def test_no_subscription_is_offered_that_could_outlive_its_server(pair: Pair) -> None:
    async with pair.admin() as admin:
        case = await make(admin)
        answer = await post(case.mcp_url(pair.two), LISTEN)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, -32601)
