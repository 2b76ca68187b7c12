"""Calls that are not as Vapi describes them: a page shows what it can."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from types import SimpleNamespace
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.e2e.gallery import call_with, world
from vapi_mcp.console.calls.call_view import line_of, row_of
from vapi_mcp.console.calls.pages import values_of
from vapi_mcp.console.frame.rendering import Renderer

NUMBERS = st.one_of(
    st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False)
)
ODD = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=20)),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
# Where a change goes, step by step: of the keys or items that are there.
ROUTES = st.lists(st.integers(0, 40), min_size=1, max_size=6)
HOSTILE = '"><script>alert(1)</script>'
VISIT = SimpleNamespace(
    actor=SimpleNamespace(name=HOSTILE, tenant_id=None, read_only=False), form_token=HOSTILE
)


@cache
def call() -> dict[str, Any]:
    """Return a call of every part, with few messages."""
    found = deepcopy(world().resources["call"][call_with("mono-recording")])
    artifact = found["artifact"]
    artifact["messages"] = artifact["messages"][:6]
    artifact["scorecards"] = {"a": {"name": "Manners", "score": 3, "scoreNormalized": 60}}
    function = {"function": {"name": "find"}, "id": "t-1"}
    artifact["messages"] += [
        {"role": "tool_calls", "secondsFromStart": 3.5, "toolCalls": [function]},
        {"role": "tool_call_result", "secondsFromStart": 4.0, "toolCallId": "t-1"},
    ]
    return {name: value for name, value in found.items() if name != "messages"}


def changed(value: Any, route: list[int], odd: Any) -> Any:
    """Return a value in which another stands at the end of a route."""
    if not route or not isinstance(value, dict | list) or not value:
        return odd
    copy: Any = value.copy()
    keys: list[Any] = list(copy) if isinstance(copy, dict) else list(range(len(copy)))
    key = keys[route[0] % len(keys)]
    copy[key] = changed(copy[key], route[1:], odd)
    return copy


PLACES = list(call())


@cache
def renderer() -> Renderer:
    return Renderer("")


def page_of(value: Any) -> str:
    values = {
        "visit": VISIT,
        "done": "",
        "placed": None,
        "call_id": "c-1",
        "account": SimpleNamespace(id="a-1", name=HOSTILE),
        **values_of(value),
    }
    return bytes(renderer().page("calls/call.html", values).body).decode()


@given(st.lists(st.tuples(ROUTES, ODD), min_size=1, max_size=3))
@example([([], None)])
@example([([], [])])
@example([([PLACES.index("status")], [])])
@example([([PLACES.index("cost")], 1e308), ([PLACES.index("costBreakdown"), 0], 1e308)])
def test_the_page_of_a_strange_call_is_a_page(changes: list[tuple[list[int], Any]]) -> None:
    strange: Any = call()
    for route, odd in changes:
        strange = changed(strange, route, odd)
    page = page_of(strange)
    assert page.rstrip().endswith("</html>")
    for odd in ("nan", '"inf', ">inf"):
        assert odd not in page


@given(st.lists(st.tuples(ROUTES, ODD), min_size=1, max_size=3))
@example([([], None)])
def test_the_row_of_a_strange_call_is_a_row(changes: list[tuple[list[int], Any]]) -> None:
    strange: Any = call()
    for route, odd in changes:
        strange = changed(strange, route, odd)
    row = row_of(strange)
    values = {
        "visit": VISIT,
        "done": "",
        "account": SimpleNamespace(id="a-1", name="Acme"),
        "calls": [row],
        "cursor": None,
        "search": "",
        "chosen_status": "",
        "problem": "",
    }
    assert b"</html>" in renderer().page("calls/calls.html", values).body


@given(ODD)
def test_a_strange_line_of_a_log_is_a_line(odd: Any) -> None:
    values = {
        "visit": VISIT,
        "done": "",
        "account": SimpleNamespace(id="a-1", name="Acme"),
        "call_id": "c-1",
        "cursor": None,
        "lines": [line_of(odd), line_of({"body": odd})],
    }
    assert b"</html>" in renderer().page("calls/log.html", values).body


def test_hostile_words_of_a_call_are_text() -> None:
    def hostile(value: Any) -> Any:
        if isinstance(value, dict):
            return {f"{name}": hostile(each) for name, each in value.items()} | {HOSTILE: HOSTILE}
        if isinstance(value, list):
            return [hostile(each) for each in value]
        return HOSTILE if isinstance(value, str) else value

    strange = hostile(call())
    for message, role in zip(strange["artifact"]["messages"], ("user", "bot") * 9, strict=False):
        message["role"] = role
    page = page_of(strange)
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") > 10
    assert row_of(strange).id == ""


def test_deep_values_do_not_break_a_page() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = [deep]
    strange = {**call(), "analysis": {"structuredData": deep, "summary": deep}}
    strange["artifact"] = {"variableValues": {"deep": deep}}
    assert "…" in page_of(strange)
    assert line_of({"body": "x", "deep": deep}).more == "deep: …"


def test_a_page_of_a_huge_call_stays_small() -> None:
    said = "word " * 100
    turns = [
        {
            "role": "bot" if n % 2 else "user",
            "message": said,
            "secondsFromStart": n,
            "duration": 900,
        }
        for n in range(5000)
    ]
    values = {f"name-{n}": "x" * 50_000 for n in range(400)}
    analysis = {"summary": "s" * 10**6, "structuredData": values}
    artifact = {"messages": turns, "variableValues": values}
    page = page_of({**call(), "artifact": artifact, "analysis": analysis})
    assert "more turns are not shown" in page
    assert len(page) < 1_000_000
