"""The preview of a write: what it does, to whom, with which words, when, and at what price."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vapi_mcp.accounts.clock import Clock
from vapi_mcp.invocation.answers.untrusted_text import untrusted_note
from vapi_mcp.invocation.arguments.notes import UrgentNote
from vapi_mcp.invocation.explaining import explained, explaining
from vapi_mcp.invocation.writes.forecast import forecast
from vapi_mcp.invocation.writes.previews.lookups import KnownObject, Lookups
from vapi_mcp.invocation.writes.previews.references import Reference, references_in
from vapi_mcp.invocation.writes.previews.wording import (
    first_messages,
    input_text,
    one_line,
    part,
    script_of,
    texts,
    titled,
    voicemail_message,
)
from vapi_mcp.invocation.writes.prices import Prices
from vapi_mcp.invocation.writes.recipients import Recipients, customers_in
from vapi_mcp.invocation.writes.write import Write
from vapi_mcp.rfc3339 import write_moment

_MOST_NUMBERS = 20
# Where the words of a name meet: at an underscore, or before a capital.
_WORDS = re.compile("_|(?<=[a-z])(?=[A-Z])")
# Who speaks, what is bought: what tells one write from another at a glance.
_TELLING = ("name", "assistantId", "squadId", "phoneNumberId", "provider", "number", "evalId")
_SPEAKERS = ("assistant", "squad")


@dataclass(frozen=True, slots=True)
class Preview:
    """An object for a model and a user, and the notes that belong to it."""

    shown: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    @property
    def question(self) -> str:
        """The same as the text of a question."""
        what, *rest = self.shown.items()
        lines = [self._line(name, value) for name, value in rest if not self._is_told(name)]
        return "\n".join([f"{what[1]}?", *lines])

    def _line(self, name: str, value: Any) -> str:
        known = self.shown.get(f"{name}Id")
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        return f"{_WORDS.sub(' ', name).lower()}: {text}" + (f" ({known})" if known else "")

    def _is_told(self, name: str) -> bool:
        """Return whether an id stands on the line of its object already."""
        return name.endswith("Id") and name.removesuffix("Id") in self.shown


class Previews:
    """Makes previews, with names that are looked up, and a price where recent calls give one."""

    def __init__(self, prices: Prices, lookups: Lookups, clock: Clock) -> None:
        self._prices = prices
        self._lookups = lookups
        self._clock = clock

    async def of(self, write: Write) -> Preview:
        """Return what a write will do; what cannot be looked up is left out or stays an id."""
        recipients = write.recipients
        known, ahead, price = await asyncio.gather(
            self._known(write),
            forecast(write, self._prices, self._clock()),
            self._price(write, recipients),
        )
        shown = {"what": write.tool.spec.title, "tool": write.tool.name, **_target(write)}
        shown |= explained("the names of a preview", lambda: _names(write, known), {})
        shown |= explained("the texts of a preview", lambda: _texts(write, known), {})
        if recipients is not None:
            shown |= _people(write, recipients)
        if write.warnings:
            ahead = {**ahead, "warning": " ".join(write.warnings)}
        untrusted = [f"preview.{each.kind}" for each in known if known[each].is_untrusted]
        note = untrusted_note(list(dict.fromkeys(untrusted)))
        return Preview(shown | ahead | price, (UrgentNote(note),) if note else ())

    async def _known(self, write: Write) -> dict[Reference, KnownObject]:
        with explaining("the look-ups of a preview"):
            references, dials = references_in(write), write.tool.spec.dials
            return await self._lookups.known(references, write.call, with_scripts=dials)
        return {}

    async def _price(self, write: Write, recipients: Recipients | None) -> dict[str, str]:
        if "spending" not in write.tool.spec.tags:
            return {}
        calls = recipients.calls if recipients and write.tool.spec.dials else 0
        return {"estimated_price": await self._prices.estimate(write.call, calls)}


def _target(write: Write) -> dict[str, Any]:
    told: dict[str, Any] = {"id": write.completed.path.get("id")}
    told |= {name: write.body.get(name) for name in _TELLING}
    shown: dict[str, Any] = {name: one_line(v) for name, v in told.items() if v is not None}
    if isinstance(ids := write.body.get("ids"), list):
        shown = {
            "how_many": len(ids),
            "ids": [one_line(each) for each in ids[:_MOST_NUMBERS]],
        }
    if write.tool.spec.effect == "update":
        shown["changes"] = sorted(write.body)
    return shown


def _names(write: Write, known: Mapping[Reference, KnownObject]) -> dict[str, Any]:
    """Return the objects that a write names by what they are called, by id where that is all."""
    named: dict[str, list[str]] = {}
    for each in dict.fromkeys(references_in(write)):
        title = known[each].title if each in known else ""
        is_shown = each.id in (
            write.body.get(f"{each.kind}Id"),
            write.completed.path.get("id"),
            *(write.body.get("ids") or ()),
        )
        if title or not is_shown:
            named.setdefault(each.kind, []).append(title or each.id)
    return {
        kind: titles[0] if len(titles) == 1 else titles[:_MOST_NUMBERS]
        for kind, titles in named.items()
    } | _inline(write.body)


def _inline(body: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of assistants and squads that a write brings along whole."""
    named = {kind: titled(part(body.get(kind))) for kind in ("assistant", "squad", "workflow")}
    return {kind: title for kind, title in named.items() if title}


def _texts(write: Write, known: Mapping[Reference, KnownObject]) -> dict[str, Any]:
    """Return what a write says to people, as far as it is known word for word."""
    said: dict[str, Any] = {}
    if write.tool.spec.dials:
        saved = script_of(*(known[each].script for each in known if each.kind in _SPEAKERS))
        if found := first_messages(write.body, saved):
            said["first_message"] = texts(found)
        if found := voicemail_message(write.body, saved):
            said["voicemail_message"] = texts([found])
    spec = write.tool.spec
    if spec.own and isinstance(words := write.body.get("content"), str):
        said["words"] = texts([words])
    if text := input_text(write.body.get("input")):
        said["input"] = texts([text])
    return said


def _people(write: Write, recipients: Recipients) -> dict[str, Any]:
    names = {str(each.get("number")): titled(each) for each in customers_in(write.body)}
    numbers = [names.get(each) or one_line(each) for each in recipients.numbers[:_MOST_NUMBERS]]
    shown = [*numbers, *recipients.hidden[:_MOST_NUMBERS]]
    left = recipients.calls - len(shown)
    when = (
        "now" if recipients.starts_at is None else write_moment(recipients.starts_at, in_utc=False)
    )
    more = [f"and {left} more"] if left > 0 else []
    return {"how_many": recipients.calls, "to": [*shown, *more], "when": when}
