"""What an answer may cost the model that reads it, and what its pieces cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from vapi_mcp.invocation.answers.tokens import tokens_at_most
from vapi_mcp.invocation.arguments.encodable import written
from vapi_mcp.invocation.json_writing import exact_json

# Above this many characters a cost is taken from the beginning: it only has to be known as large.
_SAMPLE = 100_000
# More characters than a token of an answer has, but for runs of spaces and the like.
_LONGEST_TOKEN = 8


def compact(value: Any) -> str:
    """Return a value as the JSON of an answer."""
    return exact_json(value).decode()


def cost_of(value: Any) -> int:
    """Return about how many tokens a value costs as JSON, rather too many."""
    text = compact(value)
    if len(text) <= _SAMPLE:
        return tokens_at_most(text)
    return tokens_at_most(text[:_SAMPLE]) * len(text) // _SAMPLE


def fits(text: str, notes: Sequence[str], most: int) -> bool:
    """Return whether an answer and its notes stay within so many tokens."""
    # Of a text that is far too long, its beginning costs too much already.
    beginning = text[: most * _LONGEST_TOKEN]
    if len(beginning) < len(text) and tokens_at_most(beginning) > most:
        return False
    return excess(text, notes, most) <= 0


def overflow(opening: str, items: Iterable[Any], most: int) -> bool:
    """Return whether a list is surely too large for a budget, from its beginning alone.

    It has to be over by a quarter: where integers are large, numbers may be written otherwise.
    """
    texts: list[str] = []
    left = most * _LONGEST_TOKEN - len(opening)
    for item in items:
        raw = written(item)
        if raw is None:
            return False
        texts.append(raw.decode())
        left -= len(texts[-1]) + 1
        if left < 0:
            beginning = f"{opening}{','.join(texts)}"[: most * _LONGEST_TOKEN]
            return tokens_at_most(beginning) > most + most // 4
    return False


def excess(text: str, notes: Sequence[str], most: int) -> int:
    """Return by how many tokens an answer and its notes exceed a budget; 0 or less fits."""
    notes_text = compact({"notes": notes}) if notes else ""
    # No text has more tokens than bytes.
    if len(text) + len(notes_text) <= most and (text + notes_text).isascii():
        return 0
    return tokens_at_most(text) + (tokens_at_most(notes_text) if notes else 0) - most


def kept_notes(notes: Sequence[str], most: int) -> tuple[str, ...]:
    """Return the notes that cost no more than so many tokens together, the first ones first."""
    kept = list(notes)
    while kept and cost_of({"notes": kept}) > most:
        kept.pop()
    left_out = len(notes) - len(kept)
    return (*kept, f"{left_out} more notes were left out.") if left_out else tuple(kept)
