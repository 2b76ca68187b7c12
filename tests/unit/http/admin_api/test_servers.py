from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.admin_api import PLAIN_CONFIG, an_account, failures, made, refusal, staged
from tests.support.registry import NAMES
from tests.support.stores import Database, Memory
from vapi_mcp.accounts.records import ServerConfig

EVERYTHING_SAID: dict[str, Any] = {
    "methods": ["READ", "create"],
    "tags": ["calls", "analytics"],
    "tools": ["delete_a_vapi_call_by_id"],
    "exclude_tools": ["list_all_vapi_pcaps"],
    "require_api_token_auth": True,
    "tool_exposure": "discovery",
    "structured_content": True,
    "max_result_tokens": 25_000,
    "confirm": "spending",
    "policy": {
        "allowed_prefixes": ["+1", "+44"],
        "blocked_prefixes": ["+1900"],
        "calling_hours": {"from": "09:00", "to": "20:00", "days": ["mon", "fri"]},
        "calls_per_day": 100,
        "customers_per_day": 50,
        "allowed_assistants": ["an-assistant"],
        "allowed_phone_numbers": ["a-number"],
        "max_spend_per_day": 12.5,
        "time_zone": "Europe/Berlin",
    },
    "notes": "inside",
    "inline_media": False,
    "confirm_by": "code",
    "catalogue": "full",
    "only": {
        "assistants": ["5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a10"],
        "metadata": {"client": "acme"},
    },
}


async def test_a_server_is_made_with_its_secret_urls() -> None:
    async with staged(Memory(), public_url="https://mcp.example.com/") as stage:
        async with stage.as_admin() as client:
            account = await an_account(client)
            ends = stage.clock.after(3600)
            server = await made(
                client, f"{account}/mcp", name="s", config=EVERYTHING_SAID, expires_at=ends
            )
    assert server.keys() == {
        *("id", "integrated_account_id", "name", "config", "expires_at", "created_at"),
        *("updated_at", "last_used_at", "token", "url", "sse_url"),
    }
    assert server["config"] == EVERYTHING_SAID
    assert server["url"] == f"https://mcp.example.com/mcp/{server['token']}"
    assert server["sse_url"] == f"https://mcp.example.com/sse/{server['token']}"
    assert server["expires_at"] == ends.replace("+00:00", "Z")


@pytest.mark.parametrize("config", [{}, None, {"methods": None}, {"methods": []}])
async def test_a_server_without_words_exposes_everything(config: Any) -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        server = await made(client, f"{account}/mcp", name="s", config=config)
    assert server["config"] == PLAIN_CONFIG


async def test_nothing_else_shows_a_secret_url() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        server = await made(client, f"{account}/mcp", name="s")
        here = f"{account}/mcp/{server['id']}"
        answers = [
            await client.get(here),
            await client.get(f"{account}/mcp"),
            await client.patch(here, json={"name": "t"}),
            await client.patch(here, json={}),
            await client.get("/log/export"),
        ]
    for response in answers:
        assert response.status_code == 200
        for secret in ("vms_", '"token"', '"url"', '"sse_url"'):
            assert secret not in response.text


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"metods": ["read"]}, {"config.metods": "is unknown; did you mean methods?"}),
        ({"methods": "read"}, {"config.methods": "must be a list"}),
        ({"methods": [7]}, {"config.methods.0": "must be text"}),
        ({"tags": [""]}, {"config.tags.0": "must not be empty"}),
        (
            {"tags": ["\0"]},
            {
                "config.tags.0": (
                    "must not begin with a space, or contain control characters or characters that "
                    "change the direction of text"
                )
            },
        ),
        (
            {"require_api_token_auth": "yes"},
            {"config.require_api_token_auth": "must be true or false"},
        ),
        (
            {"tool_exposure": "some"},
            {"config.tool_exposure": "must be 'all' or 'discovery'"},
        ),
        (
            {"confirm_by": "phone"},
            {"config.confirm_by": "must be 'question', 'code' or 'either'"},
        ),
        ([], {"config": "must be an object"}),
        ({"methods": ["custom"]}, {"config.methods": "no tool matches the method 'custom'"}),
        ({"tags": ["cals"]}, {"config.tags": "no tool has the tag 'cals'"}),
        (
            {"methods": ["fetch"], "tags": ["calls", "cals"]},
            {
                "config.methods": "no tool matches the method 'fetch'",
                "config.tags": "no tool has the tag 'cals'",
            },
        ),
        (
            {"methods": ["delete"], "tags": ["recordings"]},
            {"config": "no tool matches this combination of methods, tags and tools"},
        ),
        ({"tools": ["call"]}, {"config.tools": "there is no tool named 'call'"}),
        (
            {"exclude_tools": ["call", "list_all_vapi_calls"]},
            {"config.exclude_tools": "there is no tool named 'call'"},
        ),
        (
            {"tools": ["list_all_vapi_calls"], "exclude_tools": ["list_all_vapi_calls"]},
            {"config": "no tool matches this combination of methods, tags and tools"},
        ),
    ],
)
async def test_a_config_that_exposes_nothing_or_makes_no_sense_is_refused(
    config: Any, found: dict[str, str]
) -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        created = await client.post(f"{account}/mcp", json={"name": "s", "config": config})
        assert failures(created) == found
        server = await made(client, f"{account}/mcp", name="s")
        changed = await client.patch(f"{account}/mcp/{server['id']}", json={"config": config})
        assert failures(changed) == found
        assert (await client.get(f"{account}/mcp")).json()["result"][0]["config"] == PLAIN_CONFIG


