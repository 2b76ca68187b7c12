"""Which empty values mean nothing, as the facts know it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from vapi_mcp.invocation.arguments.encodable import written
from vapi_mcp.specs.facts.facts import Facts, Schema
from vapi_mcp.specs.facts.validation import Violation, choose_variant
from vapi_mcp.specs.tools.toolspec import Effect

# What JSON that holds null or something empty has in it.
_SIGNS = re.compile(rb'null|\{\}|\[\]|"(?:\s|\\[nrtbf])*"')
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


@dataclass(frozen=True, slots=True)
class Emptiness:
    """Tells what may be left out of the arguments of a tool with some effect."""

    facts: Facts
    effect: Effect

    def needless(self, given: Mapping[str, Any]) -> Collection[str]:
        """Return the empty names beside a filled alternative; only a create has such."""
        if self.effect not in ("create", "act"):
            return set()
        return {
            name
            for group in _ALTERNATIVES
            if any(given.get(other) and not is_blank(given[other]) for other in group)
            for name in group
            if name in given and (is_blank(given[name]) or given[name] in ({}, []))
        }

    def means_nothing(self, name: str, schemas: list[Schema]) -> bool:
        """Return whether an empty text is a mistake: for an id, a date, a choice, or no text."""
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

    def meant(self, schema: Schema, value: Mapping[str, Any]) -> list[Schema]:
        """Return what an object may be: one kind, or all there are where its tag is unknown."""
        said = {name: item for name, item in value.items() if item is not None and item != ""}
        found = choose_variant(self.facts, schema, said)
        return self.facts.variants(schema) if isinstance(found, Violation) else [found]

    def is_nullable(self, schemas: list[Schema]) -> bool:
        """Return whether the API takes a null there."""
        return any(v.get("nullable") for schema in schemas for v in self.facts.variants(schema))

    def is_hollow(self, schema: Schema, value: Any, levels: int = _DEEPEST_HOLLOW) -> bool:
        """Return whether an object has only documented properties, all of them empty."""
        if not isinstance(value, dict) or not value or not levels:
            return False
        known = cast("dict[str, Any]", value)
        variants = self.meant(schema, known)
        return all(
            bool(declared := declared_as(variants, name))
            and (
                item is None
                or self._is_hollow_text(name, declared, item)
                or self.is_hollow({"oneOf": declared}, item, levels - 1)
            )
            for name, item in known.items()
        )

    def _is_hollow_text(self, name: str, declared: list[Schema], item: Any) -> bool:
        """In an update an empty text may be meant: it erases the saved one."""
        may_erase = self.effect == "update" and not self.means_nothing(name, declared)
        return is_blank(item) and not may_erase


def declared_as(variants: list[Schema], name: str) -> list[Schema]:
    """Return what each kind of an object says of a property."""
    return [v["properties"][name] for v in variants if name in v.get("properties", {})]


def is_blank(value: Any) -> bool:
    """Return whether a value is a text without anything in it."""
    return isinstance(value, str) and not value.strip()


def is_nothing(value: Any) -> bool:
    """Return whether a value holds nothing at all."""
    return value is None or is_blank(value) or value in ([], {})


def may_hold_nothing(value: Any) -> bool:
    """Return whether a value may hold null or something empty; a look that costs little."""
    raw = written(value)
    return raw is None or _SIGNS.search(raw) is not None


def parts_of(value: Any) -> Iterator[Any]:
    """Yield a value and all that is inside it."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        yield found
        if isinstance(found, dict):
            waiting += cast("dict[str, Any]", found).values()
        elif isinstance(found, list):
            waiting += cast("list[Any]", found)
