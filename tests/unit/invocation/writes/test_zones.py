"""Zones of numbers: those of their place, and of the country that the number belongs to."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files

import phonenumbers
import pytest
from phonenumbers.tzdata import TIMEZONE_DATA

from vapi_mcp.accounts.time_zones import zone, zone_names
from vapi_mcp.invocation.writes.policy.time_zones import zones_of

_WEEKS = [datetime(2026, 12, 1, tzinfo=UTC) + timedelta(days=7 * n) for n in range(60)]


@cache
def countries() -> dict[str, list[str]]:
    """Return the zones of each country, as `zone.tab` of tzdata has them."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text()
    found: dict[str, list[str]] = {}
    for line in table.splitlines():
        if not line.startswith("#"):
            country, _, name = line.split("\t")[:3]
            found.setdefault(country, []).append(name)
    return found


@cache
def offsets(name: str) -> tuple[timedelta | None, ...]:
    return tuple(each.astimezone(zone(name)).utcoffset() for each in _WEEKS)


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+18762101234", ("America/Jamaica",)),
        ("+12425551234", ("America/Nassau",)),
        ("+17875550123", ("America/Puerto_Rico",)),
        ("+12125550123", ("America/New_York",)),
        ("+211912345678", ("Africa/Juba",)),
        ("+212612345678", ("Africa/Casablanca", "Africa/El_Aaiun")),
        ("+213551234567", ("Africa/Algiers",)),
        ("+218912345678", ("Africa/Tripoli",)),
        ("+50581234567", ("America/Managua",)),
        ("+6281234567890", ("Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura")),
        ("+622112345678", ("Asia/Jakarta",)),
    ],
)
def test_a_number_has_the_zones_of_its_place(number: str, zones: tuple[str, ...]) -> None:
    """Territories of +1 by their area codes; phonenumbers 9.0.43 names neighbours of the rest."""
    assert zones_of(phonenumbers.parse(number)) == zones


def test_a_number_without_a_place_has_all_zones_of_its_plan() -> None:
    assert len(zones_of(phonenumbers.parse("+18005550123"))) > 40


# Abkhazia: in the plan of Russia, and in no country of its own.
_ELSEWHERE = {"7840"}


@pytest.mark.parametrize("code", sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
def test_zones_keep_the_time_of_their_country(code: int) -> None:
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]
    right = {offsets(name) for region in regions for name in countries().get(region, ())}
    prefixes = (p for p in TIMEZONE_DATA if p.startswith(str(code)) and p not in _ELSEWHERE)
    if not right:
        return  # satellites and the like
    for prefix in prefixes:
        rest = prefix.removeprefix(str(code)) + "0" * 5
        number = phonenumbers.PhoneNumber(country_code=code, national_number=int(rest))
        assert {offsets(name) for name in zones_of(number)} <= right, prefix


def test_zones_come_from_the_package_whatever_the_system_has() -> None:
    assert zone("Africa/Juba") is not zoneinfo.ZoneInfo("Africa/Juba")
    assert {"UTC", "America/Jamaica", "Asia/Kolkata"} <= zone_names()
    for wrong in ("Mars/Olympus", "../zone.tab", "", "zone.tab"):
        with pytest.raises(ValueError, match="no time zone named"):
            zone(wrong)
