"""Answers made to fit: written, weighed with their notes, and written smaller until they fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.answers.budget import excess, kept_notes
from vapi_mcp.invocation.answers.paths import shown_path
from vapi_mcp.invocation.arguments.notes import by_weight
from vapi_mcp.json_paths import parse_part

Written: TypeAlias = tuple[str, tuple[str, ...]]

# Added to what an answer is over, so that few attempts are needed.
_STEP = 16
_MOST_NAMED = 6
_LONGEST_PATH = 80


def fitted(
    write: Callable[[int], Written],
    most: int,
    weigh: Callable[[str, Sequence[str], int], int] = excess,
) -> Written:
    """Return the first answer within `most` tokens; `write` gets the room it should take.

    weigh: returns by how many tokens an answer and its notes are over; 0 or less fits.

    Raises:
        ToolError: Not even the smallest answer fits.
    """
    room = most
    while room > 0:
        text, notes = write(room)
        over = weigh(text, notes, most)
        if over <= 0:
            return text, notes
        room -= over + _STEP
    raise ToolError(
        (f"No part of this answer fits into {most:,} tokens, this server's limit for one answer."),
        status=413,
        hint=(
            "Name the keys you need in fields, or ask the server's owner to raise "
            "max_result_tokens."
        ),
    )


def arranged(
    ordinary: Sequence[str | None], needed: Sequence[str | None], most: int
) -> tuple[str, ...]:
    """Return the notes of an answer, those that matter first.

    All that are needed, and as many ordinary ones as a third of the budget holds.
    """
    if not any(ordinary) and not any(needed):
        return ()
    kept = kept_notes(by_weight(note for note in ordinary if note), most // 3)
    return by_weight((*kept, *(note for note in needed if note)))


def omission_note(
    paths: Sequence[str], most: int, untrusted: Sequence[str] = (), *, is_readable: bool
) -> str | None:
    """Return what to say of parts that were left out; untrusted: below these no key is quoted."""
    if not paths:
        return None
    shown = list(dict.fromkeys(shown_path(parse_part(path), untrusted) for path in paths))
    named = ", ".join(path[:_LONGEST_PATH] for path in shown[:_MOST_NAMED])
    more = f" and {len(shown) - _MOST_NAMED} more" if len(shown) > _MOST_NAMED else ""
    how = "read.arguments in each marker reads it" if is_readable else "they cannot be read again"
    return f"Left out to stay within {most:,} tokens: {named}{more}; {how}."