async def test_an_unknown_word_beside_one_that_matches_is_let_pass() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        config = {"methods": ["read", "search"], "tags": ["calls", "crm"]}
        server = await made(client, f"{account}/mcp", name="s", config=config)
    assert server["config"] == {**PLAIN_CONFIG, **config}


@pytest.mark.parametrize(
    ("said", "becomes"),
    [
        ({"tool_exposure": "all"}, {"tool_exposure": "all"}),
        ({"tags": ["calls"]}, {"tags": ["calls"]}),
        ({"methods": None, "tags": None}, {"methods": [], "tags": []}),
        ({"require_api_token_auth": None}, {"require_api_token_auth": False}),
        ({}, {}),
    ],
)
async def test_a_patch_merges_the_config_key_by_key(
    said: dict[str, Any], becomes: dict[str, Any]
) -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        server = await made(client, f"{account}/mcp", name="s", config=EVERYTHING_SAID)
        here = f"{account}/mcp/{server['id']}"
        changed = (await client.patch(here, json={"config": said})).json()
        assert changed["config"] == {**EVERYTHING_SAID, **becomes}
        assert (await client.get(here)).json() == changed


async def test_a_patch_without_a_config_does_not_check_the_scope() -> None:
    """A tool may be gone since; a new name or expiry is welcome all the same."""
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        server = await made(client, f"{account}/mcp", name="s")
        stale = ServerConfig(tags=("a-tag-of-last-year",))
        await stage.store.update_server(
            server["integrated_account_id"], server["id"], lambda s: replace(s, config=stale)
        )
        here = f"{account}/mcp/{server['id']}"
        assert (await client.patch(here, json={"name": "t"})).json()["name"] == "t"
        ends = stage.clock.after(90)
        assert (await client.patch(here, json={"expires_at": ends})).status_code == 200
        assert failures(await client.patch(here, json={"config": {}})).keys() == {"config.tags"}


@pytest.mark.parametrize("ends", [-60.0, 0.0, 55.0])
async def test_a_server_lives_for_a_minute_at_least(ends: float) -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        given = {"name": "s", "expires_at": stage.clock.after(ends)}
        created = await client.post(f"{account}/mcp", json=given)
        assert failures(created) == {"expires_at": "must be at least 60 seconds from now"}
        server = await made(client, f"{account}/mcp", name="s")
        changed = await client.patch(f"{account}/mcp/{server['id']}", json=given)
        assert failures(changed).keys() == {"expires_at"}


@pytest.mark.parametrize("ends", ["tomorrow", "2030-01-01", "2030-01-01T00:00:00", 1900000000, ""])
async def test_an_end_is_a_moment_with_its_zone(ends: object) -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        created = await client.post(f"{account}/mcp", json={"name": "s", "expires_at": ends})
    assert "such as 2027-01-31T12:00:00Z" in failures(created)["expires_at"]


async def test_null_takes_an_end_away() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        ends = stage.clock.after(90)
        server = await made(client, f"{account}/mcp", name="s", expires_at=ends)
        here = f"{account}/mcp/{server['id']}"
        kept = (await client.patch(here, json={"name": "t"})).json()
        assert kept["expires_at"] == server["expires_at"]
        assert (await client.patch(here, json={"expires_at": None})).json()["expires_at"] is None


