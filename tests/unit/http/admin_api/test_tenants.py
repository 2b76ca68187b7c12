"""A tenant's administrator reaches nothing of another tenant, by any id, route or cursor."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx
import pytest

from tests.support.admin_api import ACCOUNTS, Stage, an_account, failures, made, refusal, staged
from tests.support.oauth import granted
from tests.support.stores import Database, Memory
from tests.unit.store.test_object_changes import change
from vapi_mcp.http.admin_api.operation import AnyOperation
from vapi_mcp.http.admin_api.operations import OPERATIONS
from vapi_mcp.http.admin_api.queries import Paged


@dataclass(frozen=True, slots=True)
class Tenant:
    """What one tenant has; `admin` is its administrator's secret."""

    name: str
    admin: str
    account: str
    server: str
    api_token: str
    change: str
    grant: str

    def path(self, operation: AnyOperation) -> str:
        """Return an operation's path with this tenant's ids."""
        owns = {"api-token": self.api_token, "change": self.change, "oauth-grant": self.grant}
        own = owns.get(operation.path.split("/")[1], self.account)
        return operation.path.format(id=own, server_id=self.server)


@asynccontextmanager
async def two_tenants(place: Memory | Database) -> AsyncGenerator[tuple[Stage, Tenant, Tenant]]:
    async with staged(place) as stage:
        yield stage, await _tenant(stage, "ours"), await _tenant(stage, "theirs")


async def _tenant(stage: Stage, name: str) -> Tenant:
    admin = await stage.new_token(tenant_id=name)
    async with stage.as_admin(admin) as client:
        path = await an_account(client)
        account = path.rpartition("/")[2]
        server = (await made(client, f"{path}/mcp", name=name))["id"]
        bound_to = {"integrated_account_id": account, "mcp_server_id": server}
        token = await made(client, "/api-token", name=name, **bound_to)
        for grant in (name, f"{name}-first"):
            await granted(stage.store, account, server, f"grant-{grant}")
    one = change(name, tenant_id=name, account_id=account, server_id=server)
    await stage.store.add_change(one)
    return Tenant(name, admin, account, server, token["id"], one.id, f"grant-{name}")


async def _hidden(operation: AnyOperation, us: httpx.AsyncClient, them: Tenant) -> None:
    body = {"name": "ours now"} if operation.body else None
    response = await us.request(operation.method, them.path(operation), json=body)
    assert "there is no" in refusal(response, 404)


async def _own_only(operation: AnyOperation, us: httpx.AsyncClient, them: Tenant) -> None:
    response = await us.get(operation.path)
    assert response.status_code == 200
    assert response.text
    theirs_own = (them.account, them.server, them.api_token, them.change, them.grant, them.name)
    for theirs in theirs_own:
        assert theirs not in response.text


async def _own_log_only(operation: AnyOperation, us: httpx.AsyncClient, them: Tenant) -> None:
    await _own_only(operation, us, them)
    for name, value in (
        ("tenant_id", them.name),
        ("integrated_account_id", them.account),
        ("mcp_server_id", them.server),
    ):
        response = await us.get(operation.path, params={name: value})
        assert response.status_code == 200
        assert them.account not in response.text


async def _makes_own(operation: AnyOperation, us: httpx.AsyncClient, them: Tenant) -> None:
    body = {"name": "new", "api_key": "k"}
    made_here = await made(us, operation.path, **body)
    assert made_here["tenant_id"] == "ours"
    response = await us.post(operation.path, json={**body, "tenant_id": them.name})
    assert failures(response).keys() == {"tenant_id"}


async def _makes_own_tokens(operation: AnyOperation, us: httpx.AsyncClient, them: Tenant) -> None:
    for kind in ("admin", "mcp"):
        token = await made(us, operation.path, name="new", kind=kind)
        assert token["tenant_id"] == "ours"
    refused: dict[str, dict[str, Any]] = {
        "tenant_id": {"tenant_id": them.name},
        "integrated_account_id": {
            "integrated_account_id": them.account,
            "mcp_server_id": them.server,
        },
    }
    for path, bound_to in refused.items():
        response = await us.post(operation.path, json={"name": "new", **bound_to})
        assert failures(response).keys() == {path}


