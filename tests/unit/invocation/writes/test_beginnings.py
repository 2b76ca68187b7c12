"""When a scheduled write begins, and what time it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.writes import CALL, ORDER, Stage

NOW = datetime(2026, 11, 28, 14, 30, tzinfo=UTC)
THERE = "(where the first number is)"
TO_TOKYO = {"number": "+81312345678"}


@pytest.mark.parametrize(
    ("later", "customer", "told"),
    [
        (
            timedelta(hours=15, minutes=24),
            None,
            f"15 h 24 min: Sun 29 Nov 05:54 UTC, Sat 28 Nov 21:54 America/Los_Angeles {THERE}",
        ),
        (
            timedelta(minutes=5),
            TO_TOKYO,
            f"5 min: Sat 28 Nov 14:35 UTC, Sat 28 Nov 23:35 Asia/Tokyo {THERE}",
        ),
        (
            timedelta(days=3, seconds=1),
            TO_TOKYO,
            f"3 d 1 min: Tue 01 Dec 14:30 UTC, Tue 01 Dec 23:30 Asia/Tokyo {THERE}",
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


async def test_the_beginning_is_also_told_with_the_offset_that_was_given() -> None:
    scene = Stage()
    scene.clock.now = NOW
    for given, told in (
        ("2026-11-29T10:00:00-05:00", ", Sun 29 Nov 10:00 -05:00 (as given)."),
        ("2026-11-29T20:30:00+05:30", ", Sun 29 Nov 20:30 +05:30 (as given)."),
        ("2026-11-29T07:00:00-08:00", "."),
        ("2026-11-29T15:00:00Z", "."),
    ):
        plan = {"earliestAt": given}
        result = await scene.call(CALL, **ORDER, schedulePlan=plan, dry_run=True)
        assert (
            "Starts in 1 d 30 min: Sun 29 Nov 15:00 UTC, Sun 29 Nov 07:00 America/Los_Angeles "
            f"{THERE}{told}"
        ) in result.notes
