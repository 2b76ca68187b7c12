"""The keys that an answer of Vapi may have, read off its schema."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from vapi_mcp.specs.facts.facts import Facts, Operation, Schema

# Keys deeper down are not looked for; so many are known at most.
_DEEPEST = 3
_MOST = 5_000
# What wraps the items of a list.
_ITEMS = "results"


@dataclass(frozen=True)
class AnswerKeys:
    """The keys of one object that an operation answers, or of each item of a list."""

    facts: Facts
    operation: Operation

    def places(self, name: str) -> Sequence[str]:
        """Return the dotted paths that end with a name, the shortest first."""
        return self._places.get(name, ())

    def has(self, path: Sequence[str]) -> bool:
        """Return whether an object may have something at a path."""
        return bool(path) and path[-1] in self.names(path[:-1])

    def names(self, path: Sequence[str]) -> set[str]:
        """Return the keys that an object may have at a path."""
        schemas = self._at(path)
        return {name for each in self._objects(schemas) for name in each["properties"]}

    def values(self, path: Sequence[str]) -> list[str]:
        """Return the texts that may stand at a path; none where any may, or nothing is known."""
        variants = [each for schema in self._at(path) for each in self.facts.variants(schema)]
        if not all(variant.get("enum") for variant in variants):
            return []
        values = [value for variant in variants for value in variant["enum"]]
        return list(dict.fromkeys(value for value in values if isinstance(value, str) and value))

    def _at(self, path: Sequence[str]) -> list[Schema]:
        schemas = self._roots
        for name in path:
            schemas = [
                each["properties"][name]
                for each in self._objects(schemas)
                if name in each["properties"]
            ]
        return schemas

    @cached_property
    def _places(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        waiting: deque[tuple[tuple[str, ...], Schema]] = deque(((), each) for each in self._roots)
        count = 0
        while waiting and count < _MOST:
            path, schema = waiting.popleft()
            for each in self._objects([schema]):
                for name, inner in each["properties"].items():
                    here = (*path, name)
                    found.setdefault(name, []).append(".".join(here))
                    count += 1
                    if len(here) < _DEEPEST:
                        waiting.append((here, inner))
        return {name: list(dict.fromkeys(paths)) for name, paths in found.items()}

    @cached_property
    def _roots(self) -> list[Schema]:
        answers = self.operation.answers
        schema = answers.get("200") or answers.get("201")
        if schema is None:
            return []
        whole = list(self._objects([schema]))
        inner = [each["properties"][_ITEMS] for each in whole if _ITEMS in each["properties"]]
        is_list = len(inner) == len(whole) and all(
            variant.get("type") == "array"
            for each in inner
            for variant in self.facts.variants(each)
        )
        return inner if inner and is_list else whole

    def _objects(self, schemas: Sequence[Schema]) -> Iterator[Schema]:
        """Yield the objects that schemas allow, those in their arrays too."""
        for schema in schemas:
            for variant in self.facts.variants(schema):
                if variant.get("type") == "array":
                    yield from self._objects([variant.get("items", {})])
                elif "properties" in variant:
                    yield variant
