"""What a server is kept to, by the admin API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.admin_api import an_account, failures, made, staged
from tests.support.stores import Database, Memory

ID, OTHER = "5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a10", "5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a11"
ACME: dict[str, Any] = {"assistants": [ID], "metadata": {"client": "acme"}}


async def test_a_server_shows_what_it_is_kept_to_until_null_opens_it(
    place: Memory | Database,
) -> None:
    async with staged(place) as stage, stage.as_admin() as client:
        account = await an_account(client)
        given = {"assistants": [OTHER.upper(), ID, ID], "metadata": {"client": "acme"}}
        server = await made(client, f"{account}/mcp", name="s", config={"only": given})
        here = f"{account}/mcp/{server['id']}"
        assert server["config"]["only"] == {**ACME, "assistants": [ID, OTHER]}
        for changes, kept in (
            ({"methods": ["read"]}, {**ACME, "assistants": [ID, OTHER]}),
            ({"only": {"squads": [ID]}}, {"squads": [ID]}),
            ({"only": None}, None),
        ):
            await client.patch(here, json={"config": changes})
            assert (await client.get(here)).json()["config"]["only"] == kept


@pytest.mark.parametrize(
    ("only", "path", "message"),
    [
        ({}, "config.only", "null is the whole organisation"),
        ({"assistants": None}, "config.only", "must name assistants, phone_numbers, squads"),
        ({"assistants": []}, "config.only.assistants", "must name at least one"),
        ({"assistants": [ID] * 101}, "config.only.assistants", "must name at most 100"),
        ({"assistants": ID}, "config.only.assistants", "must be a list"),
        ({"squads": ["acme"]}, "config.only.squads.0", "must be the id of an object"),
        ({"phone_numbers": ["+14155550123"]}, "config.only.phone_numbers.0", "must be the id"),
        ({"phone_numbers": [f"{ID}\n"]}, "config.only.phone_numbers.0", "must be the id"),
        ({"phoneNumbers": [ID]}, "config.only.phoneNumbers", "did you mean phone_numbers?"),
        ({"metadata": {}}, "config.only.metadata", "must have at least one pair"),
        ({"metadata": {"client": 1}}, "config.only.metadata.client", "must be text"),
        ({"metadata": {"client": ""}}, "config.only.metadata.client", "must not be empty"),
        ({"metadata": dict.fromkeys("abcdefghijk", "x")}, "config.only.metadata", "at most 10"),
        ([ID], "config.only", "must be an object"),
    ],
)
async def test_what_names_no_object_is_refused_where_it_is_wrong(
    only: Any, path: str, message: str
) -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        new = {"name": "s", "config": {"only": only}}
        [(where, what)] = failures(await client.post(f"{account}/mcp", json=new)).items()
        assert where == path
        assert message in what


async def test_a_tenants_administrator_narrows_a_server_but_does_not_widen_it(
    place: Memory | Database,
) -> None:
    async with staged(place) as stage, stage.as_admin() as client:
        account = await an_account(client, tenant_id="acme")
        server = await made(client, f"{account}/mcp", name="s", config={"only": ACME})
        here = f"{account}/mcp/{server['id']}"
        async with stage.as_admin(await stage.new_token(tenant_id="acme")) as tenant:
            for only in (None, {"assistants": [ID, OTHER]}, {"metadata": {"client": "acme"}}):
                changed = await tenant.patch(here, json={"config": {"only": only}})
                added = await tenant.post(
                    f"{account}/mcp", json={"name": "t", "config": {"only": only}}
                )
                for refused in (changed, added):
                    assert refused.status_code == 403
                    assert "can narrow what a server is kept to" in refused.json()["message"]
            assert (await client.get(here)).json()["config"]["only"] == ACME
            narrower = {**ACME, "metadata": {"client": "acme", "area": "north"}}
            changed = await tenant.patch(here, json={"config": {"only": narrower}})
            assert changed.json()["config"]["only"] == narrower
            same = {"name": "t", "config": {"only": narrower}}
            assert (await tenant.post(f"{account}/mcp", json=same)).status_code == 201


async def test_a_tenants_administrator_makes_any_server_where_none_is_kept() -> None:
    async with staged(Memory()) as stage:
        async with stage.as_admin(await stage.new_token(tenant_id="acme")) as tenant:
            account = await an_account(tenant)
            for only in (None, ACME, None):
                await made(tenant, f"{account}/mcp", name="s", config={"only": only})
