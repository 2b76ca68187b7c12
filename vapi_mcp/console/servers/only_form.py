"""The objects that a server is kept to, as fields of a form and in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vapi_mcp.accounts.only import Only
from vapi_mcp.accounts.widening import is_within
from vapi_mcp.console.frame.forms import Form

WIDER = "only.wider"
# The fields, each with its label and its help.
FIELDS: Mapping[str, tuple[str, str]] = {
    "only.assistants": ("Assistants", "Ids, one in a line."),
    "only.phone_numbers": ("Phone numbers", "Ids, one in a line."),
    "only.squads": ("Squads", "Ids, one in a line."),
    "only.metadata": ("Metadata", "Pairs such as client = acme, one in a line; all must match."),
}
WOULD_WIDEN = (
    "this lets the server see more than before; tick “It may see more than before” if you mean it"
)
_NOUNS = {"assistants": "assistant", "phone_numbers": "phone number", "squads": "squad"}
_PAIRS = "only.metadata"
_INSIDE = re.compile(r"(only\.\w+)\.(.+)")


def only_of(form: Form) -> dict[str, Any]:
    """Return the key of a config in a form; no key where the form has no such fields."""
    if not FIELDS.keys() & form.fields.keys():
        return {}
    found = {name: _lines(form.text(name)) for name in FIELDS}
    pairs = dict(map(_pair, found.pop(_PAIRS)))
    given = {name.removeprefix("only."): lines for name, lines in found.items() if lines}
    return {"only": given | ({"metadata": pairs} if pairs else {}) or None}


def only_values(only: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the values of the fields for what is kept to as JSON."""
    given = only or {}
    pairs = (f"{name} = {value}" for name, value in given.get("metadata", {}).items())
    lines = {name: given.get(name.removeprefix("only."), ()) for name in FIELDS}
    return {name: "\n".join(pairs if name == _PAIRS else each) for name, each in lines.items()}


def widens(form: Form, only: Only | None, before: Only | None) -> bool:
    """Return whether a form lets a server see more, and its sender did not say so."""
    return WIDER not in form and not is_within(only, before)


def by_field(problems: Mapping[str, str]) -> dict[str, str]:
    """Return problems with those inside a field at the field."""
    found: dict[str, str] = {}
    for path, message in problems.items():
        inside = _INSIDE.fullmatch(path)
        where, what = (inside[1], _at(inside[2], message)) if inside else (path, message)
        found[where] = f"{found[where]}; {what}" if where in found else what
    return found


def seen(only: Only | None) -> str:
    """Return what a server sees, in words."""
    if only is None:
        return "the whole organisation"
    counts = ((len(getattr(only, name)), noun) for name, noun in _NOUNS.items())
    parts = [f"{count} {noun}{'s' if count > 1 else ''}" for count, noun in counts if count]
    if only.metadata:
        pairs = ", ".join(f"{name} = {value}" for name, value in only.metadata)
        parts.append(f"objects whose metadata has {pairs}")
    return f"{', '.join(parts)}; and what belongs to them"


def _at(place: str, message: str) -> str:
    return f"line {int(place) + 1} {message}" if place.isdecimal() else f"{place}: {message}"


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.partition("=")
    return name.strip(), value.strip()
