"""The policy of a server: its owner's rules for writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any, cast

import orjson

from vapi_mcp.accounts.time_zones import zone

_NO_RULE = (None, [])


@dataclass(frozen=True, slots=True, init=False)
class Policy:
    """The rules that a write has to keep.

    rules: the value of each as JSON, by its name; `invocation/writes/policy/` gives it a meaning.
    time_zone: where days begin and end; UTC without one.
    """

    rules: Mapping[str, Any]
    time_zone: str | None

    def __init__(self, *, time_zone: str | None = None, **rules: Any) -> None:
        """Take the rules by name; an empty list or None is no rule."""
        given = {name: _as_json(value) for name, value in rules.items()}
        kept = {name: value for name, value in given.items() if value not in _NO_RULE}
        object.__setattr__(self, "rules", kept)
        object.__setattr__(self, "time_zone", time_zone)

    def __hash__(self) -> int:
        return hash(orjson.dumps(self.as_json))

    @property
    def as_json(self) -> dict[str, Any]:
        """The policy as JSON; it makes the same policy again."""
        return {**self.rules, **({"time_zone": self.time_zone} if self.time_zone else {})}

    def day_of(self, moment: datetime) -> date:
        """Return the day a moment is on, in the policy's time zone."""
        return moment.astimezone(self._zone).date()

    def beginning_of(self, day: date) -> datetime:
        """Return the moment a day begins, in UTC."""
        return datetime.combine(day, time(), self._zone).astimezone(UTC)

    @property
    def _zone(self) -> tzinfo:
        return UTC if self.time_zone is None else zone(self.time_zone)


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        inner = cast("Mapping[str, Any]", value).items()
        return {name: each for name, each in inner if each not in _NO_RULE}
    return list(cast("tuple[Any, ...]", value)) if isinstance(value, tuple) else value
