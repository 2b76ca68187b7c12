"""The life of an account and a server, on every store."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.admin_api import ACCOUNTS, an_account, made, staged
from tests.support.stores import Database, Memory, access_to
from vapi_mcp.errors import AccessError


async def test_an_account_and_its_servers_live_and_end(place: Memory | Database) -> None:
    async with staged(place) as stage, stage.as_admin() as client:
        account = await an_account(client, tenant_id="t", region="eu")
        server = await made(client, f"{account}/mcp", name="all", config={"methods": ["read"]})
        token = server.pop("token")
        assert server.pop("url").endswith(f"/mcp/{token}")
        assert server.pop("sse_url").endswith(f"/sse/{token}")
        here = f"{account}/mcp/{server['id']}"
        assert (await client.get(here)).json() == server
        assert await _listed(client, f"{account}/mcp") == [server]
        assert (await stage.access.resolve(token)).server.id == server["id"]

        changed = await client.patch(here, json={"name": "some", "config": {"tags": ["calls"]}})
        config = {**server["config"], "tags": ["calls"]}
        assert _timeless(changed.json()) == _timeless({**server, "name": "some", "config": config})

        rotated = (await client.post(f"{here}/rotate")).json()
        assert rotated["url"] == f"http://localhost:8080/mcp/{rotated['token']}"
        assert (await stage.access.resolve(rotated["token"])).server.id == server["id"]

        assert (await client.delete(here)).status_code == 204
        assert (await client.get(here)).status_code == 404
        other = await made(client, f"{account}/mcp", name="more")
        assert (await client.delete(account)).status_code == 204
        assert (await client.get(account)).status_code == 404
        assert await _listed(client, ACCOUNTS) == []
        for dead in (token, other["token"]):
            with pytest.raises(AccessError):
                await access_to(stage.store).resolve(dead)


async def test_every_change_is_in_the_log(place: Memory | Database) -> None:
    async with staged(place) as stage, stage.as_admin() as client:
        account = await an_account(client, tenant_id="t")
        await client.patch(account, json={"api_key": "another-key", "region": "us"})
        server = await made(client, f"{account}/mcp", name="all")
        here = f"{account}/mcp/{server['id']}"
        await client.patch(here, json={"name": "x"})
        await client.post(f"{here}/rotate")
        await client.delete(here)
        token = await made(client, "/api-token", name="second")
        await client.delete(f"/api-token/{token['id']}")
        await client.delete(account)
        found = await _listed(client, "/log?log_type=admin&limit=9")
        text = (await client.get("/log/export")).text
    assert [(entry["action"], entry["http_status_code"]) for entry in found] == [
        ("account.deleted", 204),
        ("api_token.deleted", 204),
        ("api_token.created", 201),
        ("server.deleted", 204),
        ("server.rotated", 200),
        ("server.updated", 200),
        ("server.created", 201),
        ("account.updated", 200),
        ("account.created", 201),
    ]
    about = [entry["mcp_server_id"] for entry in found[3:7]]
    assert about == [server["id"]] * 4
    assert {entry["tenant_id"] for entry in found[3:]} == {"t"}
    assert found[7]["arguments"] == {
        "name": "Acme",
        "tenant_id": "t",
        "region": "us",
        "base_url": None,
        "changed": ["api_key", "region"],
    }
    assert found[5]["arguments"] == {
        "name": "x",
        "config": server["config"],
        "expires_at": None,
        "changed": ["name"],
    }
    assert len({entry["actor"] for entry in found}) == 1
    assert "another-key" not in text
    assert server["token"] not in text
    assert token["token"] not in text


def _timeless(server: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in server.items() if name != "updated_at"}


async def _listed(client: Any, path: str) -> list[dict[str, Any]]:
    return (await client.get(path)).json()["result"]
