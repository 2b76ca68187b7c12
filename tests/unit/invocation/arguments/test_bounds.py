"""How much an argument of ours may hold, and how much work the most of it is."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.support.invocation import ID, ResultInvoker, granted, response
from tests.support.upstream import ScriptedUpstream
from vapi_mcp.errors import InvalidArguments, ToolError, UnknownTool
from vapi_mcp.invocation.answers.fields import missing, select
from vapi_mcp.invocation.answers.paths import part_at
from vapi_mcp.invocation.arguments.aside import checked_aside
from vapi_mcp.invocation.arguments.check import check_arguments
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.request import build_request
from vapi_mcp.protocol.discovery import Discovery
from vapi_mcp.registry.arguments import Argument
from vapi_mcp.registry.bounds import BOUNDED, Bound, bound_of
from vapi_mcp.registry.registry import build_registry
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.tools.loader import load_specs

FACTS = load_facts()
REGISTRY = build_registry(load_specs().tools, FACTS, local_files=True)
DISCOVERY = Discovery(REGISTRY)
GET, LIST = "get_single_vapi_call_by_id", "list_all_vapi_calls"
# Function calls; a machine of today makes several millions a second, and 50 ms are the goal.
MOST_WORK = 100_000

# Each argument of ours once, by the first tool that has it, and all of two tools.
FIRST = {
    (argument.name, argument.place): (tool, argument)
    for tool in reversed([*REGISTRY.tools.values(), REGISTRY.find(LIST), REGISTRY.find(GET)])
    for argument in tool.arguments.values()
    if bound_of(argument.name, argument.place)
}
OURS = [
    pytest.param(tool, argument, id=f"{tool.name}-{argument.name}")
    for tool, argument in FIRST.values()
]


class Work:
    """Counts function calls, of Python and of C alike."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        del frame, argument
        self.calls += event in ("call", "c_call")


@contextmanager
def working() -> Generator[Work]:
    work, before = Work(), sys.getprofile()
    sys.setprofile(work)
    try:
        yield work
    finally:
        sys.setprofile(before)


def given(tool: Tool, argument: Argument, value: Any) -> dict[str, Any]:
    """Return arguments with a value, and with whatever the tool's path needs besides."""
    paths = {
        each.name: (each.schema.get("enum") or [ID])[0]
        for each in tool.arguments.values()
        if each.place == "path"
    }
    return {**paths, argument.name: value}


def texts(bound: Bound, more: int = 0) -> list[Any]:
    """Return values as large as a bound allows, or larger by `more` in one way each."""
    found: list[Any] = ["a" * ((bound.whole or bound.length) + more)]
    if bound.steps is not None:
        found.append(".".join("a" * (bound.steps + more)))
    if bound.count > 1:
        found += [
            [f"a{n}.b".ljust(bound.length, "c") for n in range(bound.count + more)],
            ["." * (bound.length + more)] * bound.count,
        ]
    return found


def refused(tool: Tool, arguments: dict[str, Any]) -> str:
    return refusal(lambda: check_arguments(tool, arguments, FACTS))


def refusal(attempt: Callable[[], object]) -> str:
    with pytest.raises(InvalidArguments) as caught:
        attempt()
    return caught.value.message


def test_every_argument_of_ours_is_in_the_one_table() -> None:
    named = {
        argument.name
        for tool in REGISTRY.tools.values()
        for argument in tool.arguments.values()
        if argument.place == "control"
    }
    assert named <= BOUNDED


