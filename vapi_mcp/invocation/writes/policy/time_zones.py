"""The time zones that a phone number may be in."""

from __future__ import annotations

from collections.abc import Mapping

import phonenumbers
from phonenumbers.timezone import time_zones_for_geographical_number

_UNKNOWN = "Etc/Unknown"

# Corrections of the library's data (phonenumbers 9.0.43), by calling code: it names a zone of
# another country that has other offsets. Source of each: `zone.tab` of tzdata 2026f, which says
# to which country a zone belongs.
_WRONG: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    # Russia: Kaliningrad keeps no summer time, Bucharest does.
    "7": {"Europe/Bucharest": ("Europe/Kaliningrad",)},
    # Mexico: Quintana Roo keeps no summer time, New York does.
    "52": {"America/New_York": ("America/Cancun",)},
    # South Sudan: an hour behind Nairobi since 2021.
    "211": {"Africa/Nairobi": ("Africa/Juba",)},
    # Morocco and Western Sahara: an hour behind in Ramadan, and no summer time.
    "212": {"Atlantic/Canary": ("Africa/Casablanca", "Africa/El_Aaiun")},
    # Algeria: no summer time.
    "213": {"Europe/Paris": ("Africa/Algiers",)},
    # Libya: no summer time.
    "218": {"Europe/Bucharest": ("Africa/Tripoli",)},
    # Nicaragua: no summer time.
    "505": {"America/Chicago": ("America/Managua",)},
}
# By prefix: numbers that have no place, of which the library names too few zones. Sources: the
# numbering plans as phonenumbers 9.0.43 has them (mobiles), the zones of a country from `zone.tab`.
_WIDER: Mapping[str, tuple[str, ...]] = {
    # Chile: Valparaíso with Easter Island, the two regions of the south, mobiles.
    "5632": ("America/Santiago", "Pacific/Easter"),
    "5661": ("America/Punta_Arenas",),
    "5667": ("America/Coyhaique",),
    "569": ("America/Santiago", "America/Punta_Arenas", "America/Coyhaique", "Pacific/Easter"),
    # Australia, mobiles: with those of the Northern Territory, which keeps no summer time.
    "614": (
        "Australia/Adelaide",
        "Australia/Brisbane",
        "Australia/Darwin",
        "Australia/Eucla",
        "Australia/Hobart",
        "Australia/Lord_Howe",
        "Australia/Melbourne",
        "Australia/Perth",
        "Australia/Sydney",
    ),
    # South Australia and the Northern Territory.
    "6188": ("Australia/Adelaide", "Australia/Darwin", "Australia/Perth"),
    # Indonesia, mobiles.
    "628": ("Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura"),
    # Papua New Guinea.
    "675": ("Pacific/Port_Moresby", "Pacific/Bougainville"),
}
_LONGEST_PREFIX = max(map(len, _WIDER))


def zones_of(number: phonenumbers.PhoneNumber) -> tuple[str, ...]:
    """Return the time zones a number may be in: those of its place, else of its country.

    Also mobiles have a place where their numbers do, as in the countries of +1. Empty where no
    zone is known.
    """
    digits = f"{number.country_code}{phonenumbers.national_significant_number(number)}"
    for length in range(_LONGEST_PREFIX, 0, -1):
        if (wider := _WIDER.get(digits[:length])) is not None:
            return wider
    wrong = _WRONG.get(str(number.country_code), {})
    found = (z for z in time_zones_for_geographical_number(number) if z != _UNKNOWN)
    return tuple(dict.fromkeys(right for z in found for right in wrong.get(z, (z,))))