async def test_a_server_that_has_expired_is_not_there(place: Memory | Database) -> None:
    async with staged(place) as stage, stage.as_admin() as client:
        account = await an_account(client)
        given = {"name": "s", "expires_at": stage.clock.after(90)}
        server = await made(client, f"{account}/mcp", **given)
        stage.clock.ahead = timedelta(seconds=91)
        here = f"{account}/mcp/{server['id']}"
        assert (await client.get(f"{account}/mcp")).json()["result"] == []
        for answered in (
            await client.get(here),
            await client.patch(here, json={"expires_at": None}),
            await client.post(f"{here}/rotate"),
            await client.delete(here),
        ):
            assert refusal(answered, 404) == "there is no server with this id"


@pytest.mark.parametrize(
    ("query", "epoch"), [("", 1), ("?keep_links=false", 1), ("?keep_links=true", 0)]
)
async def test_a_rotation_ends_media_links_unless_it_is_told_to_keep_them(
    query: str, epoch: int
) -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        server = await made(client, f"{account}/mcp", name="all")
        rotated = await client.post(f"{account}/mcp/{server['id']}/rotate{query}")
        kept = await stage.store.get_server(server["integrated_account_id"], server["id"])
        [entry, *_] = (await client.get("/log?action=server.rotated")).json()["result"]
    assert (rotated.status_code, kept and kept.links_epoch) == (200, epoch)
    assert entry["arguments"]["keep_links"] is (epoch == 0)


async def test_a_rotation_refuses_what_it_does_not_know() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        server = await made(client, f"{account}/mcp", name="all")
        for query in ("keep_links=yes", "keeplinks=true"):
            refused = await client.post(f"{account}/mcp/{server['id']}/rotate?{query}")
            assert failures(refused).keys() == {query.partition("=")[0]}


async def test_a_scope_is_previewed_for_an_account() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        everything = (await client.get(f"{account}/tools")).json()
        assert everything["result_count"] == len(everything["result"]) == len(NAMES)
        for query in (
            "methods=READ&tags=calls",
            "methods=list,get&tags=calls",
            "methods=list&methods=get&tags=calls&has_description=true",
        ):
            some = (await client.get(f"{account}/tools?{query}")).json()
            assert {tool["method"] for tool in some["result"]} == {"list", "get"}
            assert all("calls" in tool["tags"] for tool in some["result"])
        refused = await client.get(f"{account}/tools?methods=custom&tags=cals")
        assert failures(refused).keys() == {"methods", "tags"}


@pytest.mark.parametrize(
    ("policy", "path", "message"),
    [
        ({"allowed_prefix": ["+1"]}, "config.policy.allowed_prefix", "allowed_prefixes"),
        ({"allowed_prefixes": ["44"]}, "config.policy.allowed_prefixes.0", "such as +44"),
        ({"blocked_prefixes": "+1"}, "config.policy.blocked_prefixes", "must be a list"),
        ({"calling_hours": {"from": "9", "to": "20:00"}}, "config.policy.calling_hours.from", ""),
        ({"calling_hours": {"from": "09:00"}}, "config.policy.calling_hours.to", "is required"),
        ({"calls_per_day": -1}, "config.policy.calls_per_day", ""),
        ({"max_spend_per_day": "5"}, "config.policy.max_spend_per_day", ""),
        ({"time_zone": "Berlin"}, "config.policy.time_zone", "Europe/Berlin"),
        ({"time_zone": "../zone.tab"}, "config.policy.time_zone", "Europe/Berlin"),
        ("strict", "config.policy", "must be an object"),
    ],
)
async def test_a_policy_that_is_wrong_is_refused_where_it_is_wrong(
    policy: Any, path: str, message: str
) -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        answer = await client.post(
            f"{account}/mcp", json={"name": "s", "config": {"policy": policy}}
        )
        [(where, what)] = failures(answer).items()
        assert where == path
        assert message in what


async def test_a_policy_is_replaced_whole_and_an_empty_one_is_none(
    place: Memory | Database,
) -> None:
    async with staged(place) as stage, stage.as_admin() as client:
        account = await an_account(client)
        server = await made(client, f"{account}/mcp", name="s", config=EVERYTHING_SAID)
        here = f"{account}/mcp/{server['id']}"
        for given, kept in (
            ({"calls_per_day": 1}, {"calls_per_day": 1}),
            ({}, None),
            ({"max_spend_per_day": 3}, {"max_spend_per_day": 3.0}),
            (None, None),
        ):
            await client.patch(here, json={"config": {"policy": given}})
            config = (await client.get(here)).json()["config"]
            assert config == {**EVERYTHING_SAID, "policy": kept}
