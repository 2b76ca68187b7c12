"""The usage of an account: as Vapi reports it, as the log has it, and against the caps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest

from tests.support.admin_api import Stage, an_account, failures, made, refusal, staged
from tests.support.stores import Database, Memory
from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.errors import UpstreamFailed
from vapi_mcp.invocation.writes.records import Claim, DailyUse, Tally

TODAY = datetime.now(UTC).date()
ROW = {"assistantId": "riley", "calls": "3", "seconds": 90, "dollars": 0.25}
POLICY = {
    "calls_per_day": 20,
    "customers_per_day": 10,
    "calls_per_day_per_assistant": 5,
    "calls_per_day_per_number": 9,
    "max_spend_per_day": 4,
}


def rows(*days: int) -> list[dict[str, Any]]:
    """Return rows of analytics so many days ago."""
    return [{**ROW, "date": f"{TODAY - timedelta(days=day)}T00:00:00.000Z"} for day in days]


def entry(server: str, *calls: str, tool: str = "create_a_vapi_call", **more: Any) -> LogEntry:
    given: dict[str, Any] = {"outcome": "sent", "status": 201, "created_at": datetime.now(UTC)}
    return LogEntry(
        log_type="mcp",
        server_id=server,
        tool_name=tool,
        resource="calls",
        method="create" if tool.startswith("create") else tool.partition("_")[0],
        upstream_id=calls[0],
        upstream_ids=calls if len(calls) > 1 else None,
        **{**given, **more},
    )


async def usage(client: httpx.AsyncClient, account: str, **query: Any) -> Any:
    response = await client.get("/usage", params={"integrated_account_id": account, **query})
    assert response.status_code == 200, response.text
    return response.json()


async def an_account_id(client: httpx.AsyncClient) -> str:
    return (await an_account(client)).rpartition("/")[2]


async def fill(stage: Stage, account: str, server: str) -> None:
    """Place three calls, of which two tell their cost, beside rows that do not count."""
    await stage.log.add_entries(
        [
            entry(server, "call-1", account_id=account, cost=0.1),
            entry(server, "call-2", "call-3", account_id=account),
            entry(server, "call-4", account_id=account, outcome="dry_run"),
            entry(server, "call-5", account_id="another"),
            entry("gone", "call-6", account_id=account),
            *(
                entry(
                    server,
                    "call-2",
                    account_id=account,
                    tool="get_single_vapi_call_by_id",
                    outcome="read",
                    cost=cost,
                )
                for cost in (0.2, 0.3)
            ),
            entry(
                server,
                "call-7",
                account_id=account,
                created_at=datetime.now(UTC) - timedelta(days=8),
            ),
        ]
    )
    tallies = (
        Tally("calls_per_day_per_assistant", "riley", 3, 5),
        Tally("calls_per_hour_per_customer", "+1", 3, 5),
    )
    use = DailyUse(
        owner=f"{account}/{server}",
        day=TODAY,
        calls=3,
        numbers=frozenset({"+1", "+2"}),
        limits={"calls_per_day": 20, "customers_per_day": 10},
        tallies=tallies,
        moment=datetime.now(UTC),
    )
    assert await stage.store.claim(Claim(now=datetime.now(UTC), use=use)) is None


async def test_usage_is_by_day_and_assistant_and_by_server_against_its_caps(
    place: Memory | Database,
) -> None:
    async with staged(place) as stage, stage.as_admin() as client:
        account = await an_account_id(client)
        config = {"policy": POLICY}
        path = f"/integrated-account/{account}/mcp"
        server = (await made(client, path, name="dialler", config=config))["id"]
        await fill(stage, account, server)
        other = {**ROW, "assistantId": None, "date": f"{TODAY}T00:00:00Z", "dollars": 1}
        stage.upstream.answers["POST /analytics"] = [{"result": [*rows(1, 0), other]}]
        found = await usage(client, account)
    yesterday = str(TODAY - timedelta(days=1))
    caps = [
        ("calls_per_day", None, 20, 3),
        ("customers_per_day", None, 10, 2),
        ("calls_per_day_per_assistant", "riley", 5, 3),
        ("calls_per_day_per_number", None, 9, 0),
        ("max_spend_per_day", None, 4, 1.25),
    ]
    amounts = {"calls": 3, "minutes": 1.5, "cost": 0.25}
    assert found == {
        "integrated_account_id": account,
        "since": str(TODAY - timedelta(days=6)),
        "until": str(TODAY),
        "total": {"calls": 9, "minutes": 4.5, "cost": 1.5},
        "days": [
            {"day": str(TODAY), "assistant_id": None, **amounts, "cost": 1.0},
            {"day": str(TODAY), "assistant_id": "riley", **amounts},
            {"day": yesterday, "assistant_id": "riley", **amounts},
        ],
        "servers": [
            {
                "id": server,
                "name": "dialler",
                "calls": 3,
                "cost": 0.4,
                "calls_with_cost": 2,
                "caps": [
                    {"rule": rule, "of": of, "most": most, "used": used}
                    for rule, of, most, used in caps
                ],
            },
            {
                "id": "gone",
                "name": None,
                "calls": 1,
                "cost": None,
                "calls_with_cost": 0,
                "caps": [],
            },
        ],
        "is_whole": True,
        "problem": None,
    }


async def test_vapi_is_asked_once_for_whole_days() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account_id(client)
        stage.upstream.answers["POST /analytics"] = [{"result": []}]
        found = await usage(client, account, days=2)
    assert (found["total"], found["days"]) == ({"calls": 0, "minutes": 0, "cost": 0}, [])
    [(request, asked)] = stage.upstream.requests
    assert asked.base_url == "https://api.vapi.ai"
    [query] = orjson.loads(request.body or b"")["queries"]
    assert query["groupBy"] == ["assistantId"]
    assert query["timeRange"] == {
        "step": "day",
        "start": f"{TODAY - timedelta(days=1)}T00:00:00Z",
        "end": f"{TODAY}T23:59:59.999Z",
        "timezone": "UTC",
    }


@pytest.mark.parametrize("answer", [{"message": "no"}, [], [{"result": [{}]}], [{"result": 1}]])
async def test_an_answer_that_cannot_be_read_leaves_the_log_and_says_so(answer: Any) -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account_id(client)
        config = {"policy": {"max_spend_per_day": 4}}
        await made(client, f"/integrated-account/{account}/mcp", name="one", config=config)
        stage.upstream.answers["POST /analytics"] = answer
        found = await usage(client, account)
    assert (found["total"], found["days"]) == (None, [])
    assert found["problem"] == "Vapi's analytics cannot be read."
    [server] = found["servers"]
    assert server["caps"] == [{"rule": "max_spend_per_day", "of": None, "most": 4, "used": None}]


async def test_a_vapi_that_is_away_is_named() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account_id(client)
        stage.upstream.failure = UpstreamFailed("Vapi did not answer within 15 s.", status=504)
        assert (await usage(client, account))["problem"] == "Vapi did not answer within 15 s."


async def test_spending_of_another_days_beginning_is_not_known() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account_id(client)
        config = {"policy": {"max_spend_per_day": 4, "time_zone": "Asia/Kolkata"}}
        await made(client, f"/integrated-account/{account}/mcp", name="one", config=config)
        stage.upstream.answers["POST /analytics"] = [{"result": rows(0)}]
        [server] = (await usage(client, account))["servers"]
    assert server["caps"][0]["used"] is None


async def test_an_administrator_of_a_tenant_sees_the_usage_of_its_own_accounts_only() -> None:
    async with staged(Memory()) as stage:
        ours, theirs = [await stage.new_token(tenant_id=name) for name in ("ours", "theirs")]
        async with stage.as_admin(ours) as us, stage.as_admin(theirs) as them:
            account = await an_account_id(us)
            stage.upstream.answers["POST /analytics"] = [{"result": rows(0)}]
            assert (await usage(us, account))["total"]["calls"] == 3
            hidden = await them.get("/usage", params={"integrated_account_id": account})
            assert refusal(hidden, 404) == "there is no account with this id"
    assert len(stage.upstream.requests) == 1


async def test_days_and_the_account_are_checked() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        response = await client.get("/usage", params={"days": "32"})
    assert failures(response) == {
        "integrated_account_id": "is required",
        "days": "must be a number from 1 to 31",
    }
