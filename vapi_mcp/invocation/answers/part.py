"""One part of an object, or what a search finds in it, as much of it as fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from vapi_mcp.invocation.answers.budget import cost_of
from vapi_mcp.invocation.answers.elision import Elision, is_marker
from vapi_mcp.invocation.answers.fields import missing, select
from vapi_mcp.invocation.answers.follow_up import FollowUpCall
from vapi_mcp.invocation.answers.links.secret_links import SecretLinks
from vapi_mcp.invocation.answers.paths import part_at
from vapi_mcp.invocation.answers.ranges import Span, span_of
from vapi_mcp.invocation.answers.transcript_search import Search
from vapi_mcp.invocation.finding.other_words import others_of
from vapi_mcp.json_paths import (
    MISSING,
    WHOLE,
    TextPath,
    format_part,
    parse_part,
    resolve,
    without_positions,
)
from vapi_mcp.specs.tools.contents import Contents

# What JSON puts between two items.
_SEPARATOR = 1


@dataclass(frozen=True, slots=True)
class WantedPart:
    """Which part of an object is wanted, and of that part what."""

    part: str | None
    range: str | None
    speaker: str | None
    search: str | None
    fields: tuple[str, ...]

    @classmethod
    def by(cls, control: Mapping[str, Any]) -> WantedPart | None:
        """Return what the arguments ask for; None is the object itself."""
        names = ("part", "range", "speaker", "search")
        if not any(name in control for name in names):
            return None
        part, within, speaker, search = (control.get(name) for name in names)
        return cls(part, within, speaker, search, tuple(control.get("fields") or ()))

    @property
    def path(self) -> TextPath:
        """Where the part stands."""
        return parse_part(self.part or WHOLE)

    @property
    def keys(self) -> TextPath:
        """Where the part stands, but for positions in lists."""
        return without_positions(self.path)


class Part:
    """A part of an object, found once and answered in as many tokens as there are."""

    def __init__(
        self, whole: Any, asked: WantedPart, links: SecretLinks, contents: Contents
    ) -> None:
        """Find it, without the links that were not asked for.

        Raises:
            InvalidArguments: There is no such part or range, or there are no words to look for.
        """
        found = links.removed(part_at(whole, asked.path, contents.untrusted), asked.keys)
        self.value = select(found, asked.fields) if asked.fields else found
        self._asked = asked
        # Whether the value is a list of what was found.
        self.is_search = asked.speaker is not None or asked.search is not None
        # How many turns a search looked at.
        self.looked_at = 0
        # How many turns and lines have other words, where none has those that were looked for.
        self.others = Counter[str]()
        if self.is_search:
            self._look(found, {} if asked.path else contents.repetitions)
        self._is_long = isinstance(self.value, dict | list | str)
        total = len(self.value) if self._is_long else 0
        self._span = span_of(asked.range, total) if self._is_long and total else Span(0, total)

    def _look(self, found: Any, repeated: Mapping[str, str]) -> None:
        """Search; fields are those of the turns that are found, else of what is searched."""
        fields = self._asked.fields
        turns = self._found(found, repeated)
        if fields and len(missing([each["value"] for each in turns], fields)) < len(fields):
            self.value = [{**each, "value": select(each["value"], fields)} for each in turns]
        else:
            self.value = self._found(self.value, repeated) if fields else turns

    def _found(self, value: Any, repeated: Mapping[str, str]) -> list[Any]:
        asked = self._asked
        skipped = _repeated(value, repeated)
        search = Search(asked.speaker, asked.search)
        turns = list(search.found_in(value, asked.path, skipped))
        self.looked_at = search.looked_at
        for word in others_of(asked.search or "") if not turns else ():
            other = Search(asked.speaker, f'"{word}"')
            self.others[word] = sum(1 for _ in other.found_in(value, asked.path, skipped))
        return turns

    def answer(self, room: int, elision: Elision, follow_up: FollowUpCall) -> dict[str, Any]:
        """Return `{part, total, range, next, value}`, the value within `room` tokens.

        next: the arguments that continue it, null at its end.
        """
        value, span = self._fitted(room, elision)
        is_all = not self._is_long or span.end >= self._span.end
        return {
            "part": format_part(self._asked.path),
            "total": len(self.value) if self._is_long else None,
            "range": str(span) if span.end > span.start else None,
            "next": None if is_all else self._next(span, follow_up),
            "value": value,
        }

    def _fitted(self, room: int, elision: Elision) -> tuple[Any, Span]:
        value = self.value
        if isinstance(value, str):
            return self._beginning(value, room)
        if isinstance(value, list):
            return self._items(value, room, elision)
        if isinstance(value, dict):
            return self._entries(value, room, elision)
        return value, self._span

    def _beginning(self, text: str, room: int) -> tuple[str, Span]:
        """Return the longest beginning that fits; characters are whole code points."""
        start, end = self._span.start, self._span.end
        least, most = start + 1, end
        # More than any prose has a token; where that is too little, `next` goes on.
        most = min(most, start + 16 * room)
        while least < most:
            middle = (least + most + 1) // 2
            least, most = (
                (middle, most) if cost_of(text[start:middle]) <= room else (least, middle - 1)
            )
        end = min(end, least)
        return text[start:end], Span(start, end)

    def _items(self, items: Sequence[Any], room: int, elision: Elision) -> tuple[list[Any], Span]:
        start = self._span.start
        kept: list[Any] = []
        for item in islice(items, start, self._span.end):
            cost = cost_of(item) + _SEPARATOR
            if cost > room and kept:
                break
            kept.append(item if cost <= room else self._within(item, start, room, elision))
            room -= cost
        return kept, Span(start, start + len(kept))

    def _within(self, item: Any, index: int, room: int, elision: Elision) -> Any:
        """Return an item that alone is too large, with markers inside."""
        if not self.is_search:
            return elision.fit(item, room, (*self._asked.path, str(index)))
        return {**item, "value": elision.fit(item["value"], room, parse_part(item["path"]))}

    def _entries(
        self, found: dict[str, Any], room: int, elision: Elision
    ) -> tuple[dict[str, Any], Span]:
        """Return an object with markers inside; when even those are too many, its first entries."""
        entries = dict(islice(found.items(), self._span.start, self._span.end))
        before = len(elision.omitted)
        fitted = elision.fit(entries, room, self._asked.path)
        if not is_marker(fitted) or is_marker(entries):
            return fitted, self._span
        del elision.omitted[before:]
        kept: dict[str, Any] = {}
        for name, value in entries.items():
            cost = cost_of(name) + cost_of(value) + _SEPARATOR
            if cost > room and kept:
                break
            share = room - cost_of(name)
            kept[name] = elision.fit(value, share, (*self._asked.path, name))
            room -= cost
        return kept, Span(self._span.start, self._span.start + len(kept))

    def _next(self, span: Span, follow_up: FollowUpCall) -> dict[str, Any]:
        asked = self._asked
        is_open = self._span.end == len(self.value)
        rest = f"{span.end}-" if is_open else f"{span.end}-{self._span.end - 1}"
        return follow_up.of_part(
            format_part(asked.path),
            range=rest,
            speaker=asked.speaker,
            search=asked.search,
            fields=list(asked.fields) or None,
        )


def _repeated(whole: Any, copies: Mapping[str, str]) -> frozenset[str]:
    """Return the paths that repeat another one which is there."""
    return frozenset(copy for copy, path in copies.items() if _holds(whole, parse_part(path)))


def _holds(value: Any, path: TextPath) -> bool:
    found = resolve(value, path)
    return found is not MISSING and bool(found)
