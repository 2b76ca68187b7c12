"""Rules across spec files and facts: what no single file can see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from vapi_mcp.specs.facts.facts import Facts, Operation
from vapi_mcp.specs.tools.loader import Specs
from vapi_mcp.specs.tools.toolspec import ToolSpec

# The properties of a body that name people, or the way to them.
_PEOPLE = frozenset({"customer", "customers", "customerId", "dialPlan", "transport"})


def broken_rules(specs: Specs, facts: Facts) -> list[str]:
    """Return what is wrong, one sentence each; an empty list means the specs fit the facts.

    Every operation has exactly one tool or a reason to have none; methods, effects and paging
    fit the operation; a write declares whom it reaches, when, and who speaks; no words stand
    unused.
    """
    return [
        *_coverage(specs, facts),
        *(line for spec in specs.tools for line in _fit(spec, facts)),
        *(line for spec in specs.tools for line in _declarations(spec, facts)),
        *(line for spec in specs.tools for line in _ways_on(spec)),
        *_unused_words(specs),
    ]


def _coverage(specs: Specs, facts: Facts) -> Iterable[str]:
    used = Counter(spec.operation for spec in specs.tools)
    for operation, count in used.items():
        if count > 1:
            yield f"{operation}: {count} tools map to it; one tool an operation"
        if operation not in facts.operations:
            yield f"{operation}: upstream removed it, but a tool maps to it"
        if operation in specs.not_exposed:
            yield f"{operation}: it has a tool and stands in not_exposed.yaml too"
    for operation in sorted(specs.not_exposed.keys() - facts.operations.keys()):
        yield f"{operation}: upstream removed it; drop it from not_exposed.yaml"
    for operation in sorted(facts.operations.keys() - used.keys() - specs.not_exposed.keys()):
        yield f"{operation}: upstream added it; give it a tool or a reason in not_exposed.yaml"


def _fit(spec: ToolSpec, facts: Facts) -> Iterable[str]:
    if spec.operation not in facts.operations:
        return
    operation = facts.operation(spec.operation)
    if spec.method in ("list", "get") and spec.effect != "read":
        yield f"{spec.name}: a {spec.method} tool only reads, but its effect is {spec.effect}"
    if spec.effect == "delete" and operation.method != "DELETE":
        yield f"{spec.name}: its effect is delete, but its operation is {operation.method}"
    if (spec.output.kind == "list") != (spec.output.paging is not None):
        yield f"{spec.name}: lists and only lists say how they are paged"
    if spec.output.paging == "page" and "page" not in operation.query:
        yield f"{spec.name}: it is paged by number, but its operation has no page"
    if spec.output.paging == "window" and "createdAtLe" not in operation.query:
        yield f"{spec.name}: it is paged by date, but its operation has no createdAtLe"
    if spec.output.kind == "list" and not spec.output.keys:
        yield f"{spec.name}: a list names the keys it returns by default"


def _declarations(spec: ToolSpec, facts: Facts) -> Iterable[str]:
    """Yield each fact that a write has to declare, or declares in vain, by what its body takes."""
    if spec.operation not in facts.operations:
        return
    takes = _properties(facts.operation(spec.operation), facts)
    if people := sorted(takes & _PEOPLE):
        if spec.recipients is None:
            yield f"{spec.name}: its body takes {people[0]}; declare recipients, or `none`"
    elif spec.recipients is not None:
        yield f"{spec.name}: it declares recipients, but its body names no people"
    for field, is_declared, name in (
        ("schedule", spec.schedule, "schedulePlan"),
        ("speaks", spec.speaks, "target"),
    ):
        if name in takes and not is_declared:
            yield f"{spec.name}: its body takes {name}; declare {field}: true"
        if is_declared and name not in takes:
            yield f"{spec.name}: it declares {field}, but its body takes no {name}"


def _ways_on(spec: ToolSpec) -> Iterable[str]:
    """Yield each tool that has to follow another and is not declared."""
    if spec.effect in ("create", "act") and spec.settled_by is None:
        yield f"{spec.name}: nothing shows whether it was done; declare settled_by"
    if spec.settled_by is not None and spec.settled_by.effect != "read":
        yield f"{spec.name}: settled_by is {spec.settled_by.name}, which is no read tool"
    if spec.dials and spec.stopped_by is None:
        yield f"{spec.name}: it dials; declare stopped_by"
    if spec.stopped_by is not None and not spec.dials:
        yield f"{spec.name}: it declares stopped_by, but it dials nobody"
    if (spec.dials or spec.speaks) and spec.reader is None:
        yield f"{spec.name}: what it starts is read by no get tool"


def _properties(operation: Operation, facts: Facts) -> set[str]:
    if operation.body is None:
        return set()
    variants = facts.variants(operation.body.schema)
    return {name for variant in variants for name in variant.get("properties", ())}


def _unused_words(specs: Specs) -> Iterable[str]:
    for resource, words in specs.resource_words.items():
        used = {
            part
            for spec in specs.tools
            if spec.resource == resource
            for path in (*spec.query, *spec.body, *spec.rename, "id")
            for part in _prefixes(path)
        }
        for path in sorted(words.keys() - used):
            yield f"{resource}: the words for {path!r} belong to nothing that is shown"


def _prefixes(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[: length + 1]) for length in range(len(parts))]
