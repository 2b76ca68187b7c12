from __future__ import annotations

from tests.support.admin_api import an_account, made, refusal, staged
from tests.support.oauth import granted
from tests.support.stores import Memory


async def test_grants_are_listed_and_revoked_within_the_tenant() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        for tenant in ("t", "u"):
            account = (await an_account(client, tenant_id=tenant)).rpartition("/")[2]
            server = await made(client, f"/integrated-account/{account}/mcp", name="s")
            await granted(stage.store, account, server["id"], f"grant-{tenant}")
        listed = (await client.get("/oauth-grant")).json()["result"]
        bound = await made(client, "/api-token", name="t", kind="admin", tenant_id="t")
        async with stage.as_admin(bound["token"]) as tenant_client:
            own = (await tenant_client.get("/oauth-grant")).json()["result"]
            refusal(await tenant_client.delete("/oauth-grant/grant-u"), 404)
            gone = await tenant_client.delete("/oauth-grant/grant-t")
        left = (await client.get("/oauth-grant")).json()["result"]
        [row, *_] = (await client.get("/log", params={"log_type": "admin"})).json()["result"]
    assert [each["id"] for each in listed] == ["grant-u", "grant-t"]
    assert [each["id"] for each in own] == ["grant-t"]
    assert gone.status_code == 204
    assert [each["id"] for each in left] == ["grant-u"]
    assert row["action"] == "oauth_grant.deleted"
    assert listed[1] == {
        "id": "grant-t",
        "client_id": "https://claude.ai/client.json",
        "client_host": "claude.ai",
        "client_name": "Claude",
        "integrated_account_id": own[0]["integrated_account_id"],
        "mcp_server_id": own[0]["mcp_server_id"],
        "api_token_id": None,
        "scope": "vapi:read",
        "ends_at": None,
        "created_at": own[0]["created_at"],
        "last_used_at": None,
    }
