"""The areas of the console, in the order of its navigation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the console: its title and the path of its first page below `/console`."""

    title: str
    path: str


AREAS = (
    Area("Overview", ""),
    Area("Accounts", "/accounts"),
    Area("Servers", "/servers"),
    Area("Tools", "/tools"),
    Area("Activity", "/activity"),
    Area("Access", "/access"),
    Area("Health", "/health"),
)
