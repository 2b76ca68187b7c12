#!/usr/bin/env bash
# Library:   phonenumbers 9.0.43 (Python), with the zones of tzdata 2025.2.
# Behaviour: the zone of a valid mobile number may be one of another country, with another clock:
#            Managua is given as Chicago, Algiers as Paris, Juba as Nairobi and Tripoli as
#            Bucharest. These countries keep no summer time, and Juba moved its clock in 2021, so
#            whoever takes the zone for a local time is an hour off, in summer or always.
#            And for a Jamaican mobile, time_zones_for_number gives all 42 zones of +1, while
#            time_zones_for_geographical_number gives the right one.
# Output:    one line a country: the zone given, and the hours it is off in January and July
# Date:      2026-11-28
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check --no-cache-dir install phonenumbers==9.0.43 tzdata==2025.2 2>/dev/null
cd "$folder"
PYTHONTZPATH="" venv/bin/python - <<'PYTHON'
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone

MONTHS = (datetime(2026, 1, 15, 12), datetime(2026, 7, 15, 12))
NUMBERS = {
    "+50588123456": "America/Managua",
    "+213551234567": "Africa/Algiers",
    "+211912345678": "Africa/Juba",
    "+218912345678": "Africa/Tripoli",
}
found = {}
for number, own in NUMBERS.items():
    parsed = phonenumbers.parse(number)
    assert phonenumbers.is_valid_number(parsed)
    (given,) = timezone.time_zones_for_number(parsed)
    off = [
        (ZoneInfo(given).utcoffset(month) - ZoneInfo(own).utcoffset(month)).total_seconds() / 3600
        for month in MONTHS
    ]
    print(f"{own}: given as {given}, off by {off[0]:+.0f} h in January and {off[1]:+.0f} h in July")
    found[own] = (given, *off)

jamaican = phonenumbers.parse("+18762101234")
zones = timezone.time_zones_for_number(jamaican)
by_place = timezone.time_zones_for_geographical_number(jamaican)
print(f"+1 876: {len(zones)} zones by number, {by_place} by place")

as_stated = found == {
    "America/Managua": ("America/Chicago", 0.0, 1.0),
    "Africa/Algiers": ("Europe/Paris", 0.0, 1.0),
    "Africa/Juba": ("Africa/Nairobi", 1.0, 1.0),
    "Africa/Tripoli": ("Europe/Bucharest", 0.0, 1.0),
}
sys.exit(0 if as_stated and len(zones) == 42 and by_place == ("America/Jamaica",) else 1)
PYTHON
