from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.sandbox import NOON, ORG, drive
from vapi_mcp.sandbox.state.dates import to_text
from vapi_mcp.sandbox.state.snapshot import StateSnapshot

DAY = 86400


def _call(number: int, days_ago: float, **fields: Any) -> dict[str, Any]:
    start = NOON - timedelta(days=days_ago)
    seconds = fields.pop("seconds", 60)
    return {
        "id": f"call-{number}",
        "orgId": ORG,
        "type": "outboundPhoneCall",
        "status": "ended",
        "endedReason": "customer-ended-call",
        "createdAt": to_text(start),
        "updatedAt": to_text(start),
        "startedAt": to_text(start),
        "endedAt": to_text(start + timedelta(seconds=seconds)),
        **fields,
    }


def _world() -> StateSnapshot:
    world = StateSnapshot(ORG)
    calls = [
        _call(1, 1, cost=1.5, assistantId="A", seconds=30),
        _call(2, 1.25, cost=0.5, assistantId="B", seconds=90),
        _call(3, 2, cost=1, assistantId="A", seconds=120, endedReason="voicemail"),
        _call(4, 20, cost=8, assistantId="A"),
    ]
    world.resources["call"] = {call["id"]: call for call in calls}
    return world


async def _ask(*operations: tuple[str, str], **query: Any) -> Any:
    wanted = [{"operation": name, "column": column} for name, column in operations]
    body = {"table": "call", "name": "q", "operations": wanted, **query}
    async with drive(_world()) as sandbox:
        return (await sandbox.ok("POST", "/analytics", {"queries": [body]}))[0]


async def test_the_last_seven_days_are_asked_by_default() -> None:
    answer = await _ask(
        ("count", "id"), ("sum", "cost"), ("avg", "cost"), ("min", "duration"), ("max", "duration")
    )
    assert answer == {
        "name": "q",
        "timeRange": {
            "start": "2026-11-13T12:00:00.000Z",
            "end": "2026-11-20T12:00:00.000Z",
            "timezone": "UTC",
        },
        "result": [
            {"countid": 3, "sumcost": 3, "avgcost": 1, "minduration": 30, "maxduration": 120}
        ],
    }


async def test_groups_are_rows_of_their_own() -> None:
    by_assistant = await _ask(("sum", "cost"), groupBy=["assistantId"])
    by_both = await _ask(("count", "id"), groupBy=["assistantId", "endedReason"])
    assert by_assistant["result"] == [
        {"assistantId": "A", "sumcost": 2.5},
        {"assistantId": "B", "sumcost": 0.5},
    ]
    assert len(by_both["result"]) == 3


async def test_a_step_makes_a_row_for_each_date_in_the_time_zone() -> None:
    operation = {"operation": "count", "column": "id", "alias": "calls"}
    body = {"table": "call", "name": "q", "operations": [operation]}
    zone = {"step": "day", "timezone": "Pacific/Auckland"}
    async with drive(_world()) as sandbox:
        (utc,) = await sandbox.ok(
            "POST", "/analytics", {"queries": [{**body, "timeRange": {"step": "day"}}]}
        )
        (there,) = await sandbox.ok(
            "POST", "/analytics", {"queries": [{**body, "timeRange": zone}]}
        )
    assert utc["result"] == [
        {"date": "2026-11-18T00:00:00+00:00", "calls": 1},
        {"date": "2026-11-19T00:00:00+00:00", "calls": 2},
    ]
    assert [row["date"] for row in there["result"]] == [
        "2026-11-19T00:00:00+13:00",
        "2026-11-20T00:00:00+13:00",
    ]


async def test_the_range_can_reach_further_back() -> None:
    answer = await _ask(("count", "id"), timeRange={"start": "2026-10-01T00:00:00Z"})
    assert answer["result"] == [{"countid": 4}]


async def test_nothing_found_is_a_row_of_zeros() -> None:
    dates = {"start": "2020-01-01T00:00:00Z", "end": "2020-02-01T00:00:00Z"}
    answer = await _ask(("count", "id"), ("sum", "cost"), ("max", "cost"), timeRange=dates)
    assert answer["result"] == [{"countid": 0, "sumcost": 0, "maxcost": None}]


async def test_a_subscription_has_minutes_and_concurrency() -> None:
    answer = await _ask(
        ("sum", "minutesUsed"), ("max", "concurrency"), ("history", "concurrency"),
        table="subscription",
    )  # fmt: skip
    (row,) = answer["result"]
    assert (row["summinutesUsed"], row["maxconcurrency"]) == (4, 1)
    assert [point["value"] for point in row["historyconcurrency"]] == [0, 0, 0, 0, 0, 1, 1, 0]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"queries": []}, "queries should not be empty"),
        ({}, "queries should not be empty"),
        (
            {"queries": [{"table": "squad", "name": "q", "operations": []}]},
            "queries.0.table must be one of the following values: call, subscription",
        ),
        (
            {"queries": [{"table": "call", "name": "q", "operations": []}]},
            "queries.0.operations should not be empty",
        ),
        (
            {
                "queries": [
                    {
                        "table": "call",
                        "name": "q",
                        "operations": [{"operation": "median", "column": "cost"}],
                    }
                ]
            },
            (
                "queries.0.operations.0.operation must be one of the following values: sum, avg, "
                "count, min, max, history"
            ),
        ),
    ],
)
async def test_queries_that_make_no_sense_are_refused(body: Any, message: str) -> None:
    async with drive() as sandbox:
        assert message in await sandbox.refused("POST", "/analytics", body)


@pytest.mark.parametrize(
    "time_range",
    [
        {"start": "soon"},
        {"timezone": "Mars/Base"},
        {"start": "2026-02-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"},
    ],
)
async def test_ranges_that_make_no_sense_are_refused(time_range: Any) -> None:
    operation = {"operation": "count", "column": "id"}
    query = {"table": "call", "name": "q", "operations": [operation], "timeRange": time_range}
    async with drive() as sandbox:
        message = await sandbox.refused("POST", "/analytics", {"queries": [query]})
    assert "timeRange" in str(message)
