"""What every store keeps for OAuth, in memory and on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.support.records import NOW, account, api_token, later, server
from tests.support.stores import Database, Memory
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import Account, ApiToken, Server, ServerConfig
from vapi_mcp.admin.ports import Store
from vapi_mcp.oauth.records import AuthorizationCode, OAuthClient, OAuthGrant, OAuthToken

Place = Memory | Database
GUARDED = ServerConfig(require_api_token_auth=True)
CLIENT = OAuthClient("client", "registered", ("https://a.example/back",), "A", created_at=NOW)


def _grant(owner: Server, token: ApiToken, name: str = "grant", **values: Any) -> OAuthGrant:
    given: dict[str, Any] = {"created_at": NOW, **values}
    return OAuthGrant(
        name,
        CLIENT.id,
        "a.example",
        owner.account_id,
        owner.id,
        token.id,
        ("vapi:read", "vapi:write"),
        "https://us.example/mcp",
        **given,
    )


def _code(grant: OAuthGrant) -> AuthorizationCode:
    back = CLIENT.redirect_uris[0]
    return AuthorizationCode(f"code of {grant.id}", grant.id, CLIENT.id, back, "c", later(60))


def _tokens(grant: OAuthGrant, name: str = "1") -> tuple[OAuthToken, ...]:
    return (
        OAuthToken(f"access {name}", grant.id, "access", later(3600), NOW),
        OAuthToken(f"refresh {name}", grant.id, "refresh", later(7200), NOW),
    )


async def _filled(store: Store) -> tuple[Account, Server, ApiToken, OAuthGrant]:
    owner, token = account(tenant_id="t"), api_token()
    kept = server(owner, config=GUARDED)
    await store.add_account(owner)
    await store.add_server(kept, "hash")
    await store.add_api_token(token, "token hash")
    await store.put_oauth_client(CLIENT)
    grant = _grant(kept, token)
    assert await store.add_oauth_grant(grant, _code(grant))
    return owner, kept, token, grant


async def test_a_client_is_replaced_by_its_newer_state_and_keeps_its_age(place: Place) -> None:
    newer = replace(CLIENT, name="B", fetched_at=later(1), created_at=later(9))
    async with place.opened() as store:
        await store.put_oauth_client(CLIENT)
        await store.put_oauth_client(newer)
        assert await store.find_oauth_client("client") == replace(newer, created_at=NOW)
        assert await store.find_oauth_client("other") is None
        assert await store.count_oauth_clients() == 1


async def test_only_clients_without_a_grant_are_forgotten(place: Place) -> None:
    async with place.opened() as store:
        await _filled(store)
        await store.put_oauth_client(replace(CLIENT, id="unused"))
        await store.put_oauth_client(replace(CLIENT, id="young", created_at=later(100)))
        assert await store.forget_oauth_clients(later(50), 10) == 1
        assert await store.find_oauth_client("unused") is None
        assert await store.find_oauth_client("client") == CLIENT
        assert await store.find_oauth_client("young") is not None


async def test_a_code_is_exchanged_once_and_its_tokens_open_the_server(place: Place) -> None:
    async with place.opened() as store:
        owner, kept, _, grant = await _filled(store)
        assert await store.find_oauth_code("code of grant") == _code(grant)
        done = await asyncio.gather(
            *(store.exchange_oauth_code("code of grant", _tokens(grant, n), NOW) for n in "12")
        )
        assert sorted(done) == [False, True]
        used = await store.find_oauth_code("code of grant")
        assert used == replace(_code(grant), used_at=NOW)
        name = "12"[done.index(True)]
        assert await store.find_oauth_access(f"access {name}", NOW) == (grant, kept, owner)
        assert await store.find_oauth_access(f"refresh {name}", NOW) is None
        assert await store.find_oauth_access(f"access {name}", later(3600)) is None
        assert await store.find_oauth_token(f"access {'21'[done.index(True)]}") is None


async def test_a_replaced_token_remembers_its_first_replacement(place: Place) -> None:
    async with place.opened() as store:
        _, _, _, grant = await _filled(store)
        await store.exchange_oauth_code("code of grant", _tokens(grant), NOW)
        assert await store.replace_oauth_token("refresh 1", _tokens(grant, "2"), later(1))
        assert await store.replace_oauth_token("refresh 1", _tokens(grant, "3"), later(2))
        found = await store.find_oauth_token("refresh 1")
        assert found == replace(_tokens(grant)[1], replaced_at=later(1))
        assert await store.delete_oauth_token("access 3")
        assert not await store.delete_oauth_token("access 3")


@pytest.mark.parametrize("ended", ["server", "account", "token", "rotation", "grant"])
async def test_a_grant_ends_with_what_it_rests_on(place: Place, ended: str) -> None:
    async with place.opened() as store:
        owner, kept, token, grant = await _filled(store)
        await store.exchange_oauth_code("code of grant", _tokens(grant), NOW)
        before = await store.revision()
        match ended:
            case "server":
                await store.delete_server(owner.id, kept.id)
            case "account":
                await store.delete_account(owner.id)
            case "token":
                await store.delete_api_token(token.id)
            case "rotation":
                await store.replace_token(owner.id, kept.id, "other", NOW)
            case _:
                assert await store.delete_oauth_grant(grant.id) == grant
        assert await store.revision() > before
        assert await store.get_oauth_grant(grant.id) is None
        assert await store.find_oauth_access("access 1", NOW) is None
        assert await store.find_oauth_token("refresh 1") is None
        assert not await store.replace_oauth_token("refresh 1", _tokens(grant, "2"), NOW)


async def test_no_grant_is_kept_for_what_is_gone(place: Place) -> None:
    async with place.opened() as store:
        owner, kept, token, _ = await _filled(store)
        for grant in (
            _grant(server(owner), token, "no server"),
            _grant(kept, api_token(), "no token"),
            replace(_grant(kept, token, "another's"), account_id="other"),
        ):
            assert not await store.add_oauth_grant(grant, _code(grant))


async def test_a_tenant_lists_and_ends_its_own_grants_only(place: Place) -> None:
    async with place.opened() as store:
        _, _, token, grant = await _filled(store)
        nobodys = account()
        kept = server(nobodys, config=GUARDED)
        await store.add_account(nobodys)
        await store.add_server(kept, "its hash")
        other = _grant(kept, token, "other", created_at=later(1))
        await store.add_oauth_grant(other, _code(other))
        assert (await store.list_oauth_grants(Window())).items == (other, grant)
        assert (await store.list_oauth_grants(Window(), tenant_id="t")).items == (grant,)
        assert await store.delete_oauth_grant(other.id, tenant_id="t") is None
        assert await store.delete_oauth_grant(grant.id, tenant_id="t") == grant


async def test_an_account_that_moves_away_from_a_persons_tenant_is_closed_to_it(
    place: Place,
) -> None:
    async with place.opened() as store:
        owner, kept, _, _ = await _filled(store)
        bound = api_token(tenant_id="t")
        await store.add_api_token(bound, "bound hash")
        grant = _grant(kept, bound, "of a tenant")
        await store.add_oauth_grant(grant, _code(grant))
        await store.exchange_oauth_code("code of of a tenant", _tokens(grant), NOW)
        assert await store.find_oauth_access("access 1", NOW) == (grant, kept, owner)
        await store.update_account(owner.id, lambda one: replace(one, tenant_id="u"))
        assert await store.find_oauth_access("access 1", NOW) is None


async def test_the_last_use_of_a_grant_never_goes_back(place: Place) -> None:
    async with place.opened() as store:
        _, _, _, grant = await _filled(store)
        await store.touch_oauth_grants({grant.id: later(5), "gone": NOW})
        await store.touch_oauth_grants({grant.id: later(2)})
        assert await store.get_oauth_grant(grant.id) == replace(grant, last_used_at=later(5))


async def test_a_token_sees_the_guarded_servers_it_opens(place: Place) -> None:
    async with place.opened() as store:
        owner, kept, _, _ = await _filled(store)
        other = account()
        ended = server(owner, "ended", config=GUARDED, expires_at=later(1))
        open_one, theirs = server(owner, "open"), server(other, "theirs", config=GUARDED)
        await store.add_account(other)
        for n, each in enumerate((ended, open_one, theirs)):
            await store.add_server(each, f"hash {n}")
        both = [(kept, owner), (theirs, other)]
        for token, seen in (
            (api_token(), both),
            (api_token(tenant_id="t"), both[:1]),
            (api_token(account_id=other.id), both[1:]),
            (api_token(account_id=owner.id, server_id=open_one.id), []),
        ):
            assert await store.list_guarded_servers(token, later(1), 10) == seen
        assert await store.has_guarded_server(later(1))
        await store.delete_account(other.id)
        await store.delete_server(owner.id, kept.id)
        assert await store.has_guarded_server(NOW)
        assert not await store.has_guarded_server(later(1))


async def test_what_has_expired_is_swept(place: Place) -> None:
    async with place.opened() as store:
        _, kept, token, grant = await _filled(store)
        ending = _grant(kept, token, "ending", ends_at=later(30))
        await store.add_oauth_grant(ending, _code(ending))
        await store.exchange_oauth_code("code of grant", _tokens(grant), NOW)
        await store.exchange_oauth_code("code of ending", _tokens(ending, "2"), NOW)
        assert await store.find_oauth_access("access 2", later(30)) is None
        await store.sweep_oauth(later(30), 10)
        assert (await store.list_oauth_grants(Window())).items == (grant,)
        await store.sweep_oauth(later(3700), 10)
        assert await store.find_oauth_token("access 1") is None
        assert await store.find_oauth_code("code of grant") is None
        assert await store.find_oauth_token("refresh 1") is not None
        await store.sweep_oauth(later(7200), 10)
        await store.sweep_oauth(later(7200), 10)
        assert (await store.list_oauth_grants(Window())).items == ()
