"""Moments as RFC 3339 text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapi_mcp.rfc3339 import Precision, read_moment, write_moment

EAST = timezone(timedelta(hours=2))
NOON = datetime(2027, 1, 31, 12, 0, 0, 123_987, tzinfo=UTC)


@pytest.mark.parametrize(
    ("precision", "text"),
    [
        ("auto", "2027-01-31T12:00:00.123987Z"),
        ("seconds", "2027-01-31T12:00:00Z"),
        ("milliseconds", "2027-01-31T12:00:00.123Z"),
        ("microseconds", "2027-01-31T12:00:00.123987Z"),
    ],
)
def test_what_is_finer_than_the_precision_is_cut_off(precision: Precision, text: str) -> None:
    assert write_moment(NOON, precision) == text


def test_a_whole_second_has_no_fraction_unless_one_is_wanted() -> None:
    noon = NOON.replace(microsecond=0)
    assert write_moment(noon) == "2027-01-31T12:00:00Z"
    assert write_moment(noon, "microseconds") == "2027-01-31T12:00:00.000000Z"


def test_a_moment_of_another_zone_is_written_in_utc_or_with_its_own_offset() -> None:
    moment = NOON.astimezone(EAST)
    assert write_moment(moment, "seconds") == "2027-01-31T12:00:00Z"
    assert write_moment(moment, "seconds", in_utc=False) == "2027-01-31T14:00:00+02:00"
    assert write_moment(NOON, "seconds", in_utc=False) == "2027-01-31T12:00:00+00:00"
    naive = NOON.replace(tzinfo=None)
    assert write_moment(naive, "seconds", in_utc=False) == "2027-01-31T12:00:00"


@given(st.datetimes(timezones=st.sampled_from([UTC, EAST]), min_value=datetime(2, 1, 1)))  # noqa: DTZ001 - hypothesis adds the zone
def test_any_moment_is_read_back_as_it_was_written(moment: datetime) -> None:
    assert read_moment(write_moment(moment)) == moment
    assert read_moment(write_moment(moment, in_utc=False)) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-01-31T12:00:00Z", datetime(2027, 1, 31, 12, tzinfo=UTC)),
        ("2027-01-31T12:00:00.5+02:00", datetime(2027, 1, 31, 12, 0, 0, 500_000, tzinfo=EAST)),
        ("2027-01-31T12:00:00", datetime(2027, 1, 31, 12, tzinfo=UTC)),
        ("2027-01-31", datetime(2027, 1, 31, tzinfo=UTC)),
    ],
)
def test_a_moment_without_a_zone_is_read_as_utc(text: str, moment: datetime) -> None:
    assert read_moment(text) == moment


def test_a_moment_without_a_zone_stays_without_one_where_the_caller_says_so() -> None:
    assert read_moment("2027-01-31T12:00:00", zone=None).tzinfo is None


@pytest.mark.parametrize("text", ["", "noon", "2027-13-01", "2027-01-31T25:00:00Z"])
def test_a_text_that_states_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"iso|range|month|hour"):
        read_moment(text)
