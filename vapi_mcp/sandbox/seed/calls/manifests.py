"""The lists of scripts and their properties."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import orjson

from vapi_mcp.sandbox.seed.calls.scripts import Line

_INTRODUCTIONS = (
    "Next one is {parcel}.",
    "Okay, {parcel}. The label is a bit torn, but that's what it says.",
    "Then {parcel}, a small one.",
    "{parcel}. Heavy, somebody ordered bricks.",
    "Uh, {parcel}. Taped twice.",
    "I've got {parcel} here.",
    "And {parcel}.",
)
_DECISIONS = {
    "out again tomorrow": "Ending {digits}, out again tomorrow.",
    "return to sender": "Ending {digits}: three attempts, so return to sender.",
    "hold for pick-up": "{digits}, hold for pick-up, the customer comes on Friday.",
    "customs, bay four": "{digits} is waiting for customs papers. Leave it in bay four, please.",
    "not ours": "{digits} isn't ours, it belongs to the cage by the gate.",
}
_PLACES = ("Newark NJ", "Columbus OH", "Denver CO", "Tulsa OK", "Fresno CA", "Reno NV")
_SCANS = (
    "handed over by sender",
    "arrived at hub",
    "sorted to route",
    "left hub",
    "out for delivery",
    "delivery attempted, nobody at home",
    "back in depot cage",
)


def read_manifest(rng: Random, count: int) -> Iterator[Line]:
    """Read parcels one by one: number, lookup, decision, and a count after every ten."""
    for position in range(1, count + 1):
        parcel = f"KC-{rng.randrange(10**7, 10**8)}"
        decision = rng.choice(list(_DECISIONS))
        yield Line("user", rng.choice(_INTRODUCTIONS).format(parcel=parcel))
        yield Line(
            "tool", "track_parcel", f'{{"parcel":"{parcel}"}}', _track(rng, parcel, decision)
        )
        yield Line("bot", _DECISIONS[decision].format(digits=" ".join(parcel[-4:])))
        if position % 10 == 0:
            yield Line("bot", f"That makes {position}.")
    yield Line("user", f"That was the last one. {count}, if I counted right.")
    yield Line(
        "bot", f"{count} it is. The totals are in the report. Good night to the whole shift."
    )


def _track(rng: Random, parcel: str, decision: str) -> str:
    events = [
        {
            "place": rng.choice(_PLACES),
            "what": what,
            "hoursAgo": (len(_SCANS) - step) * rng.randrange(3, 9),
            "scanner": f"S{rng.randrange(100, 1000)}",
        }
        for step, what in enumerate(_SCANS)
    ]
    state = {
        "parcel": parcel,
        "state": "in depot",
        "decision": decision,
        "weightKg": round(rng.uniform(0.2, 28), 2),
        "route": f"R{rng.randrange(10, 99)}",
        "attempts": rng.randrange(4),
        "events": events,
    }
    return orjson.dumps(state).decode()
