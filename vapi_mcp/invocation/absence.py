"""Values that stand for nothing: nulls, and empty texts where only a value makes sense.

Frameworks fill what was left out with null; strict clients without null, with "", [] and {}.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from vapi_mcp.invocation.encodable import written
from vapi_mcp.registry.argument import Argument
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.checking import Finding, Path, choose_variant, dotted
from vapi_mcp.specs.facts import Facts, Schema

NOTHING: Final = object()

_MOST_NAMED = 12
# What JSON that holds null or something empty has in it.
_SIGNS = re.compile(rb'null|\{\}|\[\]|"(?:\s|\\[nrtbf])*"')
_DEEPEST = 64
_DEEPEST_HOLLOW = 4
# What stands for one thing, in one way or another: a filled one makes the empty ones mean nothing.
_ALTERNATIVES = (
    ("assistantId", "assistant", "squadId", "squad", "workflowId", "workflow"),
    ("customer", "customers", "customerId"),
    ("phoneNumberId", "phoneNumber", "dialPlan"),
    ("customers", "dialPlan"),
    ("number", "sipUri"),
    ("structuredOutputId", "structuredOutput"),
    ("evalId", "eval"),
    ("formula", "formulas"),
)


@dataclass(slots=True)
class Absence:
    """Takes out of a call's arguments what stands for nothing, and remembers where it was.

    Free objects, as metadata, keep what they hold: it is their owner's data.
    """

    tool: Tool
    facts: Facts
    _nulls: list[str] = field(default_factory=list[str])
    _empties: list[str] = field(default_factory=list[str])
    _emptied: list[str] = field(default_factory=list[str])

    def given(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments that say something; what the tool does not have stays."""
        if self.tool.spec.effect == "update":
            self._nulls += [name for name in arguments if self._is_null_body(name, arguments)]
        found = {name: value for name, value in arguments.items() if value is not None}
        known = self.tool.arguments
        kept = {n: _without_empty_items(known[n], v) if n in known else v for n, v in found.items()}
        empty = {n for n, v in kept.items() if n in known and self._is_empty(known[n], v)}
        empty.update(self._needless(kept))
        self._empties += sorted(empty)
        return {name: value for name, value in kept.items() if name not in empty}

    def within(self, argument: Argument, value: Any) -> Any:
        """Return a repaired value without the parts that say nothing; NOTHING if none does."""
        if argument.place != "body":
            return self._without_empty_list(argument, value)
        if isinstance(value, str) and not value:
            self._note_emptied(argument.name)
        if not isinstance(value, dict | list) or not _may_hold_nothing(value):
            return value
        if not argument.required and self._is_hollow(argument.schema, value):
            self._note_hollow(argument.name, value)
            return NOTHING
        left = self._walked(argument.schema, value, (argument.name,))
        return left if left or not value or argument.required else NOTHING

    def warnings(self) -> list[str]:
        """Return the note on what an update erases; it comes before the others."""
        if not self._emptied:
            return []
        return [f"An empty text replaces what is saved: {_few(self._emptied)}."]

    def notes(self) -> list[str]:
        """Return one note on nulls and one on empty values."""
        told = [f"null means left out: {_few(self._nulls)}."] if self._nulls else []
        told += [f"Empty, so left out: {_few(self._empties)}."] if self._empties else []
        if told and "clear" in self.tool.arguments:
            told[-1] += " To empty a property, name it in clear."
        return told

    def _without_empty_list(self, argument: Argument, value: Any) -> Any:
        left = _without_empty_items(argument, value)
        if left == [] and not argument.required:
            self._empties.append(argument.name)
            return NOTHING
        return left

    def _is_null_body(self, name: str, arguments: Mapping[str, Any]) -> bool:
        argument = self.tool.arguments.get(name)
        return arguments[name] is None and argument is not None and argument.place == "body"

    def _is_empty(self, argument: Argument, value: Any) -> bool:
        match argument.place:
            case "path":
                return False
            case "body":
                if value == [] and self.tool.spec.effect == "delete":
                    return True
                return _is_blank(value) and self._means_nothing(argument.name, [argument.schema])
            case _:
                return _is_blank(value) or value == []

    def _needless(self, given: Mapping[str, Any]) -> Collection[str]:
        """Return the empty names beside a filled alternative; only a create has such."""
        if self.tool.spec.effect not in ("create", "act"):
            return set()
        return {
            name
            for group in _ALTERNATIVES
            if any(given.get(other) for other in group)
            for name in group
            if name in given and (_is_blank(given[name]) or given[name] in ({}, []))
        }

    def _means_nothing(self, name: str, schemas: list[Schema]) -> bool:
        """Say whether an empty text cannot be meant: an id, a date, a choice, or no text at all."""
        variants = [variant for schema in schemas for variant in self.facts.variants(schema)]
        return (
            name == "id"
            or name.endswith(("Id", "Ids"))
            or all(
                variant.get("type", "string") != "string"
                or variant.get("format") in ("date-time", "uuid")
                or ("enum" in variant and "" not in variant["enum"])
                for variant in variants
            )
        )

    def _walked(self, schema: Schema, value: Any, path: Path) -> Any:
        if len(path) > _DEEPEST:
            return value
        if isinstance(value, list):
            arrays = [v for v in self.facts.variants(schema) if "items" in v]
            items = enumerate(cast("list[Any]", value))
            below = arrays[0]["items"] if arrays else {}
            return [self._walked(below, item, (*path, index)) for index, item in items]
        if not isinstance(value, dict):
            return value
        return self._properties(schema, cast("dict[str, Any]", value), path)

    def _properties(self, schema: Schema, value: dict[str, Any], path: Path) -> dict[str, Any]:
        meant = self._meant(schema, value)
        kept: dict[str, Any] = {}
        for name, item in value.items():
            declared = _declared(meant, name)
            left = self._part(meant, declared, item, (*path, name)) if declared else item
            if left is not NOTHING:
                kept[name] = left
        needless = self._needless(kept)
        self._empties += [dotted((*path, name)) for name in sorted(needless)]
        return {name: item for name, item in kept.items() if name not in needless}

    def _part(self, meant: list[Schema], declared: list[Schema], item: Any, path: Path) -> Any:
        """Return what is left of a property, NOTHING where it may be left out and says nothing."""
        name = str(path[-1])
        is_required = any(name in each.get("required", ()) for each in meant)
        if item is None and not is_required and not self._is_nullable(declared):
            self._nulls.append(dotted(path))
            return NOTHING
        if _is_blank(item) and not is_required and self._means_nothing(name, declared):
            self._empties.append(dotted(path))
            return NOTHING
        if item == "":
            self._note_emptied(dotted(path))
        if not isinstance(item, dict | list):
            return item
        if not is_required and self._is_hollow({"oneOf": declared}, item):
            self._note_hollow(dotted(path), item)
            return NOTHING
        left = self._walked({"oneOf": declared} if len(declared) > 1 else declared[0], item, path)
        return left if left or not item or is_required else NOTHING

    def _meant(self, schema: Schema, value: Mapping[str, Any]) -> list[Schema]:
        """Return what an object may be: one kind, or all there are where its tag is unknown."""
        said = {name: item for name, item in value.items() if item is not None and item != ""}
        found = choose_variant(self.facts, schema, said)
        return self.facts.variants(schema) if isinstance(found, Finding) else [found]

    def _is_nullable(self, schemas: list[Schema]) -> bool:
        return any(v.get("nullable") for schema in schemas for v in self.facts.variants(schema))

    def _is_hollow(self, schema: Schema, value: Any, levels: int = _DEEPEST_HOLLOW) -> bool:
        """Say whether an object has only documented properties, and none of them says anything."""
        if not isinstance(value, dict) or not value or not levels:
            return False
        known = cast("dict[str, Any]", value)
        variants = self._meant(schema, known)
        return all(
            bool(declared := _declared(variants, name))
            and (
                item is None
                or _is_blank(item)
                or self._is_hollow({"oneOf": declared}, item, levels - 1)
            )
            for name, item in known.items()
        )

    def _note_hollow(self, place: str, value: Any) -> None:
        is_null = any(part is None for part in _parts(value))
        (self._nulls if is_null else self._empties).append(place)

    def _note_emptied(self, place: str) -> None:
        if self.tool.spec.effect == "update":
            self._emptied.append(place)


def _declared(variants: list[Schema], name: str) -> list[Schema]:
    return [v["properties"][name] for v in variants if name in v.get("properties", {})]


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def _without_empty_items(argument: Argument, value: Any) -> Any:
    """Return a list of a filter or of ours without its empty texts; all else as it is."""
    if argument.place in ("path", "body") or not isinstance(value, list):
        return value
    return [item for item in cast("list[Any]", value) if not _is_blank(item)]


def _may_hold_nothing(value: Any) -> bool:
    """Say whether a value may hold null or something empty; a look that costs little."""
    raw = written(value)
    return raw is None or _SIGNS.search(raw) is not None


def _parts(value: Any) -> Iterator[Any]:
    waiting = [value]
    while waiting:
        found = waiting.pop()
        yield found
        if isinstance(found, dict):
            waiting += cast("dict[str, Any]", found).values()
        elif isinstance(found, list):
            waiting += cast("list[Any]", found)


def _few(places: list[str]) -> str:
    more = len(places) - _MOST_NAMED
    return ", ".join(places[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
