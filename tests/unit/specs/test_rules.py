"""Rules across spec files and facts: each one that is broken is told in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.support.registry import facts
from vapi_mcp.specs.tools.loader import Specs, load_specs
from vapi_mcp.specs.tools.rules import broken_rules

LIST, GET, DELETE = (
    "list_all_vapi_assistants",
    "get_single_vapi_assistant_by_id",
    "delete_a_vapi_assistant_by_id",
)


def changed(name: str, change: Mapping[str, Any]) -> Specs:
    """Return the specs with one tool that differs; `output.` leads into its output."""
    specs = load_specs()
    tools = {tool.name: tool for tool in specs.tools}
    spec = tools[name]
    inner = {key.partition(".")[2]: value for key, value in change.items() if "." in key}
    outer = {key: value for key, value in change.items() if "." not in key}
    tools[name] = replace(spec, output=replace(spec.output, **inner), **outer)
    return replace(specs, tools=tuple(tools.values()))


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        (LIST, {"effect": "act"}, "a list tool only reads, but its effect is act"),
        (GET, {"effect": "delete"}, "its effect is delete, but its operation is GET"),
        (LIST, {"output.paging": None}, "a list, and only a list, must say how it is paged"),
        (GET, {"output.paging": "window"}, "a list, and only a list, must say how it is paged"),
        (LIST, {"output.paging": "page"}, "it is paged by number, but its operation has no page"),
        (LIST, {"output.keys": ()}, "a list must name the keys that it returns by default"),
    ],
)
def test_a_tool_that_does_not_fit_its_operation_is_told_by_name(
    name: str, change: Mapping[str, Any], told: str
) -> None:
    assert f"{name}: {told}" in broken_rules(changed(name, change), facts())


def test_two_tools_of_one_operation_are_told() -> None:
    told = broken_rules(changed(GET, {"operation": "GET /assistant"}), facts())
    assert "GET /assistant: 2 tools map to it; keep one tool for each operation" in told
    assert (
        "GET /assistant/{id}: upstream added it; give it a tool or a reason in not_exposed.yaml"
        in told
    )


def test_an_operation_with_a_tool_needs_no_reason_to_have_none() -> None:
    specs = load_specs()
    both = replace(specs, not_exposed={**specs.not_exposed, "GET /assistant": "No one asks."})
    assert broken_rules(both, facts()) == [
        "GET /assistant: it has a tool and is also in not_exposed.yaml; remove one of them"
    ]


def test_operations_that_upstream_removed_are_told() -> None:
    specs = changed(DELETE, {"operation": "DELETE /gone"})
    stale = replace(specs, not_exposed={**specs.not_exposed, "GET /gone": "No one asks."})
    assert broken_rules(stale, facts())[:2] == [
        "DELETE /gone: upstream removed it, but a tool maps to it; remove that tool",
        "GET /gone: upstream removed it; remove it from not_exposed.yaml",
    ]
