from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from tests.support.invocation import REGISTRY, ResultInvoker, granted
from tests.support.upstream import FakeUpstream
from vapi_mcp.errors import InvalidArguments, ToolError
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.invocation.naming.known_names import KnownNames

ANN, BOB = "a-1", "a-2"
CALLS = [
    {"id": "c-1", "assistantId": ANN, "phoneNumberId": "p-1", "status": "ended"},
    {"id": "c-2", "assistantId": ANN, "squadId": "s-1", "status": "ended"},
    {"id": "c-3", "assistantId": None, "status": "queued"},
]
ANSWERS = {
    "GET /call": CALLS,
    "GET /assistant/a-1": {"id": ANN, "name": "Ann  of\nAcme"},
    "GET /phone-number/p-1": {"id": "p-1", "number": "+14155550101", "name": "Desk"},
    "GET /squad/s-1": {"id": "s-1", "name": "Triage"},
}


async def _listed(
    upstream: FakeUpstream, config: Mapping[str, Any] | None = None, **arguments: Any
) -> list[dict[str, Any]]:
    tool = REGISTRY.find("list_all_vapi_calls")
    invoker = ResultInvoker(upstream)
    result = await invoker.invoke(tool, arguments, granted(**config or {}))
    return orjson.loads(result.text)["result"]


def _asked(upstream: FakeUpstream) -> list[str]:
    return [request.path for request, _ in upstream.requests]


async def test_the_items_of_a_list_have_names_beside_their_ids() -> None:
    assert await _listed(FakeUpstream(ANSWERS)) == [
        {
            "id": "c-1",
            "assistantId": ANN,
            "assistantName": "Ann of Acme",
            "phoneNumberId": "p-1",
            "phoneNumber": "+14155550101",
            "status": "ended",
        },
        {
            "id": "c-2",
            "assistantId": ANN,
            "assistantName": "Ann of Acme",
            "squadId": "s-1",
            "squadName": "Triage",
            "status": "ended",
        },
        {"id": "c-3", "assistantId": None, "status": "queued"},
    ]


async def test_counts_have_names_beside_their_ids() -> None:
    assert await _listed(FakeUpstream(ANSWERS), count_by=["assistantName"]) == [
        {"assistantId": ANN, "assistantName": "Ann of Acme", "count": 2},
        {"assistantId": None, "count": 1},
    ]


async def test_a_name_can_be_asked_for_instead_of_the_id() -> None:
    upstream = FakeUpstream(ANSWERS)
    tool = REGISTRY.find("list_all_vapi_calls")
    arguments = {"fields": ["id", "squadName"]}
    result = await ResultInvoker(upstream).invoke(tool, arguments, granted())
    assert orjson.loads(result.text)["result"] == [
        {"id": "c-1"},
        {"id": "c-2", "squadId": "s-1", "squadName": "Triage"},
        {"id": "c-3"},
    ]
    assert result.notes == ()


async def test_a_condition_on_a_name_stands_for_the_ids_that_have_it() -> None:
    named = [{"id": ANN, "name": "Ann of Acme"}, {"id": BOB, "name": "Bob"}]
    upstream = FakeUpstream({**ANSWERS, "GET /assistant": named})
    found = await _listed(upstream, where={"assistantName": "ann*"}, fields=["id"])
    assert found == [{"id": "c-1"}, {"id": "c-2"}]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"assistantName": "!bob"}, ["c-1", "c-2", "c-3"]),
        ({"assistantName": "!*acme"}, ["c-3"]),
        ({"assistantName": ["Bob", "ann*"]}, ["c-1", "c-2"]),
        ({"assistantName": None}, ["c-3"]),
        ({"assistant": "Ann of Acme"}, ["c-1", "c-2"]),
        ({"assistant": None}, ["c-1", "c-2", "c-3"]),
        ({"assistantName": "!null"}, ["c-1", "c-2"]),
    ],
    ids=str,
)
async def test_conditions_on_names_have_all_forms(where: dict[str, Any], found: list[str]) -> None:
    named = [{"id": ANN, "name": "Ann of Acme"}, {"id": BOB, "name": "Bob"}]
    upstream = FakeUpstream({**ANSWERS, "GET /assistant": named})
    items = await _listed(upstream, where=where, fields=["id"])
    assert [each["id"] for each in items] == found


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Ane", "near ones are Ann"),
        ("!*of*", "near ones are Bob of Acme"),
        ("X", "there are Ann, Bob of Acme"),
    ],
)
async def test_a_name_that_nothing_has_is_refused_with_names_that_come_near(
    name: str, near: str
) -> None:
    named = [{"id": ANN, "name": "Ann"}, {"id": BOB, "name": "Bob of Acme"}]
    name = name.replace("*of*", "*of Acm")
    with pytest.raises(InvalidArguments) as raised:
        await _listed(
            FakeUpstream({**ANSWERS, "GET /assistant": named}), where={"assistantName": name}
        )
    assert raised.value.message == (
        f"where: nothing has the assistantName {name!r}; {near}. No item was read."
    )


