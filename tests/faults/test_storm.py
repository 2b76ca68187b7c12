"""A storm of errors from Vapi: nothing is sent twice, and only the account concerned is held up."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.support.app import composed
from tests.support.e2e.installation import called
from tests.support.e2e.stack import registry
from tests.support.serving import serving
from vapi_mcp.accounts.records import Account, Server
from vapi_mcp.security.credential import Credential
from vapi_mcp.security.tokens import new_token
from vapi_mcp.store.memory.memory_store import MemoryStore
from vapi_mcp.upstream.breaker import Patience
from vapi_mcp.upstream.client import UpstreamClient

CALLS = 60
READ = ("get_single_vapi_assistant_by_id", {"id": "one"})
WRITE = ("create_a_vapi_assistant", {"name": "Ada"})


class Storm:
    """A Vapi that fails for the key `stormy`, and counts what each key sent."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.sent = Counter[str]()
        self.app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST"])])

    async def _answer(self, request: Request) -> JSONResponse:
        key = request.headers["authorization"].removeprefix("Bearer ")
        self.sent[key] += 1
        status = self.status if key == "stormy" else 200
        return JSONResponse({"id": "one", "message": "a storm"}, status)


@dataclass(frozen=True, slots=True)
class House:
    """The URLs of a server of each account."""

    stormy: str
    calm: str


@asynccontextmanager
async def housed(storm: Storm) -> AsyncGenerator[House]:
    store, tokens = MemoryStore(), {name: new_token() for name in ("stormy", "calm")}
    client = UpstreamClient(max_answer_bytes=2**20, allow_private=True)
    async with serving(storm.app) as vapi:
        for name, token in tokens.items():
            account = Account(f"account-{name}", name, Credential(name), vapi.url)
            store.add(Server(f"server-{name}", "all", account.id), account, token)
        app = composed(store, client, tools=registry(), held=[client])
        async with serving(app, drain=app.state.drain) as running:
            urls = {name: f"{running.url}/mcp/{token}" for name, token in tokens.items()}
            yield House(**urls)


@pytest.mark.parametrize(("status", "most"), [(500, CALLS), (503, Patience().failures)])
@pytest.mark.parametrize("call", [READ, WRITE], ids=["reads", "writes"])
async def test_storm_is_not_made_worse_and_stays_with_its_account(
    call: tuple[str, dict[str, str]], status: int, most: int
) -> None:
    storm = Storm(status)
    async with housed(storm) as house, asyncio.timeout(60):
        failed = [await called(house.stormy, *call) for _ in range(CALLS)]
        calm = [await called(house.calm, *READ) for _ in range(CALLS)]
    assert all(each["isError"] for each in failed)
    assert not any(each["isError"] for each in calm)
    # No call is repeated; a gateway's errors in a row end the sending.
    assert storm.sent == {"stormy": most, "calm": CALLS}
    assert ("so this one was not sent" in str(failed[-1])) is (status == 503)
