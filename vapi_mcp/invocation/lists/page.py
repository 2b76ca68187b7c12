"""One page of a list as an answer: whole items, as many as the budget holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from vapi_mcp.accounts.records import Grant
from vapi_mcp.invocation.answers.budget import NOW_COST, compact, cost_of, fits
from vapi_mcp.invocation.answers.elision import Elision
from vapi_mcp.invocation.answers.fit import Written, arranged, fitted, omission_note
from vapi_mcp.invocation.answers.follow_up import follow_up_of_object
from vapi_mcp.invocation.answers.links.secret_links import SecretLinks
from vapi_mcp.invocation.answers.object import offered
from vapi_mcp.invocation.answers.untrusted_text import untrusted_note, untrusted_paths
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.explaining import explained
from vapi_mcp.invocation.finding.places import is_made_here
from vapi_mcp.invocation.lists.cursor import Position, encode_cursor
from vapi_mcp.invocation.lists.slices import Costs, Slices, Weighed, envelope
from vapi_mcp.invocation.lists.walks import Page
from vapi_mcp.invocation.meanings.absent_keys import absence_note
from vapi_mcp.invocation.meanings.empty_calls import status_notes
from vapi_mcp.invocation.meanings.ended_reasons import reason_notes, with_classes
from vapi_mcp.invocation.naming.asking import without_names
from vapi_mcp.registry.tool import Tool

_ON = "next_cursor continues with the next one"
_BACK = "prev_cursor continues with the one before"


class Listing:
    """Wraps pages of one call: result, next_cursor, prev_cursor, result_count."""

    def __init__(self, tool: Tool, checked: Checked, position: Position, grant: Grant) -> None:
        self._tool = tool
        self._checked = checked
        self._position = position
        self._grant = grant
        self._most = grant.server.config.max_result_tokens
        self._room = self._most - NOW_COST

    def answer(self, page: Page, chosen: Sequence[Any]) -> Written | None:
        """Return a page; one over the budget ends at a whole item, and its cursor goes on there.

        An item that alone is over the budget has markers inside. chosen: what was asked for of
        each item, or of those that come first; None is returned where more of them may fit.
        """
        contents = self._tool.spec.contents
        links = SecretLinks(contents.links, self._position.fields, contents.untrusted)
        items = with_classes(self._tool, links.removed_from_items(chosen))
        ordinary = [
            *self._checked.notes,
            *page.notes,
            *explained("meanings", lambda: self._meanings(items), ()),
            explained("absences", lambda: self._absent(page), None),
            explained("left-out links", lambda: links.note(self._offer), None),
        ]
        slices, costs = Slices(items, goes_back=page.goes_back), None
        is_part = len(items) < len(page.items)
        if is_part or not slices.is_short(self._room):
            costs = slices.costs(self._room)
        if is_part and costs and not costs.is_over:
            return None
        if not costs or not costs.is_over:
            whole = self._written(page, items, ordinary, texts=slices.joined(0, len(items)))
            if fits(*whole, self._room):
                return whole
        return self._cut(page, items, ordinary, slices, costs or slices.costs(self._room))

    def _cut(
        self,
        page: Page,
        items: list[Any],
        ordinary: Sequence[str | None],
        slices: Slices,
        costs: Costs,
    ) -> Written:
        """Return as many items as the budget holds, and at least something of one."""
        around, scope = self._frame(page, ordinary), self._grant.scope
        total, weighed = len(page.items), Weighed("", 0)

        def write(room: int) -> Written:
            nonlocal weighed
            count = costs.held(room - around)
            start = len(items) - count if page.goes_back else 0
            kept, texts = items[start : start + count], None
            way = _BACK if page.goes_back else _ON
            cut = f"{count} of {total} items are here, to stay within {self._most:,} tokens"
            reading = follow_up_of_object(self._tool, self._checked, kept[0], scope)
            elision = Elision(reading, self._tool.spec.contents.copies)
            if count == 1:
                kept = [elision.fit(kept[0], room - around)]
            else:
                texts = slices.joined(start, start + count)
            weighed = Weighed(texts or "", sum(costs.each[:count]))
            left_out = [f"{cut}; {way}." if count < total else None, self._omission(elision)]
            return self._written(page.cut(count), kept, ordinary, left_out, texts)

        def weigh(text: str, notes: Sequence[str], most: int) -> int:
            return weighed.excess(text, notes, most)

        return fitted(write, self._room, weigh)

    def _written(
        self,
        page: Page,
        items: list[Any],
        ordinary: Sequence[str | None],
        needed: Sequence[str | None] = (),
        texts: str | None = None,
    ) -> Written:
        """Return a page and its notes; texts: the items as they are written, if that is known."""
        around = {
            "next_cursor": self._cursor(page.after),
            "prev_cursor": self._cursor(page.before),
            "result_count": len(items),
            **({} if page.total is None else {"total": page.total}),
            **page.extra,
        }
        known = self._tool.spec.contents.untrusted
        risky = explained("marks of untrusted text", lambda: untrusted_paths(items, known), known)
        notes = arranged(ordinary, [*needed, untrusted_note([*page.untrusted, *risky])], self._most)
        if texts is None:
            return compact({"result": items, **around}), notes
        return envelope(texts, around.items()), notes

    def _frame(self, page: Page, ordinary: Sequence[str | None]) -> int:
        """Return about what an answer costs besides its items."""
        text, notes = self._written(page.cut(1), [], ordinary)
        return cost_of(text) + cost_of({"notes": notes})

    def _omission(self, elision: Elision) -> str | None:
        known = self._tool.spec.contents.untrusted
        return omission_note(elision.omitted, self._most, known, is_readable=elision.is_readable)

    def _cursor(self, state: Any) -> str | None:
        if state is None:
            return None
        at = replace(self._position, state=state)
        return encode_cursor(at, self._grant.account, self._tool.name)

    def _meanings(self, items: list[Any]) -> tuple[str, ...]:
        """Return what items show that needs words."""
        is_asked = self._checked.control.get("explain") is True
        reasons = reason_notes(self._tool, items, explain=True) if is_asked else ()
        return (*reasons, *status_notes(self._tool, items))

    def _offer(self) -> frozenset[str]:
        return offered(self._tool, self._grant)

    def _absent(self, page: Page) -> str | None:
        fields = self._position.fields
        if page.is_shaped or not page.items or fields == self._tool.spec.output.keys:
            return None
        known = without_names(self._tool, fields)
        asked = [f for f in known if not is_made_here(f, self._tool)]
        return absence_note("No item has", page.items, asked, self._tool)
