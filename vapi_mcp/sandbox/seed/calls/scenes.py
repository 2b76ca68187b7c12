"""Names, dates and amounts for a script."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from vapi_mcp.sandbox.seed.people import Person

_STREETS = ("Alder Street", "Quarry Lane", "Sixth Avenue", "Marlow Road", "Birch Court")
_PLANS = {"Basic": 89, "Home": 149, "Home Plus": 219}
_SATURDAY = 5
_DEPOTS = ("Riverside", "Hollins Cross", "Northgate")


def draw_scene(rng: Random, person: Person, at: datetime) -> dict[str, str]:
    """Draw what a conversation on a given day is about: the values of every `$placeholder`."""
    day = _next_weekday(at + timedelta(days=rng.randrange(2, 12)))
    hour = rng.randrange(1, 4)
    plan = rng.choice(list(_PLANS))
    return {
        "first": person.first,
        "last": person.last,
        "name": person.name,
        "number": person.number,
        "email": person.email,
        "date": f"{day:%A}, {day:%B} {day.day}",
        "isodate": f"{day:%Y-%m-%d}",
        "time": f"{hour}:{rng.choice(('10', '20', '40'))} PM",
        "alt_time": f"{hour + 2}:00 PM",
        "code": f"{rng.randrange(1000, 10000)}",
        "order": f"NF-{rng.randrange(10000, 100000)}",
        "amount": f"{rng.randrange(2400, 14900) / 100:.2f}",
        "parcel": f"KC-{rng.randrange(10**7, 10**8)}",
        "street": f"{rng.randrange(2, 180)} {rng.choice(_STREETS)}",
        "party": f"{rng.randrange(3, 9)}",
        "plan": plan,
        "old_price": f"{_PLANS[plan] - 14}",
        "new_price": f"{_PLANS[plan]}",
        "plate": f"B-{rng.choice(('KT', 'MX', 'HR'))} {rng.randrange(100, 1000)}",
        "depot": rng.choice(_DEPOTS),
    }


def _next_weekday(day: datetime) -> datetime:
    return day if day.weekday() < _SATURDAY else day + timedelta(days=7 - day.weekday())
