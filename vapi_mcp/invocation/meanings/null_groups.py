"""What null stands for where calls or other items are counted by a key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_OF_CALLS: Mapping[str, str] = {
    "endedReason": "that have not ended, or without a reason",
    "assistantId": "with a one-off assistant, a squad or none",
    "squadId": "without a saved squad",
    "phoneNumberId": "over the web or without a number of yours",
    "campaignId": "outside of campaigns",
    "analysis.successEvaluation": "that nothing evaluated",
    "customer.number": "over the web or with a hidden number",
}


def null_note(rows: Iterable[Any], keys: Iterable[str], items: str) -> str | None:
    """Return what null means for each key that is null in a row; items: what was counted."""
    rows = [row for row in rows if isinstance(row, dict)]
    known = _OF_CALLS if items == "calls" else {}
    told = [
        f"{key} null counts {items} {known.get(key, 'without a value')}"
        for key in keys
        if any(key in row and row[key] is None for row in rows)
    ]
    return f"{'; '.join(told)}." if told else None
