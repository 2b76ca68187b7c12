"""What an answer may cost the model that reads it, and what its pieces cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vapi_mcp.invocation.answers.tokens import tokens_at_most
from vapi_mcp.invocation.json_writing import exact_json

# Tokens of the time that an answer tells.
NOW_COST = 20
# Above this many characters a cost is taken from the beginning: it only has to be known as large.
SAMPLE = 100_000
# More characters than a token of most answers has; of any answer, but for runs of spaces.
_LONG_TOKEN, _LONGEST_TOKEN = 4, 8


def compact(value: Any) -> str:
    """Return a value as the JSON of an answer."""
    return exact_json(value).decode()


def cost_of(value: Any) -> int:
    """Return about how many tokens a value costs as JSON, rather too many."""
    return cost_of_text(compact(value))


def cost_of_text(text: str) -> int:
    """Return about how many tokens a text costs, rather too many."""
    if len(text) <= SAMPLE:
        return tokens_at_most(text)
    return tokens_at_most(text[:SAMPLE]) * len(text) // SAMPLE


def fits(text: str, notes: Sequence[str], most: int) -> bool:
    """Return whether an answer and its notes stay within so many tokens."""
    # Of a text that is too long, its beginning costs too much already.
    for length in (most * _LONG_TOKEN, most * _LONGEST_TOKEN):
        if length < len(text) and tokens_at_most(text[:length]) > most:
            return False
    return excess(text, notes, most) <= 0


def excess(text: str, notes: Sequence[str], most: int) -> int:
    """Return by how many tokens an answer and its notes exceed a budget; 0 or less fits."""
    notes_text = compact({"notes": notes}) if notes else ""
    # No text has more tokens than bytes.
    if len(text) <= most and _bytes_of(text) + _bytes_of(notes_text) <= most:
        return 0
    return tokens_at_most(text) + (tokens_at_most(notes_text) if notes else 0) - most


def _bytes_of(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


def kept_notes(notes: Sequence[str], most: int) -> tuple[str, ...]:
    """Return the notes that cost no more than so many tokens together, the first ones first."""
    kept = list(notes)
    while kept and cost_of({"notes": kept}) > most:
        kept.pop()
    left_out = len(notes) - len(kept)
    return (*kept, f"{left_out} more notes were left out.") if left_out else tuple(kept)
