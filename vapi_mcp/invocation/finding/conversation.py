"""Words in the conversation of a call: which calls have them, where, and who said them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from vapi_mcp.invocation.answers.transcript_search import Found, Speaker, speaker_of, texts_in
from vapi_mcp.invocation.answers.transcript_search import Search as TurnSearch
from vapi_mcp.invocation.answers.wanted_words import WantedWords
from vapi_mcp.invocation.finding.conditions import Look
from vapi_mcp.invocation.finding.other_words import others_of
from vapi_mcp.json_paths import MISSING, parse_keys, resolve

FOUND = "found"
# How many turns have the words, by who speaks.
TURNS = "foundTurns"
_MOST_QUOTES = 3
_LONGEST_QUOTE = 300
_PEOPLE = ("user", "assistant")


class Conversation:
    """Looks for words in what was said in a call, and in its summary.

    paths: where that stands in an item; the first that has the words is quoted. speaker: whose
    turns count; without one those of the user and the assistant, and the summary.
    """

    name = "search"

    def __init__(self, words: str | None, paths: Sequence[str], speaker: str | None = None) -> None:
        """Prepare to look for words that one turn or line has to hold, all of them."""
        self._words = WantedWords(words or "")
        self._search = TurnSearch(speaker, words)
        self._others = [(word, TurnSearch(speaker, f'"{word}"')) for word in others_of(words or "")]
        self._speakers = (speaker,) if speaker else _PEOPLE
        self._paths = [parse_keys(path) for path in paths]

    def look(self, item: Any) -> Look:
        """Return whether an item has a conversation, and whether the words are in it."""
        is_met = any(True for _ in self._found(item))
        first = next(self._parts(item), None)
        others = self._others_in(*first) if first and not is_met else ()
        return Look(first is not None, is_met, tuple(others))

    def quotes(self, item: Any) -> list[dict[str, str]]:
        """Return the first few turns and lines that hold the words."""
        found = islice(self._found(item), _MOST_QUOTES)
        return [{"path": each["path"], "text": _text_of(each["value"])} for _, each in found]

    def turns(self, item: Any) -> dict[str, int]:
        """Return how many turns and lines hold the words, by who speaks."""
        return dict(Counter(speaker for speaker, _ in self._found(item) if speaker))

    def _found(self, item: Any) -> Iterator[tuple[Speaker | None, Found]]:
        for path, value in self._parts(item):
            if not self._words.may_be_in("\n".join(texts_in(value))):
                continue
            said = self._said(self._search, value, path)
            if (first := next(said, None)) is not None:
                yield first
                yield from said
                return

    def _others_in(self, path: tuple[str, ...], value: Any) -> Iterator[str]:
        """Yield the other words that a part holds; the cheap look goes before the exact one."""
        text = "\n".join(texts_in(value)).casefold() if self._others else ""
        for word, search in self._others:
            if word in text and any(True for _ in self._said(search, value, path)):
                yield word

    def _said(
        self, search: TurnSearch, value: Any, path: tuple[str, ...]
    ) -> Iterator[tuple[Speaker | None, Found]]:
        """Yield what is found but for instructions to the model and calls of tools."""
        for speaker, found in search.turns_in(value, path):
            turn = found["value"]
            if isinstance(turn, str) or speaker_of(turn.get("role")) in self._speakers:
                yield speaker, found

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
