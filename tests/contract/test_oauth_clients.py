"""Each client signs in to a guarded server, works, refreshes, and hears of its end."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from tests.contract.oauth_clients import CLIENTS, Client, Connection
from tests.support.app import ACCOUNT, Hosted, hosted
from tests.support.oauth import GUARDED, Documents, Person, guard
from vapi_mcp.accounts.clock import utc_now

DOCUMENTS = {each.name: each.metadata for each in CLIENTS if each.document}
each_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)


@asynccontextmanager
async def _connected(client: Client) -> AsyncGenerator[tuple[Connection, Hosted]]:
    """Sign a client in, as far as tokens."""
    async with (
        hosted(documents=Documents(**DOCUMENTS)) as server,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        person = Person(await guard(server))
        connection = Connection(client, http, f"{server.url}/mcp")
        await connection.discover()
        await connection.register()
        await connection.sign_in(person)
        yield connection, server


@each_client
async def test_a_client_signs_in_and_lists_the_tools(client: Client) -> None:
    async with _connected(client) as (connection, _):
        hello = await connection.call("initialize")
        tools = await connection.call("tools/list")
    assert hello.status_code == 200
    assert len(tools.json()["result"]["tools"]) == 86


@each_client
async def test_a_refresh_gives_new_tokens_and_keeps_the_scope(client: Client) -> None:
    async with _connected(client) as (connection, _):
        first = connection.tokens
        await connection.refresh()
        answer = await connection.call("tools/list")
    assert connection.tokens["scope"] == first["scope"]
    assert connection.tokens["access_token"] != first["access_token"]
    assert connection.tokens["refresh_token"] != first["refresh_token"]
    assert answer.status_code == 200


@each_client
async def test_a_client_that_revokes_has_to_sign_in_again(client: Client) -> None:
    async with _connected(client) as (connection, _):
        await connection.revoke()
        await _is_over(connection)


@each_client
async def test_an_expired_server_ends_its_grants(client: Client) -> None:
    async with _connected(client) as (connection, server):
        # Without a guarded server there is no OAuth at all.
        await server.store.update_server(
            ACCOUNT.id, "server-0", lambda kept: replace(kept, config=GUARDED.config)
        )
        past = utc_now() - timedelta(seconds=1)
        await server.store.update_server(
            ACCOUNT.id, GUARDED.id, lambda kept: replace(kept, expires_at=past)
        )
        await _is_over(connection)


@each_client
async def test_a_rotated_secret_ends_the_grants_of_its_server(client: Client) -> None:
    async with _connected(client) as (connection, server):
        await server.store.replace_token(ACCOUNT.id, GUARDED.id, "another", utc_now())
        await _is_over(connection)


async def _is_over(connection: Connection) -> None:
    """Check that the access token gets a 401 that says where to sign in, the other one a 400."""
    refused = await connection.call("tools/list")
    while refused.status_code == 200:  # believed for half a second
        refused = await connection.call("tools/list")
    challenge = refused.headers["www-authenticate"]
    assert refused.status_code == 401
    assert 'error="invalid_token"' in challenge
    assert f'resource_metadata="{connection.challenge["resource_metadata"]}"' in challenge
    refresh = connection.tokens["refresh_token"]
    answer = await connection.post_token(grant_type="refresh_token", refresh_token=refresh)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
