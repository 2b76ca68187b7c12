"""One object as an answer: what was asked of it, without secrets, within the budget."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.answers.budget import NOW_COST, compact, cost_of, fits
from vapi_mcp.invocation.answers.elision import Elision
from vapi_mcp.invocation.answers.fields import missing, select
from vapi_mcp.invocation.answers.fit import Written, arranged, fitted, omission_note
from vapi_mcp.invocation.answers.follow_up import FollowUpCall, follow_up_of
from vapi_mcp.invocation.answers.links.secret_links import SecretLinks
from vapi_mcp.invocation.answers.part import Part, WantedPart
from vapi_mcp.invocation.answers.paths import leads_into
from vapi_mcp.invocation.answers.untrusted_text import (
    untrusted_in_part,
    untrusted_note,
    untrusted_paths,
)
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.explaining import explained
from vapi_mcp.invocation.finding.other_words import others_note
from vapi_mcp.invocation.finding.places import fields_with_places
from vapi_mcp.invocation.finding.search import with_computed
from vapi_mcp.invocation.meanings.absent_keys import absence_note, place_of
from vapi_mcp.invocation.meanings.caveats import remarks
from vapi_mcp.invocation.meanings.empty_calls import emptiness_note, status_notes
from vapi_mcp.invocation.meanings.ended_reasons import REASON, reason_notes
from vapi_mcp.invocation.meanings.figures import figure_notes
from vapi_mcp.invocation.meanings.phone_lines import abilities_note
from vapi_mcp.invocation.meanings.prompt_variables import variables_note
from vapi_mcp.invocation.naming.asking import without_names
from vapi_mcp.json_paths import format_keys, format_part
from vapi_mcp.registry.tool import Tool

# What variables begin with, also in escapes; a pattern finds it faster than `in`.
_BRACES, _ESCAPED = re.compile(rb"{{"), re.compile(rb"\\u007")
# What tells apart the objects of one answer about many, and no more.
_TELLING = ("id", "customer.number")
# What tells which object was deleted; `fields` gives more.
_TELLING_DELETED = ("id", "name", "number", "status", "type", "createdAt", "customer.number")
# Where it breaks down, everything counts as untrusted.
_MARKS = "marks of untrusted text"


class ObjectAnswer:
    """Makes answers from what Vapi answered to one call."""

    def __init__(self, tool: Tool, checked: Checked, answer: Any, grant: Grant) -> None:
        self._tool = tool
        self._checked = checked
        self._answer = answer
        self._grant = grant
        self._most = grant.server.config.max_result_tokens
        self._room = self._most - (NOW_COST if tool.tells_now else 0)
        self._contents = tool.spec.contents
        self._body = b""

    @cached_property
    def _reading(self) -> FollowUpCall | None:
        return follow_up_of(self._tool, self._checked, self._answer, self._grant.scope)

    def write(self, body: bytes) -> Written:
        """Return the object or the part of it that was asked for, with notes.

        What nothing has to change goes on byte for byte.

        Raises:
            InvalidArguments: There is no such part or range, or there are no words to look for.
        """
        self._body = body
        asked = WantedPart.by(self._checked.control)
        if asked and self._reading:
            return self._part(asked, self._reading)
        return self._whole(body, self._checked.control.get("fields") or ())

    def _whole(self, body: bytes, fields: Sequence[str]) -> Written:
        fields, taken = fields_with_places(fields, self._tool)
        links = SecretLinks(self._contents.links, fields, self._contents.untrusted)
        answer = with_computed(self._answer, fields)
        shown = fields or self._of_deleted(answer)
        value = select(answer, shown) if shown else answer
        if links.may_be_in(body):
            value = links.removed(value)
        ordinary = [*self._ordinary(answer, fields, links, [self._answer]), taken]
        # Vapi's bytes are valid and compact already: they go on as they came.
        text = body.decode() if value is self._answer else compact(value)
        notes = self._noted(ordinary, text, [self._untrusted(value)])
        if fits(text, notes, self._room):
            return text, notes
        value, shortened = self._shortened(value)

        def write(room: int) -> Written:
            elision = Elision(self._reading, self._contents.copies)
            kept = elision.fit(value, room - cost_of({"notes": notes}))
            needed = [shortened, self._omission(elision), self._untrusted(kept)]
            return compact(kept), self._noted(ordinary, compact(kept), needed)

        return fitted(write, self._room)

    def _of_deleted(self, answer: Any) -> Sequence[str]:
        """Return what tells which object was deleted; nothing of another answer."""
        is_one = isinstance(answer, dict) and isinstance(answer.get("id"), str)
        return _TELLING_DELETED if is_one and self._tool.spec.effect == "delete" else ()

    def _part(self, asked: WantedPart, follow_up: FollowUpCall) -> Written:
        names = (format_keys((*asked.keys, field)) for field in asked.fields)
        contents = self._contents
        links = SecretLinks(contents.links, [format_keys(asked.keys), *names], contents.untrusted)
        part = self._part_of(asked, links)
        quoted = [] if leads_into(asked.path, self._contents.untrusted) else [part.value]
        # A search puts what it finds into objects of its own.
        fields = () if part.is_search else asked.fields
        ordinary = self._ordinary(part.value, fields, links, quoted)
        ordinary.append(explained("emptiness", lambda: self._why_nothing(part, asked), None))

        def write(room: int) -> Written:
            elision = Elision(follow_up, self._contents.copies)
            frame = follow_up.of_part(format_part(asked.path))
            room -= cost_of(frame) + cost_of({"notes": ordinary})
            found = part.answer(room, elision, follow_up)
            needed = [self._omission(elision), self._untrusted_part(part, asked, found["value"])]
            return compact(found), self._noted(ordinary, compact(found), needed)

        return fitted(write, self._room)

    def _part_of(self, asked: WantedPart, links: SecretLinks) -> Part:
        try:
            return Part(self._answer, asked, links, self._contents)
        except InvalidArguments as error:
            place = explained(
                "places", lambda: place_of(self._tool, self._answer, asked.path), None
            )
            why = explained("emptiness", lambda: self._emptiness([asked.part or ""]), None)
            told = f"{error.message.partition(';')[0]}; {place}." if place else error.message
            raise InvalidArguments(" ".join(filter(None, (told, why))), **error.extra) from error

    def _why_nothing(self, part: Part, asked: WantedPart) -> str | None:
        """Return why a part is empty, or a search found nothing."""
        if part.value not in ([], {}, "", None):
            return None
        why = self._emptiness([asked.part or "messages"])
        if not part.is_search:
            return why
        told = f"Nothing found; {part.looked_at:,} turns were looked at."
        if asked.search and part.looked_at:
            told = f"{told} {others_note(asked.search, part.others, 'turns', is_empty=True)}"
        return f"{told} {why}" if why else told

    def _emptiness(self, wanted: Sequence[str]) -> str | None:
        return emptiness_note(self._tool, self._answer, wanted)

    def _ordinary(
        self, value: Any, fields: Sequence[str], links: SecretLinks, quoted: Sequence[Any]
    ) -> list[str | None]:
        """Return what any answer may have to say; quoted: what may be named by its keys."""
        ordinary: list[str | None] = [
            *self._checked.notes,
            *explained("figures", lambda: figure_notes(self._tool, self._checked.body, value), ()),
            explained("left-out links", lambda: links.note(self._offer), None),
        ]
        if fields:
            ordinary[-1:-1] = [*self._absences(value, fields, quoted)]
        return ordinary

    def _absences(
        self, value: Any, fields: Sequence[str], quoted: Sequence[Any]
    ) -> Sequence[str | None]:
        """Return what is to be said of fields that lead to nothing."""
        known = without_names(self._tool, fields)
        return [
            explained(
                "absences",
                lambda: absence_note("The object has no", [value], known, self._tool, quoted),
                None,
            ),
            explained("emptiness", lambda: self._emptiness(missing([value], fields)), None),
        ]

    def _offer(self) -> frozenset[str]:
        return offered(self._tool, self._grant)

    def _noted(
        self, ordinary: Sequence[str | None], text: str, needed: Sequence[str | None]
    ) -> tuple[str, ...]:
        told = explained("remarks", lambda: remarks(self._tool, self._answer, text), ())
        meant = explained("meanings", lambda: self._meanings(text), ())
        return arranged(ordinary, [*needed, *told, *meant], self._most)

    def _meanings(self, text: str) -> tuple[str, ...]:
        """Return what a text shows that needs words; a deleted object needs none."""
        if self._tool.spec.effect == "delete":
            return ()
        if (line := abilities_note(self._tool, self._answer)) and '"provider":' in text:
            return (line,)
        if (
            '"model":' in text
            and self._may_show_variables()
            and (lacks := variables_note(self._tool, self._answer))
        ):
            return (lacks,)
        if f'"{REASON}":' not in text:
            return status_notes(self._tool, [self._answer]) if '"status":' in text else ()
        is_asked = self._checked.control.get("explain") is True
        told = reason_notes(self._tool, [self._answer], explain=is_asked)
        return (*told, *status_notes(self._tool, [self._answer]))

    def _may_show_variables(self) -> bool:
        return bool(_BRACES.search(self._body) or _ESCAPED.search(self._body))

    def _omission(self, elision: Elision) -> str | None:
        known = self._contents.untrusted
        return omission_note(elision.omitted, self._most, known, is_readable=elision.is_readable)

    def _untrusted(self, value: Any) -> str | None:
        known = self._contents.untrusted
        return untrusted_note(explained(_MARKS, lambda: untrusted_paths([value], known), known))

    def _untrusted_part(self, part: Part, asked: WantedPart, value: Any) -> str | None:
        if part.is_search:
            return untrusted_note(["value"] if self._contents.untrusted and value else [])
        known = self._contents.untrusted
        paths = explained(_MARKS, lambda: untrusted_in_part(value, asked.path, known), ["value"])
        return untrusted_note(paths)

    def _shortened(self, value: Any) -> tuple[Any, str | None]:
        """Return an answer about many objects with what tells them apart, and what to say of it.

        Such an answer has no id, so that nothing could read a part of it again; its objects do.
        """
        reader = self._tool.spec.reader
        results = value.get("results") if isinstance(value, dict) else None
        if self._reading or not isinstance(results, list):
            return value, None
        if reader is None or reader not in self._grant.scope:
            return value, None
        told = f"results are cut to {', '.join(_TELLING)}; {reader.name} reads each of them whole."
        return {**value, "results": select(results, _TELLING)}, told


def offered(tool: Tool, grant: Grant) -> frozenset[str]:
    """Return the names of tools that give what links in answers lead to, within scope."""
    scope = grant.scope
    return frozenset(spec.name for spec in tool.spec.givers if spec in scope)
