from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.stores import access_to
from vapi_mcp.accounts.records import REGIONS, Account, ApiToken, Server, ServerConfig, Upstreams
from vapi_mcp.errors import AccessError, ApiTokenRequired, StoreError
from vapi_mcp.security.credential import Credential
from vapi_mcp.security.tokens import API_PREFIX, new_token, token_hash
from vapi_mcp.store.memory.memory_store import MemoryStore

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ACCOUNT = Account("acc", "Acme", Credential("key"), "https://api.vapi.ai", tenant_id="t1")


class Counting(MemoryStore):
    """A store that counts who asks it for servers and tokens, and can be out of order."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.is_down = False

    async def find_server(self, token_hash: str, now: datetime) -> tuple[Server, Account] | None:
        self._count()
        return await super().find_server(token_hash, now)

    async def find_api_token(self, token_hash: str) -> ApiToken | None:
        self._count()
        return await super().find_api_token(token_hash)

    async def touch_servers(self, used: Mapping[str, datetime]) -> None:
        if self.is_down:
            raise StoreError
        await super().touch_servers(used)

    def _count(self) -> None:
        self.asked += 1
        if self.is_down:
            raise StoreError


class Moment:
    """A clock and a stopwatch that stand still until they are moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOW
        monkeypatch.setattr("vapi_mcp.accounts.service.time.monotonic", self.seconds)

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return (self.now - NOW).total_seconds()

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Moment:
    return Moment(monkeypatch)


def stocked(**server: Any) -> tuple[Counting, str]:
    store, token = Counting(), new_token()
    store.add(Server("s1", "all", ACCOUNT.id, **server), ACCOUNT, token)
    return store, token


async def test_grant_is_believed_for_half_a_second(moment: Moment) -> None:
    store, token = stocked()
    service = access_to(store, moment)
    for _ in range(5):
        await service.resolve(token)
    assert store.asked == 1
    store.remove("s1")
    moment.move(0.5)
    await service.resolve(token)
    moment.move(0.01)
    with pytest.raises(AccessError):
        await service.resolve(token)


async def test_grant_is_never_believed_past_its_expiry(moment: Moment) -> None:
    store, token = stocked(expires_at=NOW + timedelta(seconds=0.2))
    service = access_to(store, moment)
    await service.resolve(token)
    moment.move(0.2)
    with pytest.raises(AccessError):
        await service.resolve(token)


async def test_unknown_token_is_asked_for_every_time_and_works_once_it_is_there(
    moment: Moment,
) -> None:
    store, _ = stocked()
    service, late = access_to(store, moment), new_token()
    for _ in range(3):
        with pytest.raises(AccessError):
            await service.resolve(late)
    assert store.asked == 3
    store.add(Server("s2", "late", ACCOUNT.id), ACCOUNT, late)
    assert (await service.resolve(late)).server.id == "s2"


async def test_token_with_a_wrong_checksum_never_reaches_the_store(moment: Moment) -> None:
    store, token = stocked()
    service = access_to(store, moment)
    typo = token[:-1] + ("A" if token[-1] != "A" else "B")
    with pytest.raises(AccessError):
        await service.resolve(typo)
    api = new_token(API_PREFIX)
    with pytest.raises(AccessError):
        await service.administrator(api[:-1] + ("A" if api[-1] != "A" else "B"))
    with pytest.raises(AccessError):
        await service.administrator("too short")
    assert store.asked == 0


async def test_store_that_is_down_is_no_bad_token(moment: Moment) -> None:
    store, token = stocked()
    service = access_to(store, moment)
    await service.resolve(token)
    store.is_down = True
    await service.resolve(token)
    moment.move(0.6)
    with pytest.raises(StoreError):
        await service.resolve(token)


async def test_forgotten_grants_are_asked_for_anew(moment: Moment) -> None:
    store, token = stocked()
    service = access_to(store, moment)
    await service.resolve(token)
    store.remove("s1")
    service.forget()
    with pytest.raises(AccessError):
        await service.resolve(token)


