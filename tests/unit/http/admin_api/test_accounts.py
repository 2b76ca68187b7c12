from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from tests.support.admin_api import ACCOUNTS, an_account, failures, made, refusal, staged
from tests.support.stores import Memory
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import Account, Upstreams
from vapi_mcp.admin.admin import COMMAND_LINE
from vapi_mcp.admin.base_urls import BaseUrls
from vapi_mcp.admin.requests import AccountChanges
from vapi_mcp.errors import AdminError
from vapi_mcp.security.credential import Credential


async def test_a_key_is_tried_where_the_account_is() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await made(client, ACCOUNTS, name="Acme", api_key="the-key", region="eu")
    [tried] = stage.keys.tried
    assert (tried.base_url, tried.credential.secret) == ("https://api.eu.vapi.ai", "the-key")
    assert account.keys() == {
        *("id", "name", "tenant_id", "region", "base_url", "status", "last_error"),
        *("created_at", "updated_at"),
    }
    assert account["status"] == "active"
    assert account["created_at"] == account["updated_at"]


async def test_nothing_is_made_with_a_key_that_is_not_taken() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        refused = await client.post(ACCOUNTS, json={"name": "A", "api_key": "refused"})
        assert "Nothing was created." in failures(refused)["api_key"]
        away = await client.post(ACCOUNTS, json={"name": "A", "api_key": "away"})
        assert "Nothing was created; try again." in refusal(away, 502)
        assert (await client.get(ACCOUNTS)).json()["result"] == []


@pytest.mark.parametrize(
    "change", [{"api_key": "refused"}, {"api_key": "refused", "region": "eu", "name": "New"}]
)
async def test_nothing_changes_with_a_key_that_is_not_taken(change: dict[str, Any]) -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        before = (await client.get(account)).json()
        refused = await client.patch(account, json=change)
        assert "Nothing was changed." in failures(refused)["api_key"]
        away = await client.patch(account, json={**change, "api_key": "away"})
        assert "Nothing was changed; try again." in refusal(away, 502)
        assert (await client.get(account)).json() == before


async def test_only_what_a_key_depends_on_is_tried_again() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        await client.patch(account, json={"name": "New", "tenant_id": "t"})
        assert len(stage.keys.tried) == 1
        await client.patch(account, json={"region": "eu"})
        assert stage.keys.tried[1].base_url == "https://api.eu.vapi.ai"
        await client.patch(account, json={"api_key": "k2"})
        assert stage.keys.tried[2].credential.secret == "k2"


async def test_a_key_that_is_taken_makes_an_account_active_again() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        [kept] = (await stage.administration.accounts.list(COMMAND_LINE, Window())).items
        await stage.access.note_answer(kept, 401, "Invalid Key.")
        asleep = (await client.get(account)).json()
        assert (asleep["status"], asleep["last_error"]) == ("needs_reauth", "Invalid Key.")
        renamed = (await client.patch(account, json={"name": "New"})).json()
        assert renamed["status"] == "needs_reauth"
        awake = (await client.patch(account, json={"api_key": "new-key"})).json()
        assert (awake["status"], awake["last_error"]) == ("active", None)


async def test_a_region_and_a_base_url_replace_each_other() -> None:
    hosts = ("vapi.example.com",)
    async with staged(Memory(), allowed_upstream_hosts=hosts) as stage:
        async with stage.as_admin() as client:
            account = await an_account(client, region="eu")
            places = [
                await _placed(client, account, base_url="https://vapi.example.com/v1/"),
                await _placed(client, account, region="us"),
                await _placed(client, account, region=None),
                await _placed(client, account, base_url="https://api.eu.vapi.ai"),
                await _placed(client, account, base_url=None),
            ]
            both = {"region": "us", "base_url": "https://api.vapi.ai"}
            assert failures(await client.patch(account, json=both)).keys() == {"base_url"}
    assert places == [
        (None, "https://vapi.example.com/v1"),
        ("us", None),
        (None, None),
        (None, "https://api.eu.vapi.ai"),
        (None, None),
    ]


