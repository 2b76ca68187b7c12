"""One line of a call's log: its level and moment, whatever the line calls them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from vapi_mcp.invocation.json_reading import read_json
from vapi_mcp.rfc3339 import read_moment

# By how much they matter; the names are those that loggers use, the numbers pino's.
LEVELS: Mapping[str, int] = {
    "trace": 10,
    "verbose": 10,
    "debug": 20,
    "info": 30,
    "log": 30,
    "notice": 30,
    "warn": 40,
    "warning": 40,
    "error": 50,
    "err": 50,
    "fatal": 60,
    "critical": 60,
}
_LEVEL_NAMES = ("level", "severity", "severityText", "lvl")
_TIME_NAMES = ("time", "timestamp", "ts", "@timestamp", "date")
# Moments since 1970 come in seconds, and in ever smaller parts of one.
_LATEST_SECOND = 1e11
_STEP = 1000.0


@dataclass(frozen=True, slots=True)
class LogLine:
    """What a line holds; one that is no JSON object is its own text, under `text`."""

    content: Mapping[str, Any]

    @classmethod
    def read(cls, raw: bytes) -> LogLine:
        """Take a line as it stands in the file."""
        try:
            content = read_json(raw).value
        except ValueError:
            content = None
        if isinstance(content, dict):
            return cls(content)
        return cls({"text": raw.decode(errors="replace")})

    @property
    def weight(self) -> int | None:
        """How much it matters, on the scale of `LEVELS`; None where it does not say."""
        level = self._first(_LEVEL_NAMES)
        if isinstance(level, str):
            return LEVELS.get(level.lower())
        return level if type(level) is int else None

    @property
    def moment(self) -> datetime | None:
        """When it was written; None where it does not say."""
        said = self._first(_TIME_NAMES)
        try:
            if isinstance(said, str):
                return read_moment(said)
            if type(said) in (int, float):
                seconds = float(said)
                while abs(seconds) > _LATEST_SECOND:
                    seconds /= _STEP
                return datetime.fromtimestamp(seconds, UTC)
        except (ValueError, OverflowError, OSError):
            return None
        return None

    def says(self, words: str) -> bool:
        """Whether a value of it holds these words, in any case; names of values do not count."""
        return any(words.casefold() in each.casefold() for each in _texts(self.content))

    def _first(self, names: tuple[str, ...]) -> Any:
        return next((self.content[name] for name in names if name in self.content), None)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each)
    elif value is not None:
        yield str(value)
