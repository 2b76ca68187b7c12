"""What null stands for where calls or other items are counted by a key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_SQUAD = "of a squad"
_OF_CALLS: Mapping[str, str] = {
    "endedReason": " that have not ended, or without a reason",
    "assistantId": " with a one-off assistant, a squad or none",
    "squadId": " without a saved squad",
    "phoneNumberId": " over the web or without a number of yours",
    "campaignId": " outside of campaigns",
    "analysis.successEvaluation": " that nothing evaluated",
    "customer.number": " over the web or with a hidden number",
}


def null_note(
    rows: Iterable[Any],
    keys: Iterable[str],
    items: str,
    kinds: Mapping[tuple[str, str], int] | None = None,
) -> str | None:
    """Return what null means for each key that is null in a row; items: what was counted.

    kinds: how many of them are of a kind, by key and kind, where items were looked at.
    """
    rows = [row for row in rows if isinstance(row, dict)]
    known = _OF_CALLS if items == "calls" else {}
    told = [
        f"{key} null counts {items}{_split(key, kinds) or known.get(key, ' without a value')}"
        for key in keys
        if any(key in row and row[key] is None for row in rows)
    ]
    return f"{'; '.join(told)}." if told else None


def kind_of_null(key: str, item: Any) -> str | None:
    """Return why an item has no value at a key, None where nothing more is known."""
    if key != "assistantId" or not isinstance(item, dict):
        return None
    if item.get("squadId") or item.get("squad"):
        return _SQUAD
    return "with a one-off assistant" if item.get("assistant") else "without an assistant"


def _split(key: str, kinds: Mapping[tuple[str, str], int] | None) -> str | None:
    """Return how many there are of each kind, the most first; None where that is unknown."""
    found = [(count, kind) for (of, kind), count in (kinds or {}).items() if of == key]
    told = [f"{count:,} {kind}" for count, kind in sorted(found, reverse=True)]
    hint = " (count_by squadId tells squads apart)" if any(k == _SQUAD for _, k in found) else ""
    return f": {', '.join(told)}{hint}" if told else None
