"""How much each argument of ours may hold: the one table of counts, lengths and depths.

What is beyond was never meant, and is refused before anything looks through it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Bound:
    """The most characters of a text, the most items of a list, the most steps of a path.

    whole: the most characters of a list that is written as one text.
    """

    length: int
    count: int = 1
    whole: int | None = None
    steps: int | None = None

    def objection(self, value: Any) -> str | None:
        """Return what is too much about a value, after its name; None if nothing is."""
        if isinstance(value, list | dict):
            return self._of_many(value)
        most = self.whole or self.length
        if isinstance(value, str) and len(value) > most:
            return f"must be at most {most:,} characters, not {len(value):,}"
        if isinstance(value, int) and value.bit_length() > _LARGEST_NUMBER:
            return "is an integer of more than 64 bits"
        if self.steps is not None and isinstance(value, str) and value.count(".") >= self.steps:
            return f"must have at most {self.steps:,} steps"
        return None

    def _of_many(self, items: list[Any] | dict[str, Any]) -> str | None:
        if len(items) > self.count and self.count > 1:
            return f"must be at most {self.count:,} items, not {len(items):,}"
        if len(items) > _MOST_STRAY:
            return f"must be a single value, not {len(items):,}"
        texts = (item for item in items if isinstance(item, str))
        if any(len(text) > self.length for text in texts):
            return f"must have items of at most {self.length:,} characters"
        return None


_LARGEST_NUMBER = 64
# A list where one value belongs may still be mended, or is told what it should be.
_MOST_STRAY = 200

# Enough for true, a number or one word of ours.
_WORD = Bound(100)
_KEY = Bound(255)
_FILE = 48 * 1024 * 1024

# Tools: what Vapi never sees.
_OF_TOOLS: Mapping[str, Bound] = {
    "limit": _WORD,
    "explain": _WORD,
    "next_cursor": Bound(65_536),
    "fields": Bound(200, count=100, whole=20_800),
    "part": Bound(4_000, steps=300),
    "range": _WORD,
    "speaker": _WORD,
    "search": Bound(200),
    "where": Bound(200, count=10, whole=2_400),
    "sort": Bound(200),
    "count_by": Bound(200, count=2, whole=402),
    "inline": _WORD,
    "level": Bound(200),
    "since": _WORD,
    "until": _WORD,
    "save_to": Bound(4_096),
    "nested": _WORD,
    "clear": Bound(200, count=100, whole=20_800),
    "dry_run": _WORD,
    "idempotency_key": _KEY,
    "confirmation_code": _KEY,
    "understood": _WORD,
    "file_name": Bound(255),
    "text": Bound(_FILE),
    "base64": Bound(_FILE),
    "path": Bound(4_096),
}
# What names an object in a path, and what filters a list.
_ID = Bound(200)
_FILTER = Bound(4_000, count=200, whole=16_000)

# The tools of discovery, completions, resources and prompts.
TOOL_NAME = Bound(200)
TOOL_NAMES = Bound(200, count=5, whole=1_500)
QUERY = Bound(1_000)
SCHEMA_PATH = Bound(500, steps=50)
TYPED = Bound(1_000)
REFERENCE = Bound(2_000)
PROMPT_ARGUMENT = Bound(20_000)

# How many arguments a call, or a prompt, may have by name; no tool knows half as many.
MOST_ARGUMENTS = 500

BOUNDED = frozenset(_OF_TOOLS)


def bound_of(name: str, place: str) -> Bound | None:
    """Return how much an argument of a tool may hold; None for what goes into a body.

    A body is Vapi's, and as large as its transport lets it be.
    """
    match place:
        case "control":
            return _OF_TOOLS.get(name, _WORD)
        case "path":
            return _ID
        case "query":
            return _FILTER
        case _:
            return None
