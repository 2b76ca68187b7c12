"""The facts that a tool has to declare, by what its operation takes and does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vapi_mcp.specs.facts.facts import Facts, Operation
from vapi_mcp.specs.tools.own import operation_of
from vapi_mcp.specs.tools.toolspec import ToolSpec

# The properties of a body that name people, or the way to them.
_PEOPLE = frozenset({"customer", "customers", "customerId", "dialPlan", "transport", "destination"})

# What an output of each kind may hold.
_HOLDS: Mapping[str, tuple[str, ...]] = {
    "artifact": ("audio", "video", "packets", "log"),
    "stream": ("chat", "response"),
}


def missing_declarations(spec: ToolSpec, facts: Facts) -> Iterable[str]:
    """Yield each fact that a tool lacks or declares in vain, as a sentence."""
    if spec.own or spec.operation in facts.operations:
        yield from _of_body(spec, _properties(operation_of(spec, facts), facts))
    yield from _of_ways_on(spec)
    yield from _of_output(spec)
    yield from _of_words(spec)


def _of_body(spec: ToolSpec, takes: set[str]) -> Iterable[str]:
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


def _of_ways_on(spec: ToolSpec) -> Iterable[str]:
    # A repetition costs money, or reaches a person twice.
    if (spec.effect == "act" or "spending" in spec.tags) and spec.settled_by is None:
        yield f"{spec.name}: nothing shows whether it was done; declare settled_by"
    if spec.settled_by is not None and spec.settled_by.effect != "read":
        yield f"{spec.name}: settled_by is {spec.settled_by.name}, which is no read tool"
    if spec.dials and spec.stopped_by is None:
        yield f"{spec.name}: it dials; declare stopped_by"
    if spec.stopped_by is not None and not spec.dials:
        yield f"{spec.name}: it declares stopped_by, but it dials no number"
    if (spec.dials or spec.speaks) and spec.reader is None:
        yield f"{spec.name}: what it starts is read by no get tool"


def _of_output(spec: ToolSpec) -> Iterable[str]:
    known = _HOLDS.get(spec.output.kind, ())
    if spec.output.holds not in (known or (None,)):
        words = f"one of {', '.join(known)}" if known else "nothing"
        yield f"{spec.name}: its output is of kind {spec.output.kind} and holds {words}"


def _of_words(spec: ToolSpec) -> Iterable[str]:
    if (spec.effect == "act" or spec.speaks) and spec.verb is None:
        yield f"{spec.name}: the instructions need a word for what it does; declare verb"
    if "spending" in spec.tags and spec.costs is None:
        yield f"{spec.name}: it has the tag spending; declare costs"
    if "spending" not in spec.tags and spec.costs is not None:
        yield f"{spec.name}: it declares costs, but has no tag spending"


def _properties(operation: Operation, facts: Facts) -> set[str]:
    if operation.body is None:
        return set()
    variants = facts.variants(operation.body.schema)
    return {name for variant in variants for name in variant.get("properties", ())}
