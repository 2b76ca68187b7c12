"""Plain arguments: what is let through without a look is what a look would let through."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.invocation import ID, REGISTRY
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.arguments.check import check_arguments
from vapi_mcp.invocation.arguments.plain import plainly_checked
from vapi_mcp.registry.scope import EVERYTHING
from vapi_mcp.registry.tool import Tool

TOOLS = REGISTRY.in_scope(EVERYTHING)
USUAL: dict[str, Any] = {"id": ID, "limit": 10, "fields": ["id", "artifact.transcript"]}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 1001),
    st.sampled_from([ID, ID.upper(), f"{ID}\n", "x", "", "*", "id", "a.b", "a..b", "ä", "id,name"]),
    st.floats(0, 10),
    st.lists(
        st.sampled_from(["id", "*", "", "a,b", " id", "artifact.messages", "é", 1]), max_size=3
    ),
    st.dictionaries(st.sampled_from("ab"), st.integers(), max_size=1),
)
NAMES = st.sampled_from(
    [
        "id",
        "limit",
        "fields",
        "Limit",
        "next_cursor",
        "part",
        "assistantId",
        "createdAtGe",
        "evalId",
    ]
)


def looked_at(tool: Tool, arguments: dict[str, Any]) -> Any:
    try:
        return check_arguments(tool, arguments, REGISTRY.facts)
    except InvalidArguments as error:
        return error.message


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_usual_arguments_of_a_read_need_no_look(tool: Tool) -> None:
    known = {name for name, each in tool.arguments.items() if each.place in ("path", "control")}
    given = {name: value for name, value in USUAL.items() if name in known}
    plain = plainly_checked(tool, given)
    if tool.spec.effect == "read" and tool.spec.output.kind in ("list", "object"):
        needs_more = any(a.required and a.name not in given for a in tool.arguments.values())
        assert (plain is None) is (needs_more or tool.operation.body is not None)
    assert plain is None or plain == looked_at(tool, given)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(TOOLS), st.dictionaries(NAMES, ODD, max_size=4), st.booleans())
def test_what_is_plain_is_what_a_look_finds(
    tool: Tool,
    given: dict[str, Any],
    has_id: bool,
) -> None:
    arguments = {"id": ID, **given} if has_id else given
    plain = plainly_checked(tool, arguments)
    assert plain is None or plain == looked_at(tool, arguments)
