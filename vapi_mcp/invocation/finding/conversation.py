"""Words in the conversation of a call: which calls have them, and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from vapi_mcp.invocation.answers.transcript_search import Search as TurnSearch
from vapi_mcp.invocation.answers.transcript_search import speaker_of, texts_in
from vapi_mcp.invocation.finding.conditions import Look
from vapi_mcp.json_paths import MISSING, parse_keys, resolve

FOUND = "found"
_MOST_QUOTES = 3
_LONGEST_QUOTE = 300


class Conversation:
    """Looks for words in what was said in a call, and in its summary.

    paths: where that stands in an item; the first that has the words is quoted.
    """

    name = "search"

    def __init__(self, words: str, paths: Sequence[str]) -> None:
        """Prepare to look for words that one turn or line has to hold, all of them."""
        self._search = TurnSearch(None, words)
        self._paths = [parse_keys(path) for path in paths]

    def look(self, item: Any) -> Look:
        """Return whether an item has a conversation, and whether the words are in it."""
        has_it = any(self._parts(item))
        return Look(has_it, any(True for _ in self._found(item)))

    def quotes(self, item: Any) -> list[dict[str, str]]:
        """Return the first few turns and lines that hold the words."""
        return list(islice(self._found(item), _MOST_QUOTES))

    def _found(self, item: Any) -> Iterator[dict[str, str]]:
        for path, value in self._parts(item):
            found = [
                {"path": each["path"], "text": _text_of(each["value"])}
                for each in islice(self._said(value, path), _MOST_QUOTES)
            ]
            if found:
                yield from found
                return

    def _said(self, value: Any, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        """Yield what is found but for instructions to the model and calls of tools."""
        for found in self._search.found_in(value, path):
            turn = found["value"]
            if isinstance(turn, str) or speaker_of(turn.get("role")) in ("user", "assistant"):
                yield found

    def _parts(self, item: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
        for path in self._paths:
            value = resolve(item, path)
            if value is not MISSING and value:
                yield path, value


def _text_of(value: Any) -> str:
    if isinstance(value, dict):
        value = [value["role"] + ":", value.get("message") or value.get("content")]
    text = " ".join(" ".join(texts_in(value)).split())
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"