async def test_a_name_that_cannot_be_looked_up_is_refused_with_the_call_that_lists_names() -> None:
    many = [{"id": f"a-{n}", "name": f"Ann {n}"} for n in range(11)]
    with pytest.raises(InvalidArguments) as raised:
        await _listed(
            FakeUpstream({**ANSWERS, "GET /assistant": many}), where={"assistantName": "ann*"}
        )
    assert raised.value.message == (
        "where: assistantName stands for too many, or cannot be looked up here; give assistantId "
        "instead. No item was read."
    )
    assert raised.value.extra["next_call"] == {
        "tool": "list_all_vapi_assistants",
        "arguments": {"where": {"name": "ann*"}, "fields": ["id", "name"]},
    }


async def test_a_name_is_also_understood_as_a_part_of_what_has_it() -> None:
    upstream = FakeUpstream({**ANSWERS, "GET /assistant": [{"id": ANN, "name": "Ann of Acme"}]})
    tool = REGISTRY.find("list_all_vapi_calls")
    arguments: dict[str, Any] = {"where": {"assistant.name": "ann*"}, "count_by": "assistant.name"}
    result = await ResultInvoker(upstream).invoke(tool, arguments, granted())
    assert orjson.loads(result.text)["result"] == [
        {"assistantId": ANN, "assistantName": "Ann of Acme", "count": 2}
    ]
    assert result.notes == ("Taken: assistant.name as assistantName, where a saved one is meant.",)
    arguments = {"fields": ["id", "squad.name"]}
    result = await ResultInvoker(upstream).invoke(tool, arguments, granted())
    assert orjson.loads(result.text)["result"][1] == {
        "id": "c-2",
        "squadId": "s-1",
        "squadName": "Triage",
    }
    assert result.notes == ("Taken: squad.name as squadName, where a saved one is meant.",)


async def test_the_names_of_one_off_assistants_are_a_condition_still() -> None:
    items = [{"id": "c-1", "assistant": {"name": "One-off"}}, {"id": "c-2", "assistantId": ANN}]
    upstream = FakeUpstream({**ANSWERS, "GET /call": items, "GET /assistant": []})
    found = await _listed(upstream, where={"assistant.name": "one*"}, fields=["id"])
    assert found == [{"id": "c-1"}]


@pytest.mark.parametrize("key", ["-assistantName", "squad.name"])
async def test_a_list_is_not_sorted_by_names_that_come_afterwards(key: str) -> None:
    upstream = FakeUpstream(ANSWERS)
    with pytest.raises(InvalidArguments) as raised:
        await _listed(upstream, sort=key)
    assert raised.value.message == (
        f"sort: {key.lstrip('-')} is no key of the items, it comes beside their ids afterwards. "
        f'Sort by another key, or give count_by: ["{key.lstrip("-")}"]. No item was read.'
    )
    assert upstream.requests == []


async def test_keys_of_items_are_taken_as_conditions() -> None:
    named = [{"id": ANN, "name": "Ann of Acme"}, {"id": BOB, "name": "Bob"}]
    upstream = FakeUpstream({**ANSWERS, "GET /assistant": named})
    tool = REGISTRY.find("list_all_vapi_calls")
    arguments = {"status": "ended", "assistantName": "ann*", "fields": ["id"]}
    result = await ResultInvoker(upstream).invoke(tool, arguments, granted())
    assert orjson.loads(result.text)["result"] == [{"id": "c-1"}, {"id": "c-2"}]
    assert result.notes == ("Taken as conditions of where: status, assistantName",)


@pytest.mark.parametrize(
    "arguments",
    [{"colour": "red"}, {"status": ["ended"]}, {"status": "ended", "where": {"status": "queued"}}],
    ids=str,
)
async def test_other_strange_arguments_of_a_list_are_refused(arguments: dict[str, Any]) -> None:
    upstream = FakeUpstream(ANSWERS)
    with pytest.raises(InvalidArguments, match=r"Nothing was sent"):
        await _listed(upstream, **arguments)
    assert upstream.requests == []


