"""Other words for those that a conversation is searched for, and how many items have them."""

from __future__ import annotations

from collections.abc import Mapping

from vapi_mcp.invocation.answers.wanted_words import read_words
from vapi_mcp.specs.tools.said_words import other_words

_MOST = 12
_MOST_NAMED = 4
WIDER = "Words are looked for anywhere, all together; for one of several write refund|money back."


def others_of(text: str) -> tuple[str, ...]:
    """Return what else may stand for the words of a search, by the list of such words."""
    alternatives = read_words(text)
    found: dict[str, None] = {}
    for words in alternatives:
        phrase = " ".join(words)
        found |= dict.fromkeys(other_words(phrase))
        for word in words if len(words) > 1 or " " in phrase else ():
            found |= dict.fromkeys(other_words(word))
    asked = {word.casefold() for words in alternatives if len(words) == 1 for word in words}
    return tuple(word for word in found if not any(each in word for each in asked))[:_MOST]


def others_note(
    text: str, counts: Mapping[str, int], holders: str = "items", *, is_empty: bool
) -> str | None:
    """Return which other words would find more, or how to widen a search that found nothing.

    counts: how many holders have each word that are no match for lack of the words asked for.
    """
    best = sorted((word for word in counts if counts[word]), key=lambda word: (-counts[word], word))
    if not best:
        return WIDER if is_empty else None
    best = best[:_MOST_NAMED]
    told = ", ".join(f"{word} {counts[word]:,}" for word in best)
    wider = "|".join([text.strip(), *best])
    return f"Other words are in {holders} that do not match: {told}; search {wider} finds them too."
