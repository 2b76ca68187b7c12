"""Rules across spec files and facts: what no single file can see."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from vapi_mcp.json_paths import with_parents
from vapi_mcp.specs.facts.facts import Facts
from vapi_mcp.specs.tools.declarations import missing_declarations
from vapi_mcp.specs.tools.loader import Specs
from vapi_mcp.specs.tools.own import operation_of
from vapi_mcp.specs.tools.toolspec import ToolSpec

_PATH_PARAMETER = re.compile(r"\{(\w+)\}")


def broken_rules(specs: Specs, facts: Facts) -> list[str]:
    """Return what is wrong, one sentence each; an empty list means the specs fit the facts.

    Every operation has exactly one tool or a reason to have none; methods, effects and paging
    fit the operation; a tool declares the facts that code needs of it; no words stand unused.
    """
    return [
        *_coverage(specs, facts),
        *(line for spec in specs.tools for line in _fit(spec, facts)),
        *(line for spec in specs.tools for line in missing_declarations(spec, facts)),
        *(line for spec in specs.tools if spec.own for line in _of_own(spec, facts)),
        *_unused_words(specs),
    ]


def _coverage(specs: Specs, facts: Facts) -> Iterable[str]:
    used = Counter(spec.operation for spec in specs.tools if spec.own is None)
    for operation, count in used.items():
        if count > 1:
            yield f"{operation}: {count} tools map to it; keep one tool for each operation"
        if operation not in facts.operations:
            yield f"{operation}: upstream removed it, but a tool maps to it; remove that tool"
        if operation in specs.not_exposed:
            yield f"{operation}: it has a tool and is also in not_exposed.yaml; remove one of them"
    for operation in sorted(specs.not_exposed.keys() - facts.operations.keys()):
        yield f"{operation}: upstream removed it; remove it from not_exposed.yaml"
    for operation in sorted(facts.operations.keys() - used.keys() - specs.not_exposed.keys()):
        yield f"{operation}: upstream added it; give it a tool or a reason in not_exposed.yaml"


def _fit(spec: ToolSpec, facts: Facts) -> Iterable[str]:
    if spec.own is None and spec.operation not in facts.operations:
        return
    operation = operation_of(spec, facts)
    if spec.method in ("list", "get") and spec.effect != "read":
        yield f"{spec.name}: a {spec.method} tool only reads, but its effect is {spec.effect}"
    if spec.effect == "delete" and operation.method != "DELETE":
        yield f"{spec.name}: its effect is delete, but its operation is {operation.method}"
    if (spec.output.kind == "list") != (spec.output.paging is not None):
        yield f"{spec.name}: a list, and only a list, must say how it is paged"
    if spec.output.paging == "page" and "page" not in operation.query:
        yield f"{spec.name}: it is paged by number, but its operation has no page"
    if spec.output.paging == "window" and "createdAtLe" not in operation.query:
        yield f"{spec.name}: it is paged by date, but its operation has no createdAtLe"
    if spec.output.kind == "list" and not spec.output.keys:
        yield f"{spec.name}: a list must name the keys that it returns by default"


def _of_own(spec: ToolSpec, facts: Facts) -> Iterable[str]:
    own = spec.own
    if own is None:
        return
    if spec.catalogue != "full":
        yield f"{spec.name}: it stands for no operation; only the full catalogue may have it"
    if own.kind != "restore" and own.reads not in facts.operations:
        yield f"{spec.name}: it reads {own.reads}, which is no operation"
    if own.kind == "wait" and not (own.over and spec.output.keys):
        yield f"{spec.name}: it waits; declare the states in over, and the keys that it answers"


def _unused_words(specs: Specs) -> Iterable[str]:
    for resource, words in specs.resource_words.items():
        used = {
            part
            for spec in specs.tools
            if spec.resource == resource
            for path in (*spec.query, *spec.body, *spec.rename, *_ids(spec))
            for part in with_parents(path)
        }
        for path in sorted(words.keys() - used):
            yield (
                f"{resource}: the words for {path!r} do not belong to any shown argument; remove "
                "them"
            )


def _ids(spec: ToolSpec) -> Iterable[str]:
    return _PATH_PARAMETER.findall(spec.operation)