@pytest.mark.parametrize(("tool", "argument"), OURS)
async def test_the_most_that_an_argument_may_hold_is_little_work(
    tool: Tool, argument: Argument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = {"id": ID, "messages": [{"role": "user", "message": "a b"}] * 100}
    body = [answer] * 25 if tool.spec.output.kind == "list" else answer
    bound = bound_of(argument.name, argument.place)
    assert bound is not None
    for value in texts(bound):
        invoker = ResultInvoker(ScriptedUpstream(response(body)))
        with working() as work:
            with suppress(ToolError):
                await invoker.invoke(tool, given(tool, argument, value), granted())
        assert work.calls < MOST_WORK


@pytest.mark.parametrize(("tool", "argument"), OURS)
def test_what_is_beyond_a_bound_is_refused_for_little_work(tool: Tool, argument: Argument) -> None:
    bound = bound_of(argument.name, argument.place)
    assert bound is not None
    for value in (*texts(bound, 1), ["a.b"] * 100_000, dict.fromkeys(map(str, range(100_000)))):
        with working() as work:
            told = refused(tool, given(tool, argument, value))
        assert argument.name in told
        assert len(told) < 1_000
        assert work.calls < 2_000


def test_fields_written_as_one_text_have_the_same_bound() -> None:
    text = ",".join(map(str, range(101)))
    told = refusal(lambda: check_arguments(REGISTRY.find(LIST), {"fields": text}, FACTS))
    assert "fields must be at most 100 items" in told


def test_fields_of_any_number_are_looked_up_once_each() -> None:
    """Comparing every pair of 16,000 fields stopped a process for 90 seconds."""
    fields = [f"a{n}.b" for n in range(16_000)]
    with working() as work:
        assert select({"a1": {"b": 1, "c": 2}}, fields) == {"a1": {"b": 1}}
        assert len(missing([{"a1": {"b": 1}}], fields)) == 15_999
    assert work.calls < 12 * len(fields)


def test_a_field_that_is_whole_stays_whole_whatever_stands_before_or_behind_it() -> None:
    value = {"a": {"b": 1, "c": 2}, "ab": 3}
    assert select(value, ["a.b", "a"]) == select(value, ["a", "a.b"]) == {"a": {"b": 1, "c": 2}}
    assert select(value, ["a.b", "ab"]) == {"a": {"b": 1}, "ab": 3}


def test_many_unknown_arguments_are_told_a_few_at_a_time() -> None:
    few = {f"assistantIds{n}": 1 for n in range(400)}
    with working() as work:
        told = refusal(lambda: check_arguments(REGISTRY.find(LIST), few, FACTS))
    assert "assistantIds0 " in told
    assert work.calls < MOST_WORK
    many = {f"unknown{n}": 1 for n in range(100_000)}
    with working() as work:
        told = refusal(lambda: check_arguments(REGISTRY.find(LIST), many, FACTS))
    assert told == (
        "list_all_vapi_calls: 100,000 arguments are too many; at most 500 "
        "are allowed. Nothing was sent."
    )
    assert work.calls < 100


def test_near_misses_are_looked_for_only_where_they_are_told() -> None:
    model = {"provider": "openai", "model": "gpt-4o", **{f"messagess{n}": 1 for n in range(2_000)}}
    with working() as work:
        checked = check_arguments(
            REGISTRY.find("create_a_vapi_assistant"), {"name": "x", "model": model}, FACTS
        )
    (note,) = checked.notes
    assert "model.messagess15 and 1984 more are not documented" in note
    assert work.calls < 2_000 * 100


def test_unknown_names_in_a_body_are_little_work_each() -> None:
    model = {"provider": "openai", "model": "gpt-4o", **{f"k{n}": 1 for n in range(20_000)}}
    with working() as work:
        check_arguments(REGISTRY.find("create_a_vapi_assistant"), {"model": model}, FACTS)
    assert work.calls < 20_000 * 40


@pytest.mark.parametrize("name", ["list_all_vapi_calls" * 100_000, "x" * 81])
def test_a_name_too_long_for_one_is_compared_with_nothing(name: str) -> None:
    """A tool name of 15.9 MB took 2.3 seconds and 709 MB."""
    with working() as work:
        with pytest.raises(UnknownTool) as caught:
            REGISTRY.find(name)
        told = refusal(
            lambda: DISCOVERY.called("call_tool", {"tool_name": name * 30}, granted().scope)
        )
    assert len(str(caught.value)) < 300
    assert told.startswith("call_tool: tool_name must be at most 200 characters, not ")
    assert work.calls < 5_000


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("search_tools", {"query": "call " * 100_000}, "query must be at most 1,000 characters"),
        ("search_tools", {"limit": "1" * 101}, "limit must be at most 100 characters"),
        ("get_tool_schema", {"tool_names": ["x"] * 6}, "tool_names must be at most 5 items"),
        ("get_tool_schema", {"tool_names": ["x" * 201]}, "items of at most 200 characters"),
        ("get_tool_schema", {"tool_names": [LIST], "path": "a." * 50}, "at most 50 steps"),
        ("search_tools", {f"x{n}": 1 for n in range(501)}, "501 arguments are too many"),
    ],
)
def test_the_tools_of_discovery_have_bounds_too(
    tool: str, arguments: dict[str, Any], told: str
) -> None:
    with working() as work:
        assert told in refusal(lambda: DISCOVERY.look_up(tool, arguments, granted().scope))
    assert work.calls < 1_000


@pytest.mark.parametrize(
    ("arguments", "is_many"),
    [
        ({"name": "x" * 100_000}, False),
        ({"name": "x" * 300_000}, True),
        ({"model": {f"k{n}": 1 for n in range(999)}}, False),
        ({"model": {f"k{n}": 1 for n in range(1_000)}}, True),
        ({"model": {"messages": [{"role": "user"}] * 500}}, True),
    ],
)
async def test_many_values_are_looked_through_beside_the_loop(
    arguments: dict[str, Any], *, is_many: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []

    def check(*_: object) -> Checked:
        threads.append(threading.current_thread().name)
        return Checked({}, {}, None, {})

    monkeypatch.setattr("vapi_mcp.invocation.arguments.aside.check_arguments", check)
    await checked_aside(REGISTRY.find("create_a_vapi_assistant"), arguments, FACTS)
    assert [name != threading.main_thread().name for name in threads] == [is_many]


@pytest.mark.parametrize(("size", "is_large"), [(1_000, False), (300_000, True)])
async def test_large_file_is_decoded_once_and_beside_the_loop(
    size: int, *, is_large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []

    def build(tool: Tool, checked: Checked) -> UpstreamRequest:
        threads.append(threading.current_thread().name)
        return build_request(tool, checked)

    monkeypatch.setattr("vapi_mcp.invocation.arguments.aside.build_request", build)
    upstream = ScriptedUpstream(response({"id": ID}))
    file = {"file_name": "a.bin", "base64": "YWJj" * (size // 4)}
    tool = REGISTRY.find("create_a_vapi_file")
    await ResultInvoker(upstream).invoke(tool, file, granted())
    (sent,) = upstream.requests
    assert sent.upload
    assert sent.upload.content == b"abc" * (size // 4)
    assert [name != threading.main_thread().name for name in threads] == [is_large]


def test_a_search_of_the_most_words_is_little_work() -> None:
    query = " ".join(f"assistnt{chr(97 + n % 26)}" for n in range(100))[:1_000]
    DISCOVERY.look_up("search_tools", {"query": "call"}, granted().scope)
    with working() as work:
        DISCOVERY.look_up("search_tools", {"query": query}, granted().scope)
    assert work.calls < MOST_WORK


def test_a_path_that_misses_among_many_keys_is_little_work() -> None:
    value = {f"key{n}": 1 for n in range(50_000)}
    with working() as work:
        assert "did you mean key" in refusal(lambda: part_at(value, ("key_1",)))
    assert work.calls < MOST_WORK
