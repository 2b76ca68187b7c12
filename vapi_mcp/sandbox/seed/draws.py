"""Repeatable random values."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from vapi_mcp.rfc3339 import write_moment

# Calls an hour, UTC: the businesses sit between Berlin and Denver and open in the daytime.
_HOUR_WEIGHTS = (2, 1, 1, 1, 1, 1, 1, 2, 3, 3, 4, 4, 5, 8, 14, 16, 16, 14, 14, 16, 16, 14, 9, 5)
_WEEKDAY_WEIGHTS = (5, 5, 5, 5, 5, 2, 1)


def iso(moment: datetime) -> str:
    """Write a moment as the API does: UTC, milliseconds, a final Z."""
    return write_moment(moment, "milliseconds")


def hex_string(rng: Random, length: int) -> str:
    """Return `length` hexadecimal digits."""
    return f"{rng.getrandbits(4 * length):0{length}x}"


def uuid4_of(rng: Random) -> str:
    """Return a version 4 UUID made of the stream's next 128 bits."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


@dataclass(frozen=True, slots=True)
class SeededRandom:
    """The one source of chance of a seeded world.

    Each stream and id depends on the seed and its own key alone, so adding one object moves no
    other.
    """

    seed: int
    now: datetime

    @property
    def org_id(self) -> str:
        """The organisation's id."""
        return self.id_of("org", "org")

    def stream(self, *key: object) -> Random:
        """Return the random stream of a key."""
        return Random("/".join(map(str, (self.seed, *key))))

    def id_of(self, kind: str, key: str) -> str:
        """Return the id of the object a seed module calls `key`."""
        return uuid4_of(self.stream("id", kind, key))

    def ago(self, **span: float) -> datetime:
        """Return the moment a span (as of `timedelta`) before now."""
        return self.now - timedelta(**span)

    def stamped(self, kind: str, key: str, days_old: float) -> dict[str, str]:
        """Return id, orgId, createdAt and updatedAt of a configured object."""
        rng = self.stream("stamp", kind, key)
        created = self.ago(days=days_old, milliseconds=rng.randrange(3_600_000))
        updated = created + (self.now - created) * (rng.random() * 0.9)
        return {
            "id": self.id_of(kind, key),
            "orgId": self.org_id,
            "createdAt": iso(created),
            "updatedAt": iso(updated),
        }

    def business_moment(self, rng: Random) -> datetime:
        """Return a moment of the last 30 days, mostly on weekdays and in business hours.

        It lies at least three hours back, so that even a long conversation is over by now.
        """
        days = range(29)
        weights = [_WEEKDAY_WEIGHTS[self.ago(days=day).weekday()] for day in days]
        midnight = self.ago(days=rng.choices(days, weights)[0]).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        hour = rng.choices(range(24), _HOUR_WEIGHTS)[0]
        moment = midnight + timedelta(hours=hour, milliseconds=rng.randrange(3_600_000))
        return moment if moment < self.ago(hours=3) else moment - timedelta(days=1)
