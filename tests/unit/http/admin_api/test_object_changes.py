"""Changes of objects over the admin API: listed, shown without secrets, and restored."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.support.admin_api import Stage, an_account, failures, made, refusal, staged
from tests.support.stores import Memory
from tests.support.upstream import FakeUpstream
from tests.unit.store.test_object_changes import change
from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.errors import UpstreamFailed
from vapi_mcp.invocation.writes.undo.change import ObjectChange

BEFORE = {
    "id": "a1",
    "name": "Anna",
    "server": {"url": "https://x.test", "headers": {"X-Key": "hidden-1"}},
}
AFTER = {
    "id": "a1",
    "name": "Otto",
    "server": {"url": "https://x.test", "headers": {"X-Key": "hidden-2"}},
}


@asynccontextmanager
async def kept(
    **values: Any,
) -> AsyncGenerator[tuple[Stage, httpx.AsyncClient, FakeUpstream, ObjectChange]]:
    """Keep a change of an account's server, whose object is as the change left it."""
    vapi = FakeUpstream({"GET /assistant/a1": AFTER, "PATCH /assistant/a1": BEFORE})
    async with staged(Memory(), vapi) as stage, stage.as_admin() as client:
        path = await an_account(client)
        server = await made(client, f"{path}/mcp", name="s", config={"methods": ["read"]})
        given: dict[str, Any] = {
            "account_id": path.rpartition("/")[2],
            "server_id": server["id"],
            "before": BEFORE,
            "after": AFTER,
            "tenant_id": None,
            **values,
        }
        kept_change = change(**given)
        await stage.store.add_change(kept_change)
        yield stage, client, vapi, kept_change


def head(of: ObjectChange) -> dict[str, Any]:
    return {
        "id": of.id,
        "created_at": "2026-03-01T12:30:15.123456Z",
        "expires_at": "2026-03-02T12:30:15.123456Z",
        "tenant_id": None,
        "integrated_account_id": of.account_id,
        "mcp_server_id": of.server_id,
        "tool_name": "update_a_vapi_assistant_by_id",
        "effect": "update",
        "resource": "assistants",
        "upstream_id": "a1",
        "kept": "whole",
        "outcome": "done",
        "token_id": None,
        "token_name": None,
        "restores": None,
        "restored_by": None,
    }


async def test_changes_are_listed_without_their_objects() -> None:
    async with kept() as (_, client, _, one):
        listed = (await client.get("/change")).json()
    assert listed == {
        "result": [head(one)],
        "next_cursor": None,
        "prev_cursor": None,
        "result_count": 1,
    }


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("upstream_id=a1", 1),
        ("upstream_id=a2", 0),
        ("tool_name=update_a_vapi_assistant_by_id", 1),
        ("integrated_account_id=other", 0),
        ("mcp_server_id=other", 0),
        ("tenant_id=other", 0),
    ],
)
async def test_changes_are_filtered(query: str, count: int) -> None:
    async with kept() as (_, client, _, _):
        assert (await client.get(f"/change?{query}")).json()["result_count"] == count


async def test_a_change_is_shown_with_its_differences_and_stars_for_secrets() -> None:
    async with kept() as (stage, client, _, one):
        row = LogEntry(
            log_type="mcp",
            status=200,
            created_at=one.created_at,
            account_id=one.account_id,
            change_id=one.id,
            client_name="claude-code",
            client_version="2.0",
        )
        await stage.log.add_entries([row])
        shown = (await client.get(f"/change/{one.id}")).json()
    starred = {"url": "https://x.test", "headers": {"X-Key": "***"}}
    assert shown == head(one) | {
        "client_name": "claude-code",
        "client_version": "2.0",
        "diff": [
            {"path": "name", "before": "Anna", "after": "Otto"},
            {"path": "server.headers.X-Key", "before": "***", "after": "***"},
        ],
        "before": {**BEFORE, "server": starred},
        "after": {**AFTER, "server": starred},
    }


async def test_a_restore_sends_one_update_past_the_scope_and_is_in_the_log() -> None:
    async with kept() as (_, client, vapi, one):
        restored = (await client.post(f"/change/{one.id}/restore")).json()
        again = (await client.get(f"/change/{one.id}")).json()
        log = (await client.get("/log?action=change.restored")).json()["result"]
    assert restored == {
        "id": one.id,
        "upstream_id": "a1",
        "change_id": restored["change_id"],
        "referrers": [],
        "notes": restored["notes"],
    }
    assert restored["notes"][-1].startswith(f"change: {restored['change_id']}, restorable until")
    assert again["restored_by"] == restored["change_id"]
    sent = [r for r, _ in vapi.requests if r.method == "PATCH"]
    assert [(r.path, r.body) for r in sent] == [
        (
            "/assistant/a1",
            b'{"name":"Anna","server":{"url":"https://x.test","headers":{"X-Key":"hidden-1"}}}',
        )
    ]
    assert [(e["change_id"], e["arguments"]) for e in log] == [
        (restored["change_id"], {"id": one.id, "force": False})
    ]


async def test_an_object_that_changed_since_is_a_409_unless_forced() -> None:
    async with kept() as (_, client, vapi, one):
        vapi.answers["GET /assistant/a1"] = {**AFTER, "name": "Mila"}
        refused = await client.post(f"/change/{one.id}/restore")
        assert "The object changed since, in name." in refusal(refused, 409)
        forced = await client.post(f"/change/{one.id}/restore?force=true")
    assert forced.status_code == 200


async def test_a_vapi_that_does_not_answer_is_a_502() -> None:
    async with kept() as (_, client, vapi, one):
        vapi.failure = UpstreamFailed("Vapi did not answer.", status=504)
        assert "Vapi did not answer." in refusal(
            await client.post(f"/change/{one.id}/restore"), 502
        )


async def test_the_policy_of_the_server_holds_for_a_restore() -> None:
    values: dict[str, Any] = {
        "tool": "update_a_vapi_campaign_by_id",
        "object_id": "c1",
        "place": {"id": "c1"},
        "before": {"id": "c1", "phoneNumberId": "p1"},
        "after": {"id": "c1", "phoneNumberId": "p2"},
    }
    async with kept(**values) as (_, client, vapi, one):
        vapi.answers["GET /campaign/c1"] = values["after"]
        path = f"/integrated-account/{one.account_id}/mcp/{one.server_id}"
        rules = {"config": {"policy": {"allowed_phone_numbers": ["p2"]}}}
        assert (await client.patch(path, json=rules)).status_code == 200
        said = refusal(await client.post(f"/change/{one.id}/restore"), 409)
    assert "allowed_phone_numbers" in said


async def test_a_change_of_a_local_account_is_restored_by_the_command() -> None:
    async with kept(account_id="local-1") as (_, client, _, one):
        said = refusal(await client.post(f"/change/{one.id}/restore"), 404)
    assert "vapi-mcp changes restore" in said


async def test_an_unknown_change_and_an_unknown_parameter_are_refused() -> None:
    async with kept() as (_, client, _, one):
        assert refusal(await client.get("/change/none"), 404) == "there is no change with this id"
        wrong = await client.post(f"/change/{one.id}/restore?force=maybe")
    assert failures(wrong).keys() == {"force"}
