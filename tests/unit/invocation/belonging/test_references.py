"""References to other objects in JSON."""

from __future__ import annotations

from typing import Any

import pytest

from vapi_mcp.invocation.belonging.references import holds_any, pairs_in

FOUND = [
    ({"assistantId": "a"}, {("assistant", "a")}),
    (
        {"members": [{"assistantId": "a"}, {"assistantId": "b"}]},
        {("assistant", "a"), ("assistant", "b")},
    ),
    ({"model": {"toolIds": ["t", ["u"]]}}, {("tool", "t"), ("tool", "u")}),
    ({"hooks": [{"do": [{"toolId": "t"}]}]}, {("tool", "t")}),
    (
        {"squad": {"members": [{"assistant": {"model": {"knowledgeBase": {"fileIds": ["f"]}}}}]}},
        {("file", "f")},
    ),
    ({"destinations": [{"type": "assistant", "assistantId": "a"}]}, {("assistant", "a")}),
    ({"assistantId": None, "squadId": "", "phoneNumberId": 7}, set()),
    ({"metadata": {"callId": "mine"}, "variableValues": {"sessionId": "mine"}}, set()),
    ({"parameters": {"properties": {"callId": {"type": "string"}}}}, set()),
    ("assistantId", set()),
]


@pytest.mark.parametrize(("value", "pairs"), FOUND)
def test_references_are_found_at_any_depth(value: Any, pairs: set[tuple[str, str]]) -> None:
    assert pairs_in(value) == pairs


def test_an_id_is_found_whatever_holds_it() -> None:
    ids = frozenset({"x"})

    assert holds_any({"a": [{"b": "x"}]}, ids)
    assert holds_any({"x": 1}, ids)
    assert not holds_any({"a": ["not x"]}, ids)