async def test_squads_have_the_names_of_their_members_in_order() -> None:
    members = [{"assistantId": BOB}, {"assistant": {"name": "One-off"}}, {"assistantId": ANN}]
    squads = [{"id": "s-1", "members": members}, {"id": "s-2", "members": []}]
    upstream = FakeUpstream({**ANSWERS, "GET /squad": squads})
    tool = REGISTRY.find("list_all_vapi_squads")
    result = await ResultInvoker(upstream).invoke(tool, {"fields": ["id", "members"]}, granted())
    assert orjson.loads(result.text)["result"] == [
        {**squads[0], "memberNames": [None, None, "Ann of Acme"]},
        squads[1],
    ]


async def test_only_ids_that_are_shown_are_looked_up() -> None:
    upstream = FakeUpstream(ANSWERS)
    assert await _listed(upstream, fields=["id"]) == [{"id": "c-1"}, {"id": "c-2"}, {"id": "c-3"}]
    assert _asked(upstream) == ["/call"]


async def test_a_key_that_an_item_has_stays() -> None:
    item = {"id": "c-1", "phoneNumberId": "p-1", "phoneNumber": {"number": "+1"}}
    upstream = FakeUpstream({**ANSWERS, "GET /call": [item]})
    assert await _listed(upstream, fields=["*"]) == [item]
    assert _asked(upstream) == ["/call"]


async def test_a_few_names_are_read_one_by_one_and_kept_for_the_account() -> None:
    upstream = FakeUpstream(ANSWERS)
    tool, invoker = REGISTRY.find("list_all_vapi_calls"), ResultInvoker(upstream)
    for _ in range(2):
        await invoker.invoke(tool, {}, granted())
    assert sorted(_asked(upstream)) == [
        "/assistant/a-1",
        "/call",
        "/call",
        "/phone-number/p-1",
        "/squad/s-1",
    ]


async def test_many_names_are_read_by_one_list() -> None:
    calls = [{"id": f"c-{n}", "assistantId": f"a-{n}"} for n in range(6)]
    assistants = [{"id": f"a-{n}", "name": f"Ann {n}"} for n in range(5)]
    upstream = FakeUpstream({"GET /call": calls, "GET /assistant": assistants})
    tool, invoker = REGISTRY.find("list_all_vapi_calls"), ResultInvoker(upstream)
    await invoker.invoke(tool, {}, granted())
    result = await invoker.invoke(tool, {}, granted())
    shown = orjson.loads(result.text)["result"]
    assert [each.get("assistantName") for each in shown] == [f"Ann {n}" for n in range(5)] + [None]
    # The sixth is known to have no name.
    assert _asked(upstream) == ["/call", "/assistant", "/call"]
    assert dict(upstream.requests[1][0].query) == {"limit": "200"}


@pytest.mark.parametrize(
    ("config", "asked"),
    [
        ({"tools": ("list_all_vapi_calls",)}, ["/call"]),
        ({"tools": ("list_all_vapi_calls", "list_all_vapi_squads")}, ["/call", "/squad"]),
        (
            {"tools": ("list_all_vapi_calls", "get_single_vapi_squad_by_id")},
            ["/call", "/squad/s-1"],
        ),
    ],
)
async def test_only_what_a_tool_in_scope_reads_is_looked_up(
    config: dict[str, Any], asked: list[str]
) -> None:
    upstream = FakeUpstream(ANSWERS)
    await _listed(upstream, config)
    assert _asked(upstream) == asked


class _Failing(FakeUpstream):
    async def send(self, request: UpstreamRequest, account: Any) -> UpstreamResponse:
        if request.path != "/call":
            self.requests.append((request, account))
            raise ToolError("Vapi did not answer.", status=502)
        return await super().send(request, account)


async def test_a_failure_leaves_the_names_out_and_is_not_repeated_soon() -> None:
    upstream = _Failing(ANSWERS)
    tool, invoker = REGISTRY.find("list_all_vapi_calls"), ResultInvoker(upstream)
    await invoker.invoke(tool, {}, granted())
    result = await invoker.invoke(tool, {}, granted())
    assert orjson.loads(result.text)["result"] == CALLS
    assert result.notes == ()
    assert len(upstream.requests) == 5


def test_a_name_is_kept_for_a_minute() -> None:
    moment = time.monotonic()
    known = KnownNames(lambda: moment)
    known.keep(("acc", "assistantId", ANN), "Ann")
    moment += 59
    assert known["acc", "assistantId", ANN] == "Ann"
    moment += 2
    assert ("acc", "assistantId", ANN) not in known
    assert known["acc", "assistantId", BOB] is None


def test_the_tools_that_read_names_exist() -> None:
    rules = REGISTRY.find("list_all_vapi_calls").spec.contents.names
    named = [name for rule in rules.values() for name in (rule.reader, rule.lister)]
    assert [name for name in named if name not in REGISTRY.tools] == []