async def _placed(client: Any, account: str, **change: str | None) -> tuple[Any, Any]:
    changed = (await client.patch(account, json=change)).json()
    return changed["region"], changed["base_url"]


async def test_a_key_tried_elsewhere_is_not_kept_here() -> None:
    """Two changes at once: the second was tried with what the first has replaced."""
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        account_id = account.rpartition("/")[2]

        async def meanwhile(tried: Account) -> None:
            await stage.store.update_account(
                tried.id, lambda kept: replace(kept, credential=Credential("somebody-else's"))
            )

        stage.keys.meanwhile = meanwhile
        with pytest.raises(AdminError) as conflict:
            await stage.administration.accounts.update(
                COMMAND_LINE, account_id, AccountChanges(region="eu")
            )
        assert conflict.value.status == 409
        assert (await client.get(account)).json()["region"] is None


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://api.vapi.ai.example.com",
        "https://api.vapi.ai@example.com",
        "http://api.vapi.ai",
        "https://api.vapi.ai:8443",
        "http://localhost:8900",
        "http://127.0.0.1:8900",
        "http://[::1]:8900",
        "http://169.254.169.254",
        "ftp://api.vapi.ai",
        "https://api.vapi.ai?x=1",
        "https://api.vapi.ai#x",
        "https://api.vapi.ai\\@example.com",
        "https://api.vapi.ai:x",
        "//api.vapi.ai",
        "api.vapi.ai",
    ],
)
async def test_a_base_url_leads_to_vapi_only(url: str) -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        response = await client.post(ACCOUNTS, json={"name": "A", "api_key": "k", "base_url": url})
        assert failures(response).keys() == {"base_url"}
        assert stage.keys.tried == []


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("http://localhost:8900", True),
        ("http://127.0.0.1:8900/", True),
        ("http://[::1]:8900", True),
        ("http://vapi.internal:9000/api", True),
        ("https://MIRROR.example.com:444", True),
        ("https://mirror.example.com", False),
        ("http://10.0.0.1", False),
        ("http://localhost.example.com", False),
    ],
)
async def test_settings_allow_other_base_urls(url: str, *, is_allowed: bool) -> None:
    given = {
        "allow_private_upstream": True,
        "allowed_upstream_hosts": "vapi.internal, mirror.example.com:444",
    }
    async with staged(Memory(), **given) as stage, stage.as_admin() as client:
        response = await client.post(ACCOUNTS, json={"name": "A", "api_key": "k", "base_url": url})
    assert response.status_code == (201 if is_allowed else 400)


@pytest.mark.parametrize("key", ["", "two words", "line\n", "ключ", "x" * 5000, None, 7])
async def test_a_key_is_visible_ascii(key: object) -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        response = await client.post(ACCOUNTS, json={"name": "A", "api_key": key})
    assert failures(response).keys() == {"api_key"}


@pytest.mark.parametrize(
    ("url", "settings"),
    [
        ("http://127.0.0.1:8900", {"VAPI_MCP_ALLOW_PRIVATE_UPSTREAM"}),
        ("https://mirror.example.com", {"VAPI_MCP_ALLOWED_UPSTREAM_HOSTS"}),
        (
            "http://10.0.0.7:8900",
            {"VAPI_MCP_ALLOWED_UPSTREAM_HOSTS", "VAPI_MCP_ALLOW_PRIVATE_UPSTREAM"},
        ),
    ],
)
def test_refused_base_url_names_every_setting_that_is_missing(url: str, settings: set[str]) -> None:
    with pytest.raises(AdminError) as refused:
        BaseUrls(Upstreams()).checked(url)
    assert set(re.findall(r"VAPI_MCP_[A-Z_]+", refused.value.message)) == settings