class Held(Counting):
    """A store that answers when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = asyncio.Semaphore(0)
        self.go = asyncio.Event()

    async def find_server(self, token_hash: str, now: datetime) -> tuple[Server, Account] | None:
        found = await super().find_server(token_hash, now)
        self.begun.release()
        await self.go.wait()
        return found


async def test_requests_at_the_same_time_ask_once_and_one_that_leaves_stops_no_other(
    moment: Moment,
) -> None:
    store, token = Held(), new_token()
    store.add(Server("s1", "all", ACCOUNT.id), ACCOUNT, token)
    service = access_to(store, moment)
    first, *others = [asyncio.create_task(service.resolve(token)) for _ in range(5)]
    await store.begun.acquire()
    first.cancel()
    moment.move(0.4)
    others.append(asyncio.create_task(service.resolve(token)))
    await asyncio.wait({first})
    store.go.set()
    assert [(await each).server.id for each in others] == ["s1"] * 5
    assert (first.cancelled(), store.asked) == (True, 1)


@pytest.mark.parametrize("passed", ["half a second", "a change"])
async def test_answer_of_the_store_is_shared_no_longer_than_it_may_be_believed(
    moment: Moment, passed: str
) -> None:
    store, token = Held(), new_token()
    store.add(Server("s1", "all", ACCOUNT.id), ACCOUNT, token)
    service = access_to(store, moment)
    early = asyncio.create_task(service.resolve(token))
    await store.begun.acquire()
    store.remove("s1")
    if passed == "a change":
        service.forget()
    else:
        moment.move(0.51)
    late = asyncio.create_task(service.resolve(token))
    await store.begun.acquire()
    store.go.set()
    assert (await early).server.id == "s1"
    for again in (late, service.resolve(token)):
        with pytest.raises(AccessError):
            await again


GUARDED = ServerConfig(require_api_token_auth=True)


@pytest.mark.parametrize(
    ("bound", "opens"),
    [
        ({}, True),
        ({"kind": "admin"}, True),
        ({"tenant_id": "t1"}, True),
        ({"tenant_id": "t2"}, False),
        ({"kind": "admin", "tenant_id": "t2"}, False),
        ({"account_id": "acc"}, True),
        ({"account_id": "other"}, False),
        ({"server_id": "s1"}, True),
        ({"server_id": "s2"}, False),
        ({"tenant_id": "t1", "account_id": "acc", "server_id": "s2"}, False),
    ],
)
async def test_guarded_server_opens_to_api_tokens_bound_to_nothing_else(
    bound: dict[str, Any], *, opens: bool, moment: Moment
) -> None:
    store, token = stocked(config=GUARDED)
    others = [Account("other", "Other", Credential("k"), "https://api.vapi.ai")]
    await store.add_account(others[0])
    await store.add_server(Server("s2", "two", "acc"), "hash")
    api = new_token(API_PREFIX)
    assert await store.add_api_token(ApiToken("a1", "second", **bound), token_hash(api))
    service = access_to(store, moment)
    grant = await service.resolve(token)
    if opens:
        await service.check_api_token(grant, api)
    else:
        with pytest.raises(ApiTokenRequired):
            await service.check_api_token(grant, api)
    for wrong in ("", "x", new_token(API_PREFIX), token):
        with pytest.raises(ApiTokenRequired):
            await service.check_api_token(grant, wrong)


async def test_api_token_is_believed_for_half_a_second_and_forgotten_with_the_grants(
    moment: Moment,
) -> None:
    store, token = stocked(config=GUARDED)
    api = new_token(API_PREFIX)
    await store.add_api_token(ApiToken("a1", "second"), token_hash(api))
    service = access_to(store, moment)
    grant = await service.resolve(token)
    store.asked = 0
    await asyncio.gather(*(service.check_api_token(grant, api) for _ in range(5)))
    await service.check_api_token(grant, api)
    assert store.asked == 1
    await store.delete_api_token("a1")
    await service.check_api_token(grant, api)
    moment.move(0.51)
    for _ in range(2):  # one that is not there is believed not at all
        with pytest.raises(ApiTokenRequired):
            await service.check_api_token(grant, api)
    assert store.asked == 3
    await store.add_api_token(ApiToken("a1", "second"), token_hash(api))
    await service.check_api_token(grant, api)
    await store.delete_api_token("a1")
    service.forget()
    with pytest.raises(ApiTokenRequired):
        await service.check_api_token(grant, api)


async def test_only_a_live_admin_token_administers(moment: Moment) -> None:
    store, service_token = stocked()
    service, admin, mcp = access_to(store, moment), new_token(API_PREFIX), new_token(API_PREFIX)
    await store.add_api_token(ApiToken("a", "admin", "admin"), token_hash(admin))
    await store.add_api_token(ApiToken("m", "mcp", "mcp"), token_hash(mcp))
    assert (await service.administrator(admin)).id == "a"
    for other in (mcp, service_token, new_token(API_PREFIX), ""):
        with pytest.raises(AccessError):
            await service.administrator(other)
    await store.delete_api_token("a")
    with pytest.raises(AccessError):
        await service.administrator(admin)


async def test_operators_own_bootstrap_token_needs_no_checksum(moment: Moment) -> None:
    store, _ = stocked()
    own = "correct horse battery staple, and more"
    await store.add_first_api_token(ApiToken("a", "first", "admin"), token_hash(own))
    assert (await access_to(store, moment).administrator(own)).id == "a"


async def test_refused_key_needs_a_new_one_until_vapi_takes_it_again(moment: Moment) -> None:
    store, _ = stocked()
    service = access_to(store, moment)

    async def account() -> Account:
        found = await store.get_account("acc")
        assert found is not None
        return found

    await service.note_answer(await account(), 500, None)
    await service.note_answer(await account(), 404, "no such thing")
    assert (await account()).status == "active"
    await service.note_answer(await account(), 401, "Invalid Key.")
    assert ((await account()).status, (await account()).last_error) == (
        "needs_reauth",
        "Invalid Key.",
    )
    await service.note_answer(await account(), 503, None)
    assert (await account()).status == "needs_reauth"
    await service.note_answer(await account(), 200, None)
    assert ((await account()).status, (await account()).last_error) == ("active", None)


async def test_success_right_after_a_refusal_resets_the_status(moment: Moment) -> None:
    store, token = stocked()
    service = access_to(store, moment)
    for status, kept in ((401, "needs_reauth"), (200, "active")):
        grant = await service.resolve(token)
        await service.note_answer(grant.account, status, None)
        account = await store.get_account("acc")
        assert account is not None
        assert account.status == kept


async def test_answer_to_an_older_key_says_nothing_of_the_new_one(moment: Moment) -> None:
    store, _ = stocked()
    service = access_to(store, moment)
    await store.update_account("acc", lambda a: replace(a, credential=Credential("newer")))
    await service.note_answer(ACCOUNT, 401, "Invalid Key.")
    account = await store.get_account("acc")
    assert account is not None
    assert account.status == "active"


async def test_moments_of_use_are_written_down_together_and_not_lost(moment: Moment) -> None:
    store, token = stocked()
    service = access_to(store, moment)
    await service.resolve(token)
    moment.move(3)
    await service.resolve(token)
    store.is_down = True
    with pytest.raises(StoreError):
        await service.flush()
    store.is_down = False
    await service.flush()
    server = await store.get_server("acc", "s1")
    assert server is not None
    assert server.last_used_at == moment.now


def test_account_is_where_it_says_else_in_its_region_else_at_the_default() -> None:
    upstreams = Upstreams("https://default.example")
    plain = replace(ACCOUNT, base_url="")
    assert upstreams.located(ACCOUNT) == ACCOUNT
    assert upstreams.located(plain).base_url == "https://default.example"
    assert upstreams.located(replace(plain, region="eu")).base_url == REGIONS["eu"]
    single = Upstreams.everywhere("http://127.0.0.1:8900")
    assert single.located(replace(plain, region="eu")).base_url == "http://127.0.0.1:8900"
