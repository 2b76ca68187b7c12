"""Values that conditions ask for and that a key cannot have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from vapi_mcp.invocation.finding.conditions import Condition
from vapi_mcp.invocation.finding.criteria import AnyOf, Criterion, Equal, Like, Negated
from vapi_mcp.invocation.meanings.ended_reasons import CLASS
from vapi_mcp.json_paths import parse_keys
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.nearness import near_names
from vapi_mcp.specs.tools.ended_reasons import load_ended_reasons

_MOST_LISTED = 20
_MOST_NEAR = 5
_LONGEST = 60
_NEAR_ENOUGH = 0.5
_WORD = re.compile(r"[a-z]{4,}")


def values_notes(
    tool: Tool, conditions: Iterable[Condition], meeting: Mapping[str, int]
) -> Iterator[str]:
    """Yield what to say of values that are not among the documented ones of their key.

    meeting: how many items meet each condition; a value that some have needs no words.
    """
    for each in conditions:
        known = _values(tool, each.key.place)
        if known and not (meeting[each.name] and isinstance(each.criterion, Equal | Like)):
            unknown = [text for text in _texts(each.criterion, known) if text]
            if unknown:
                yield _told(each.name, unknown, known)


def objects_notes(
    conditions: Iterable[Condition], sample: Sequence[Any], meeting: Mapping[str, int]
) -> Iterator[str]:
    """Yield what to say of conditions that no item meets because their key holds objects.

    sample: a few items; the keys of their objects are named.
    """
    for each in conditions:
        if meeting[each.name]:
            continue
        found = (value for item in sample for value in each.key.values(item))
        inner = dict.fromkeys(
            str(name) for value in found if isinstance(value, dict) for name in value
        )
        if inner:
            named = ", ".join(f"{each.name}.{name[:_LONGEST]}" for name in [*inner][:_MOST_NEAR])
            yield f"{each.name[:_LONGEST]} holds objects; give a key of theirs: {named}."


def _values(tool: Tool, name: str) -> Sequence[str]:
    if name == CLASS and tool.spec.resource == "calls":
        return list(load_ended_reasons().classes)
    return tool.answer.values(parse_keys(name))


def _texts(criterion: Criterion, known: Sequence[str]) -> Iterator[str]:
    """Yield the texts that a criterion names and that fit no known value."""
    match criterion:
        case AnyOf(criteria):
            for each in criteria:
                yield from _texts(each, known)
        case Negated(inner):
            yield from _texts(inner, known)
        case Equal(value) if isinstance(value, str) and not criterion.is_met_by([*known]):
            yield value
        case Like(pieces) if not criterion.is_met_by([*known]):
            yield "*".join(pieces)
        case _:
            return


def _told(name: str, unknown: Sequence[str], known: Sequence[str]) -> str:
    shown = ", ".join(text[:_LONGEST] for text in unknown)
    if len(known) <= _MOST_LISTED:
        return f"{name} has no value {shown}; its values are {', '.join(known)}."
    near = list(dict.fromkeys(each for text in unknown for each in _near(text, known)))
    told = f" near ones are {', '.join(near[:_MOST_NEAR])};" if near else ""
    return f'{name} has no value {shown};{told} count_by: ["{name}"] gives those that occur.'


def _near(text: str, known: Sequence[str]) -> list[str]:
    words = _WORD.findall(text.casefold())
    shared = {each: sum(word in each for word in words) for each in known}
    holding = sorted((each for each in known if shared[each]), key=lambda each: -shared[each])
    return [*near_names(text.strip("*"), known, most=4, cutoff=_NEAR_ENOUGH), *holding]
