"""Objects larger than their budget: the largest parts make way for markers that tell of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from vapi_mcp.invocation.answers.budget import cost_of
from vapi_mcp.invocation.answers.follow_up import FollowUpCall
from vapi_mcp.json_paths import TextPath, format_part

MARK = "_omitted"
STARTS = "starts"

# Room for a child's key and a longer path in its marker.
_SLACK = 24
_DEEPEST = 50
_EXCERPT = 120
_LEAST_EXCERPTED = 1_000


class Elision:
    """Fits values into a budget, and remembers which parts it left out.

    A marker is `{"_omitted": {path, tokens, items | characters | entries, read}}`, where read holds
    the tool and the exact arguments that read the part, or is null when nothing reads it. Of a text
    it also has how it starts and ends, where there is room for that.
    """

    def __init__(self, follow_up: FollowUpCall | None, copies: Collection[str] = ()) -> None:
        """Begin with nothing left out; copies: paths that go first, as they repeat another."""
        self.omitted: list[str] = []
        self._reading = follow_up
        self._copies = copies

    @property
    def is_readable(self) -> bool:
        """Whether a tool reads what is left out."""
        return self._reading is not None

    def fit(self, value: Any, room: int, path: TextPath = ()) -> Any:
        """Return a value of about `room` tokens, small parts whole and large ones as markers.

        A scalar, and what is smaller than its marker, stays.
        """
        cost = cost_of(value)
        if cost <= room or not isinstance(value, dict | list | str):
            return value
        if isinstance(value, dict | list) and 0 < len(value) <= room and len(path) < _DEEPEST:
            fitted = self._fit_inside(value, room, path)
            if fitted is not None:
                return fitted
        self.omitted.append(format_part(path))
        return _with_excerpts(self._marker(value, cost, path), value, room)

    def _fit_inside(
        self, value: dict[str, Any] | list[Any], room: int, path: TextPath
    ) -> dict[str, Any] | list[Any] | None:
        """Return the value with its largest children fitted; None when not even markers fit."""
        children: dict[Any, Any] = value if isinstance(value, dict) else dict(enumerate(value))
        least = cost_of(self._marker(value, room, path)) + _SLACK
        keys: dict[Any, int] = {}
        costs: dict[Any, int] = {}
        reserved = 0
        for name, child in children.items():
            keys[name] = cost_of(name) if isinstance(name, str) else 1
            costs[name] = cost_of(child) + keys[name]
            reserved += min(costs[name], least)
            if reserved > room:
                return None
        fitted: dict[Any, Any] = {}
        # The smallest first: what they leave is for the large ones, and the largest go without.
        copies = {name for name in costs if format_part((*path, str(name))) in self._copies}
        ascending = sorted(costs, key=lambda name: (name in copies, costs[name]))
        for name in ascending:
            reserved -= min(costs[name], least)
            share = room - reserved - keys[name]
            fitted[name] = self.fit(children[name], share, (*path, str(name)))
            is_whole = fitted[name] is children[name]
            room -= costs[name] if is_whole else cost_of(fitted[name]) + keys[name]
        if isinstance(value, dict):
            return {name: fitted[name] for name in value}
        return [fitted[index] for index in range(len(value))]

    def _marker(self, value: Any, cost: int, path: TextPath) -> dict[str, Any]:
        part = format_part(path)
        read = None
        if self._reading is not None:
            read = {"tool": self._reading.tool, "arguments": self._reading.of_part(part)}
        about = {"path": part, "tokens": cost, measure_of(value): len(value), "read": read}
        return {MARK: about}


def _with_excerpts(marker: dict[str, Any], value: Any, room: int) -> dict[str, Any]:
    """Return the marker of a text with its first and last words, if that keeps to the room."""
    if not isinstance(value, str) or len(value) < _LEAST_EXCERPTED:
        return marker
    excerpts = {STARTS: f"{value[:_EXCERPT]}…", "ends": f"…{value[-_EXCERPT:]}"}
    longer = {MARK: {**marker[MARK], **excerpts}}
    return longer if cost_of(longer) <= room else marker


def has_excerpts(marker: dict[str, Any]) -> bool:
    """Return whether a marker quotes the text that it stands for, or is none of ours."""
    about = marker[MARK]
    return not isinstance(about, dict) or STARTS in about


def measure_of(value: Any) -> str:
    """Return what the length of a part is counted in."""
    if isinstance(value, dict):
        return "entries"
    return "items" if isinstance(value, list) else "characters"


def is_marker(value: Any) -> bool:
    """Return whether a part was left out here."""
    return isinstance(value, dict) and len(value) == 1 and MARK in value
