"""Finds in a list what a search asks for, and says how far it looked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from vapi_mcp.invocation.answers.fields import EVERYTHING, select
from vapi_mcp.invocation.answers.paths import leads_into
from vapi_mcp.invocation.finding.collecting import Collection, Counted, Matching, Ranked
from vapi_mcp.invocation.finding.conditions import Clause
from vapi_mcp.invocation.finding.conversation import FOUND, TURNS, Conversation
from vapi_mcp.invocation.finding.criteria import Nothing, Words
from vapi_mcp.invocation.finding.other_words import WIDER, others_note
from vapi_mcp.invocation.finding.places import is_made_here, places_note, with_places
from vapi_mcp.invocation.finding.pushdown import sort_filter, with_filters
from vapi_mcp.invocation.finding.scan import PAGE, Bounds, ReadPage, Scan, Scanned
from vapi_mcp.invocation.finding.search import Search, read_search, with_computed
from vapi_mcp.invocation.finding.unknown_values import objects_notes, values_notes
from vapi_mcp.invocation.finding.values import Key
from vapi_mcp.invocation.lists.cursor import Position
from vapi_mcp.invocation.lists.walks import Json, Page
from vapi_mcp.invocation.meanings.absent_keys import absence_note
from vapi_mcp.invocation.meanings.null_groups import null_note
from vapi_mcp.invocation.meanings.prompt_variables import with_variables
from vapi_mcp.invocation.naming.asking import without_names
from vapi_mcp.json_paths import parse_keys
from vapi_mcp.registry.tool import Tool

# A list that comes whole is read once.
_ALL = 1_000_000
_USUAL_GROUPS = 100


class Finder:
    """One search of one list.

    read: reads a page of it. bounds: how far to go; the reader counts what it reads there.
    """

    def __init__(self, tool: Tool, position: Position, read: ReadPage, bounds: Bounds) -> None:
        self._tool = tool
        self._position = position
        self._search = with_places(read_search(position.search), tool)
        self._read = read
        self._bounds = bounds
        paths = tool.spec.output.searched
        words, speaker = self._search.words, self._search.speaker
        is_asked = bool(paths and (words or speaker))
        self._conversation = Conversation(words, paths, speaker) if is_asked else None
        said = (self._conversation,) if self._conversation else ()
        self._clauses: tuple[Clause, ...] = (*self._search.conditions, *said)

    async def page(self) -> Page:
        """Return the page of the answer: matches in order, or groups with their counts.

        Raises:
            ToolError: The search has no known form, or its first page could not be read.
        """
        search, query = self._search, dict(self._position.filters["query"])
        filters = with_filters(self._tool, query, search.conditions)
        if search.count_by:
            return await self._counted(filters, search)
        pushed = search.sort and sort_filter(
            self._tool, search.sort.written, descending=search.descending
        )
        if search.sort is None or pushed or self._is_usual_order(search):
            return await self._matching({**filters, **(pushed or {})})
        return await self._ranked(filters, search.sort)

    def _is_usual_order(self, search: Search) -> bool:
        is_by_date = search.sort is not None and search.sort.written == "createdAt"
        is_dated = self._tool.spec.output.paging in ("window", "whole")
        return is_by_date and is_dated and search.descending

    async def _matching(self, filters: dict[str, Any]) -> Page:
        limit = self._position.limit

        def collection() -> Matching:
            return Matching(clauses=self._clauses, most=limit, shape=self._shape)

        scanned = await self._scan(collection, filters, self._position.state)
        found = scanned.found
        states = found.states

        def cut(count: int) -> Page:
            after = states[count - 1] if count else self._position.state
            return self._page(scanned, found.items[:count], after)

        after = states[-1] if found.is_full else scanned.state
        is_all = not (found.is_full or scanned.state or self._position.state)
        return replace(
            cut(len(states)), after=after, cut=cut, total=found.matched if is_all else None
        )

    async def _ranked(self, filters: dict[str, Any], sort: Key) -> Page:
        skip, state = _begun(self._position.state)
        most = skip + self._position.limit

        def collection() -> Ranked:
            return Ranked(
                clauses=self._clauses,
                key=sort,
                descending=self._search.descending,
                most=most,
                shape=self._shape,
            )

        scanned = await self._scan(collection, filters, state)
        return self._paged(scanned, scanned.found.items, skip, self._position.limit)

    async def _counted(self, filters: dict[str, Any], search: Search) -> Page:
        skip, state = _begun(self._position.state)

        def collection() -> Counted:
            return Counted(clauses=self._clauses, keys=search.count_by)

        scanned = await self._scan(collection, filters, state)
        rows = scanned.found.rows()
        page = self._paged(scanned, rows, skip, max(_USUAL_GROUPS, self._position.limit))
        keys = [key.written for key in search.count_by]
        items = self._tool.spec.resource.replace("_", " ")
        told = null_note(page.items, keys, items, scanned.found.nulls)
        return replace(page, notes=(*page.notes, *([told] if told else [])))

    def _paged(self, scanned: Scanned[Any], items: Sequence[Any], skip: int, limit: int) -> Page:
        """Return the items of a page; the rest is found again by its place in the order."""
        here = list(items[skip : skip + limit])
        found: Collection = scanned.found
        is_more = (found.matched if isinstance(found, Ranked) else len(items)) > skip + len(here)

        def cut(count: int) -> Page:
            after = {"skip": skip + count, "state": self._begun_at()}
            return self._page(scanned, here[:count], after)

        page = cut(len(here))
        # What was found is shown first; only then does a walk that stopped go on.
        after = page.after if is_more else scanned.state
        total = None if scanned.state or self._begun_at() else found.matched
        return replace(page, after=after, cut=cut, total=total)

    def _begun_at(self) -> Json:
        return _begun(self._position.state)[1]

    async def _scan(
        self, collection: Callable[[], Any], filters: dict[str, Any], state: Json
    ) -> Scanned[Any]:
        size = _ALL if self._tool.spec.output.paging == "whole" else PAGE
        return await Scan(self._read, collection, self._bounds, size).run(filters, state)

    def _page(self, scanned: Scanned[Any], items: list[Any], after: Json) -> Page:
        found: Collection = scanned.found
        extra = {"scanned": found.scanned, "until": found.until} if scanned.reason else {}
        notes = [*scanned.notes, *self._notes(scanned)]
        return Page(
            items,
            after=after,
            notes=tuple(notes),
            is_shaped=True,
            extra=extra,
            untrusted=tuple(self._untrusted()) if items else (),
        )

    def _shape(self, item: Any) -> Any:
        """Return what the answer has of a match."""
        fields = self._position.fields
        is_usual = fields == self._tool.spec.output.keys
        if is_usual:
            fields = tuple(dict.fromkeys((*fields, *self._search.shown_keys())))
        shown = select(with_computed(item, self._computed(fields)), fields)
        shown = with_variables(self._tool, item, shown) if is_usual else shown
        if self._conversation and isinstance(shown, dict):
            quotes, turns = self._conversation.quotes(item), self._conversation.turns(item)
            return {**shown, FOUND: quotes, **({TURNS: turns} if turns else {})}
        return shown

    def _computed(self, fields: Sequence[str]) -> tuple[str, ...]:
        return (*fields, *self._search.shown_keys())

    def _notes(self, scanned: Scanned[Any]) -> Iterable[str]:
        found: Collection = scanned.found
        if scanned.reason:
            yield (
                f"Not the whole list was searched: {scanned.reason}. {found.scanned:,} items were "
                f"looked at, back to {found.until}; next_cursor goes on there."
            )
        if placed := places_note(self._search):
            yield placed
        if found.scanned and not found.matched:
            yield self._why_nothing(found)
        yield from values_notes(self._tool, self._search.conditions, found.meeting)
        yield from self._objects(found)
        if told := self._wider(found):
            yield told
        if told := self._absent(found):
            yield told

    def _why_nothing(self, found: Collection) -> str:
        alone = ", ".join(f"{each.name} {found.meeting[each.name]:,}" for each in self._clauses)
        told = f"None of the {found.scanned:,} items looked at is a match; alone meet: {alone}."
        if self._conversation is None:
            return told
        return f"{told} {found.having[self._conversation.name]:,} of them have a conversation."

    def _objects(self, found: Collection) -> Iterable[str]:
        """Return what to say of keys that hold objects; those of outsiders are not named."""
        known = self._tool.spec.contents.untrusted
        ours = [
            each
            for each in self._search.conditions
            if not leads_into(parse_keys(each.key.place), known)
            and not isinstance(each.criterion, Words | Nothing)
        ]
        return objects_notes(ours, found.sample, found.meeting)

    def _wider(self, found: Collection) -> str | None:
        """Return which other words would find more of the conversations."""
        words, is_empty = self._search.words, not found.matched
        if words and found.having["search"]:
            return others_note(words, found.others, is_empty=is_empty)
        asked = [each for each in self._search.conditions if isinstance(each.criterion, Words)]
        unmet = [each for each in asked if found.having[each.name] and not found.meeting[each.name]]
        return WIDER if is_empty and unmet else None

    def _absent(self, found: Collection) -> str | None:
        """Return a note on keys of the search that no item has."""
        keys = [key.written for key in (self._search.sort, *self._search.count_by) if key]
        asked = [each.name for each in self._search.conditions] + (keys if found.matched else [])
        fields = without_names(self._tool, self._position.fields)
        fields = [f for f in fields if f != EVERYTHING and not is_made_here(f, self._tool)]
        if self._position.fields == self._tool.spec.output.keys:
            fields = []
        absent = [name for name in asked if not found.having[name]]
        if not found.scanned:
            return None
        # A match beyond the sample has its own keys.
        kept: Sequence[Any] = found.items if isinstance(found, Matching | Ranked) else ()
        looked_at = [*found.sample, *kept]
        return absence_note("No item has", looked_at, [*absent, *fields], self._tool)

    def _untrusted(self) -> list[str]:
        known = self._tool.spec.contents.untrusted
        keys = [
            key.written for key in self._search.count_by if leads_into(parse_keys(key.place), known)
        ]
        return [*keys, *([FOUND] if self._conversation else [])]


def _begun(state: Json) -> tuple[int, Json]:
    """Return how much of an order was answered already, and where its walk began."""
    if isinstance(state, dict):
        return state["skip"], state["state"]
    return 0, state
