from __future__ import annotations

from typing import Any

import pytest

from tests.support.admin_api import an_account, failures, made, refusal, staged
from tests.support.stores import Memory


async def test_an_api_token_is_shown_once() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        token = await made(client, "/api-token", name="second")
        secret = token.pop("token")
        assert secret.startswith("vma_")
        listed = await client.get("/api-token")
        assert token in listed.json()["result"]
        assert secret not in listed.text
    assert token.keys() == {
        *("id", "name", "kind", "tenant_id", "integrated_account_id", "mcp_server_id"),
        *("read_only", "created_at", "last_used_at"),
    }
    assert token["kind"] == "mcp"


async def test_an_admin_token_opens_the_api_until_it_is_deleted() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        token = await made(client, "/api-token", name="second", kind="admin")
        async with stage.as_admin(token["token"]) as second:
            assert (await second.get("/api-token")).status_code == 200
            assert (await client.delete(f"/api-token/{token['id']}")).status_code == 204
            refusal(await second.get("/api-token"), 401)
        refusal(await client.delete(f"/api-token/{token['id']}"), 404)


async def test_a_token_does_not_lock_its_owner_out() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        [own] = (await client.get("/api-token")).json()["result"]
        assert "cannot delete itself" in refusal(
            await client.delete(f"/api-token/{own['id']}"), 409
        )
        assert (await client.get("/api-token")).status_code == 200


async def test_a_token_is_bound_to_what_is_there() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = (await an_account(client, tenant_id="t")).rpartition("/")[2]
        other = (await an_account(client)).rpartition("/")[2]
        server = (await made(client, f"/integrated-account/{account}/mcp", name="s"))["id"]
        bound_to = {"integrated_account_id": account, "mcp_server_id": server}
        token = await made(client, "/api-token", name="n", tenant_id="t", **bound_to)
        assert {**token, **bound_to, "tenant_id": "t"} == token
        refused: list[tuple[str, dict[str, Any]]] = [
            ("integrated_account_id", {"integrated_account_id": "unknown"}),
            ("integrated_account_id", {"mcp_server_id": server}),
            ("integrated_account_id", {"tenant_id": "u", "integrated_account_id": account}),
            ("mcp_server_id", {"integrated_account_id": other, "mcp_server_id": server}),
            ("mcp_server_id", {"integrated_account_id": account, "mcp_server_id": "unknown"}),
            ("kind", {"kind": "admin", "integrated_account_id": account}),
            ("kind", {"kind": "root"}),
        ]
        for path, given in refused:
            response = await client.post("/api-token", json={"name": "n", **given})
            assert failures(response).keys() == {path}


@pytest.mark.parametrize("bound_to", ["account", "server"])
async def test_a_token_goes_with_what_it_is_bound_to(bound_to: str) -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        server = (await made(client, f"{account}/mcp", name="s"))["id"]
        ids = {"integrated_account_id": account.rpartition("/")[2], "mcp_server_id": server}
        token = await made(client, "/api-token", name="n", **ids)
        gone = account if bound_to == "account" else f"{account}/mcp/{server}"
        assert (await client.delete(gone)).status_code == 204
        listed = (await client.get("/api-token")).json()["result"]
    assert token["id"] not in [each["id"] for each in listed]


async def test_a_read_only_token_reads_and_changes_nothing() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        token = await made(client, "/api-token", name="eyes", kind="admin", read_only=True)
        async with stage.as_admin(token["token"]) as second:
            assert len((await second.get("/api-token")).json()["result"]) == 2
            told = refusal(await second.post("/api-token", json={"name": "more"}), 403)
            assert "read-only" in told
            refusal(await second.delete(f"/api-token/{token['id']}"), 403)


async def test_only_an_admin_token_can_be_read_only() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        answer = await client.post("/api-token", json={"name": "x", "read_only": True})
        [failure] = answer.json()["details"]["failures"]
        assert failure["path"] == "read_only"
        assert "set its config.methods to read" in failure["message"]