async def _hidden_usage(operation: AnyOperation, us: httpx.AsyncClient, them: Tenant) -> None:
    response = await us.get(operation.path, params={"integrated_account_id": them.account})
    assert refusal(response, 404) == "there is no account with this id"


Case: TypeAlias = Callable[[AnyOperation, httpx.AsyncClient, Tenant], Awaitable[None]]
CASES: dict[str, Case] = {
    "create_account": _makes_own,
    "list_accounts": _own_only,
    "get_account": _hidden,
    "update_account": _hidden,
    "delete_account": _hidden,
    "preview_tools": _hidden,
    "create_server": _hidden,
    "list_servers": _hidden,
    "get_server": _hidden,
    "update_server": _hidden,
    "delete_server": _hidden,
    "rotate_server": _hidden,
    "list_log": _own_log_only,
    "list_changes": _own_log_only,
    "get_change": _hidden,
    "restore_change": _hidden,
    "export_log": _own_log_only,
    "get_usage": _hidden_usage,
    "create_api_token": _makes_own_tokens,
    "list_api_tokens": _own_only,
    "delete_api_token": _hidden,
    "list_oauth_grants": _own_only,
    "delete_oauth_grant": _hidden,
}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)
async def test_an_operation_keeps_to_its_tenant(
    operation: AnyOperation, place: Memory | Database
) -> None:
    async with two_tenants(place) as (stage, ours, theirs):
        async with stage.as_admin(ours.admin) as us, stage.as_admin(theirs.admin) as them:
            before = await _everything(them, theirs)
            await CASES[operation.name](operation, us, theirs)
            assert await _everything(them, theirs) == before


@pytest.mark.parametrize(
    "operation", [o for o in OPERATIONS if "{server_id}" in o.path], ids=lambda o: o.name
)
async def test_a_server_is_not_reached_through_another_account(operation: AnyOperation) -> None:
    async with two_tenants(Memory()) as (stage, ours, theirs):
        path = operation.path.format(id=ours.account, server_id=theirs.server)
        body = {"name": "ours now"} if operation.body else None
        async with stage.as_admin(ours.admin) as us:
            assert "there is no server" in refusal(
                await us.request(operation.method, path, json=body), 404
            )


@pytest.mark.parametrize(
    "operation", [o for o in OPERATIONS if issubclass(o.query, Paged)], ids=lambda o: o.name
)
async def test_a_cursor_opens_for_its_tenant_only(
    operation: AnyOperation, place: Memory | Database
) -> None:
    async with two_tenants(place) as (stage, ours, theirs):
        path = theirs.path(operation)
        async with stage.as_admin(theirs.admin) as them:
            await an_account(them)
            await made(them, f"{ACCOUNTS}/{theirs.account}/mcp", name="second")
            await stage.store.add_change(change("second", tenant_id="theirs"))
            page = (await them.get(path, params={"limit": 1})).json()
            cursor = page["next_cursor"]
            assert (await them.get(path, params={"next_cursor": cursor})).status_code == 200
        own_path = ours.path(operation)
        for token, place_of_list in ((ours.admin, own_path), (stage.token, path)):
            async with stage.as_admin(token) as other:
                response = await other.get(place_of_list, params={"next_cursor": cursor})
                assert failures(response).keys() == {"next_cursor"}


async def test_a_tenant_cannot_give_its_account_away() -> None:
    async with two_tenants(Memory()) as (stage, ours, _):
        async with stage.as_admin(ours.admin) as us:
            here = f"{ACCOUNTS}/{ours.account}"
            for tenant_id in ("theirs", None):
                response = await us.patch(here, json={"tenant_id": tenant_id})
                assert failures(response).keys() == {"tenant_id"}
            assert (await us.patch(here, json={"tenant_id": "ours"})).status_code == 200


async def _everything(client: httpx.AsyncClient, tenant: Tenant) -> list[Any]:
    paths = (ACCOUNTS, f"{ACCOUNTS}/{tenant.account}/mcp", "/api-token", "/log")
    return [(await client.get(path)).json()["result"] for path in paths]
