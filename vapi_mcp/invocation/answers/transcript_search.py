"""Looking for words and speakers in an object: what was found, and where."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any, Literal, TypeAlias

from vapi_mcp.invocation.answers.ranges import Span
from vapi_mcp.invocation.answers.wanted_words import WantedWords
from vapi_mcp.json_paths import TextPath, format_part

Speaker: TypeAlias = Literal["user", "assistant", "system", "tool"]
Found: TypeAlias = dict[str, Any]

# What messages and transcripts call them.
_ROLES: dict[str, Speaker] = {
    **dict.fromkeys(("user", "customer", "human", "caller"), "user"),
    **dict.fromkeys(("assistant", "bot", "ai", "model"), "assistant"),
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("tool", "function", "tool_calls", "tool_call_result"), "tool"),
}
_LABEL = re.compile(r"([A-Za-z_]{2,20}): ")
# Keys of a turn that tell who speaks, not what was said.
_ABOUT = frozenset({"role", "assistantName", "assistantId"})
_LONGEST_LINE = 400
_BEFORE_A_HIT = 150
_DEEPEST = 100


class Search:
    """Looks for turns of a speaker, and for turns and lines that hold the words.

    A turn is an object with a role, as in a list of messages. In a transcript, which is text, each
    line is one turn, and a line without a name goes on with the one before.
    """

    def __init__(self, speaker: str | None, words: str | None) -> None:
        """Prepare to look; `looked_at` counts the turns that were looked at."""
        self.looked_at = 0
        self._speaker = speaker
        self._words = WantedWords(words or "")

    def found_in(
        self, value: Any, path: TextPath, skipped: Collection[str] = ()
    ) -> Iterator[Found]:
        """Yield `{path, value}` of turns and `{path, range, value}` of lines, in order.

        skipped: written paths that repeat what stands elsewhere.
        """
        return (found for _, found in self.turns_in(value, path, skipped))

    def turns_in(
        self, value: Any, path: TextPath, skipped: Collection[str] = ()
    ) -> Iterator[tuple[Speaker | None, Found]]:
        """Yield the same, each with who speaks; None of a text that says none."""
        if format_part(path) in skipped or len(path) > _DEEPEST:
            return
        if isinstance(value, str):
            yield from self._lines(value, path)
        elif isinstance(value, dict) and isinstance(value.get("role"), str):
            self.looked_at += 1
            if self._spoke(value["role"]) and self._words.are_in(_said(value)):
                yield speaker_of(value["role"]), {"path": format_part(path), "value": value}
        elif isinstance(value, dict | list):
            children = value.items() if isinstance(value, dict) else enumerate(value)
            for name, child in children:
                yield from self.turns_in(child, (*path, str(name)), skipped)

    def _spoke(self, role: str) -> bool:
        return self._speaker is None or speaker_of(role) == self._speaker

    def _lines(self, text: str, path: TextPath) -> Iterator[tuple[Speaker | None, Found]]:
        at, speaker = 0, None
        for line in text.splitlines(keepends=True):
            label = _LABEL.match(line)
            named = _ROLES.get(label[1].lower()) if label else None
            self.looked_at += named is not None
            speaker = named or speaker
            if (self._speaker in (None, speaker)) and self._words.are_in(line) and line.strip():
                span = self._window(line, at)
                yield (
                    speaker,
                    {
                        "path": format_part(path),
                        "range": str(span),
                        "value": text[span.start : span.end],
                    },
                )
            at += len(line)

    def _window(self, line: str, at: int) -> Span:
        """Return where the line stands, or of a long one the surroundings of the first word."""
        length = len(line.rstrip("\r\n")) or len(line)
        if length <= _LONGEST_LINE or not self._words:
            return Span(at, at + length)
        start = max(0, self._words.first_in(line) - _BEFORE_A_HIT)
        return Span(at + start, at + min(length, start + _LONGEST_LINE))


def speaker_of(role: object) -> Speaker | None:
    """Return who speaks in a turn, by the role that its message has."""
    return _ROLES.get(role.lower()) if isinstance(role, str) else None


def _said(turn: dict[str, Any]) -> str:
    return "\n".join(texts_in({key: turn[key] for key in turn if key not in _ABOUT}))


def texts_in(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield the texts of a value at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list) and depth < _DEEPEST:
        for child in value.values() if isinstance(value, dict) else value:
            yield from texts_in(child, depth + 1)
