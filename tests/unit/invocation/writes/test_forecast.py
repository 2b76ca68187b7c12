"""A campaign is shown with its length, its end and the lines that are free."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.writes import ID, Stage, reply
from tests.unit.invocation.writes.test_policy import BERLIN, HOURS, LONDON, order
from vapi_mcp.accounts.policy_record import Policy

CAMPAIGN = "create_a_vapi_campaign"
NAMES = ("expected_length", "expected_end", "free_lines")
OVER = {"startedAt": "2026-03-01T10:00:00.000Z", "endedAt": "2026-03-01T10:15:00.000Z"}
UNKNOWN = "not known: Vapi's API does not tell the limit of the account; "


def campaign(*numbers: str, **more: Any) -> dict[str, Any]:
    people = [{"number": number} for number in numbers]
    given = {"name": "c", "assistantId": ID, "phoneNumberId": ID, "customers": people}
    return {**given, "understood": True, **more}


def stage(*calls: Any, **config: Any) -> Stage:
    scene = Stage(**config)
    scene.vapi.reads["GET /call"] = [*calls]
    return scene


async def shown(scene: Stage, **arguments: Any) -> tuple[str, ...]:
    """Return the forecast in the preview of a campaign."""
    preview = orjson.loads((await scene.call(CAMPAIGN, **arguments)).text)["preview"]
    return tuple(preview[name] for name in NAMES)


async def test_a_preview_and_a_dry_run_say_length_end_and_lines() -> None:
    lines = {"concurrencyLimit": 10, "remainingConcurrentCalls": 9}
    calls = [OVER, {"status": "in-progress", "subscriptionLimits": lines}, {"status": "queued"}]
    scene = stage(*calls, confirm="spending")
    words = (
        "about 30 min: 2 numbers, 1 at a time, with calls of 15 min",
        "about 2026-03-02T12:30:00Z",
        "about 9 of 10, 1 of the 3 latest calls running",
    )
    given = campaign(LONDON, BERLIN, maxConcurrency=1)
    assert await shown(scene, **given) == words
    result = await scene.call(CAMPAIGN, **given, dry_run=True)
    assert result.notes[:3] == (
        f"Expected length of the campaign: {words[0]}.",
        f"Expected end of the campaign: {words[1]}.",
        f"Free lines: {words[2]}.",
    )
    assert scene.vapi.writes == []


async def test_the_end_stands_beside_that_of_the_calling_hours_of_all_customers() -> None:
    policy = Policy(calling_hours=HOURS.as_json)
    scene = stage(OVER, confirm="spending", policy=policy)
    plan = {"earliestAt": "2026-03-02T15:00:00Z", "latestAt": "2026-03-02T16:00:00Z"}
    _, end, _ = await shown(scene, **campaign(LONDON, BERLIN, schedulePlan=plan))
    assert end == (
        "about 2026-03-02T15:15:00Z; the calling hours of its customers end at 2026-03-02T19:00:00Z"
    )


@pytest.mark.parametrize(
    ("calls", "lines"),
    [
        ([], f"{UNKNOWN}0 of the 0 latest calls running"),
        ([{"status": "ringing"}, OVER], f"{UNKNOWN}1 of the 2 latest calls running"),
        (
            [{"status": "ringing", "subscriptionLimits": {"concurrencyLimit": 2}}],
            "about 1 of 2, 1 of the 1 latest calls running",
        ),
        (
            [{"status": "ringing", "subscriptionLimits": {"concurrencyLimit": 1}}, OVER],
            (
                "about 0 of 1, 1 of the 2 latest calls running; fewer than the 1 it may use, so "
                "it takes longer"
            ),
        ),
        ([1], "not known: the latest calls cannot be read"),
    ],
)
async def test_lines_that_vapi_does_not_tell_are_not_known(calls: list[Any], lines: str) -> None:
    assert (await shown(stage(*calls, confirm="spending"), **campaign(LONDON)))[2] == lines


async def test_a_vapi_that_fails_leaves_the_forecast_a_guess() -> None:
    scene = Stage(confirm="spending")
    scene.vapi.reads["GET /call"] = reply({"message": "no"}, 500)
    assert await shown(scene, **campaign(LONDON)) == (
        "about 3 min: 1 number, 10 at a time, with calls of 3 min",
        "about 2026-03-02T12:03:00Z",
        "not known: the latest calls cannot be read",
    )


async def test_a_single_call_has_no_forecast() -> None:
    result = await stage(OVER).call("create_a_vapi_call", **order(LONDON), dry_run=True)
    assert not [note for note in result.notes if note.startswith(("Expected", "Free"))]
