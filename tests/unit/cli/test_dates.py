"""Moments as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.cli.dates import ago, ahead
from vapi_mcp.cli.usage import UsageError


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("24h", timedelta(days=1)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(days=14)),
    ],
)
def test_a_length_is_counted_from_now(text: str, length: timedelta) -> None:
    before = utc_now()
    later, earlier = ahead(text), ago(text)
    after = utc_now()
    assert before + length <= later <= after + length
    assert before - length <= earlier <= after - length


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-01-31", datetime(2027, 1, 31, tzinfo=UTC)),
        ("2027-01-31T12:00:00", datetime(2027, 1, 31, 12, tzinfo=UTC)),
        ("2027-01-31T12:00:00Z", datetime(2027, 1, 31, 12, tzinfo=UTC)),
        ("2027-01-31T12:00:00+02:00", datetime(2027, 1, 31, 10, tzinfo=UTC)),
    ],
)
def test_a_moment_is_itself_in_either_direction(text: str, moment: datetime) -> None:
    assert (ahead(text), ago(text)) == (moment, moment)


@pytest.mark.parametrize("text", ["", "soon", "7", "7y", "-7d", "2027-02-30", "999999w"])
def test_what_is_no_moment_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match="is not a time; use 24h, 7d, or 2027-01-31T12:00:00Z"):
        ahead(text)
