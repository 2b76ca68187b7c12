"""Versions of this product, and of the facts that it knows of Vapi."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version

import orjson

from vapi_mcp.specs.location import specs_directory

_PACKAGES = ("vapi-mcp", "mcp", "starlette", "uvicorn", "httpx", "SQLAlchemy")


@dataclass(frozen=True, slots=True)
class FactsPin:
    """The copy of Vapi's API document that the tools follow."""

    date: date
    sha256: str
    operations: int

    @property
    def days(self) -> int:
        """The age of the copy."""
        return (datetime.now(UTC).date() - self.date).days


@cache
def versions() -> Mapping[str, str]:
    """Return the versions of this product, of what it rests on, and of Python."""
    return {**{name: version(name) for name in _PACKAGES}, "Python": platform.python_version()}


@cache
def facts_pin() -> FactsPin:
    """Return the pin of the facts."""
    path = specs_directory() / "upstream" / "PINNED.json"
    pinned = orjson.loads(path.read_bytes())
    return FactsPin(date.fromisoformat(pinned["date"]), pinned["sha256"], pinned["operations"])
