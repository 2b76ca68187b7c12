"""Time zones of the pinned `tzdata` package; a system's data may be years older."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo


@cache
def zone_names() -> frozenset[str]:
    """Return the names of all time zones."""
    return frozenset(files("tzdata").joinpath("zones").read_text("ascii").split())


@cache
def zone(name: str) -> ZoneInfo:
    """Return a time zone.

    Raises:
        ValueError: There is no zone of this name.
    """
    if name not in zone_names():
        raise ValueError(f"there is no time zone named {name[:60]!r}")
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)
