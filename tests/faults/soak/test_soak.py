"""A few seconds of `make soak`, and its least squares."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import orjson
import pytest

from tests.faults.soak.report import figures, rendered
from tests.faults.soak.run import Plan, run
from tests.faults.soak.slopes import slope
from tests.faults.soak.tally import Tally
from tests.faults.soak.tenants import Tenant
from tests.faults.soak.traffic import Client
from tests.support.app import hosted
from tests.support.upstream import ScriptedUpstream
from vapi_mcp.invocation.messages import UpstreamResponse

JSON = {"content-type": "application/json"}


async def test_a_short_run_mixes_up_and_loses_nothing_and_has_a_row_for_each_request() -> None:
    outcome = await run(Plan(seconds=2, rate=60, tenants=2, servers=1, samples=4))
    told = figures(outcome)
    assert outcome.faults == [], rendered(outcome)
    assert told["asked"] == told["answered"] == told["audit_rows"] > len(told["asked_by_kind"])
    assert rendered(outcome).endswith("\nnothing was wrong")


async def test_an_answer_of_another_tenant_is_counted_as_a_mix_up() -> None:
    body = orjson.dumps({"id": "one", "orgId": "tenant-b"})
    upstream: Any = ScriptedUpstream(UpstreamResponse(200, JSON, body))
    tenant, tally = Tenant("tenant-a", "sandbox-a-key"), Tally()
    async with hosted(upstream=upstream) as server:
        draw = random.Random(1)  # noqa: S311 - repeatable
        client = Client(
            server.url, tenant, server.token, "legacy", ("tenant-b",), tally, draw, kinds=("get",)
        )
        await client.run(asyncio.get_running_loop().time() + 0.5, 0.05)
    assert tally.mixups == tally.answered == tally.asked["get"] > 0
    assert (tally.lost, tally.refused) == (0, 0)


def test_a_slope_is_that_of_the_line_through_the_points() -> None:
    assert slope([(0, 1), (1, 3), (2, 5)]) == pytest.approx(2)
    assert slope([(0, 4), (1, 6), (2, 4)]) == pytest.approx(0)
    assert slope([(3, 7)]) == 0


def test_a_tally_keeps_a_few_examples_of_what_was_wrong() -> None:
    tally = Tally()
    for number in range(20):
        tally.note("lost", str(number))
    assert (tally.lost, tally.examples) == (20, [f"lost: {number}" for number in range(10)])
