"""When a scheduled write begins, and what time it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.writes import CALL, ORDER, Stage

NOW = datetime(2026, 11, 28, 14, 30, tzinfo=UTC)
TO_TOKYO = {"number": "+81312345678"}


@pytest.mark.parametrize(
    ("later", "customer", "told"),
    [
        (
            timedelta(hours=15, minutes=24),
            None,
            "15 h 24 min (Sat 28 Nov 21:54 America/Los_Angeles, where the first number is)",
        ),
        (
            timedelta(minutes=5),
            TO_TOKYO,
            "5 min (Sat 28 Nov 23:35 Asia/Tokyo, where the first number is)",
        ),
        (
            timedelta(days=3, seconds=1),
            TO_TOKYO,
            "3 d 1 min (Tue 01 Dec 23:30 Asia/Tokyo, where the first number is)",
        ),
    ],
)
async def test_a_scheduled_call_says_when_it_begins_and_what_time_it_is(
    later: timedelta, customer: dict[str, str] | None, told: str
) -> None:
    scene = Stage()
    scene.clock.now = NOW
    order = {**ORDER, **({"customer": customer} if customer else {})}
    order["schedulePlan"] = {"earliestAt": (NOW + later).isoformat()}
    for dry_run in (True, False):
        result = await scene.call(CALL, **order, **({"dry_run": True} if dry_run else {}))
        assert f"Starts in {told}." in result.notes
        assert result.now == "2026-11-28T14:30:00Z"


async def test_a_dry_run_says_what_time_it_is_and_a_call_at_once_does_not() -> None:
    scene = Stage()
    scene.clock.now = NOW
    assert (await scene.call(CALL, **ORDER, dry_run=True)).now == "2026-11-28T14:30:00Z"
    assert (await scene.call(CALL, **ORDER)).now is None
