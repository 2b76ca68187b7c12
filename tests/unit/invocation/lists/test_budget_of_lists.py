"""Lists within a budget: whole items, cursors that go on right there, nothing twice or never."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.invocation import REGISTRY, ResultInvoker, granted, response, tokens_of
from tests.support.upstream import ScriptedUpstream
from tests.unit.invocation.lists.test_walks import Upstream, items_at
from vapi_mcp.invocation.answers import budget
from vapi_mcp.invocation.answers.elision import MARK, is_marker
from vapi_mcp.invocation.answers.fit import Written
from vapi_mcp.invocation.answers.tokens import tokens_at_most
from vapi_mcp.invocation.lists.page import Listing
from vapi_mcp.invocation.lists.walks import Page
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
WORDS = "The caller asked to move the appointment to Friday. "
# One list for each way of paging, and how Vapi answers it.
LISTS = {
    "list_all_vapi_calls": "window",
    "list_all_vapi_chats": "pages",
    "list_all_vapi_files": "whole",
}


class Walker:
    """Walks one list of a server with a budget."""

    def __init__(self, name: str, upstream: Upstream, most: int) -> None:
        self._tool = REGISTRY.find(name)
        self._grant = granted(max_result_tokens=most)
        self._most = most
        ask: Callable[[dict[str, Any]], Awaitable[Any]] = getattr(upstream, LISTS[name])

        async def answer(request: UpstreamRequest) -> UpstreamResponse:
            query: dict[str, Any] = dict(request.query)
            numbers = {key: int(query[key]) for key in ("limit", "page") if key in query}
            return response(await ask({**query, **numbers}))

        self._invoker = ResultInvoker(ScriptedUpstream(answer))

    async def page(self, **arguments: Any) -> Any:
        result = await self._invoker.invoke(self._tool, arguments, self._grant)
        assert tokens_of(result) <= self._most
        page = orjson.loads(result.text)
        assert page["result_count"] == len(page["result"])
        return page

    async def walk(self, direction: str, meanwhile: Callable[[], None], **begin: Any) -> list[Any]:
        page = await self.page(**begin)
        items = list(page["result"])
        while cursor := page[direction]:
            meanwhile()
            page = await self.page(next_cursor=cursor)
            assert page["result"], "a page before the end is never empty"
            items = (
                [*items, *page["result"]]
                if direction == "next_cursor"
                else ([*page["result"], *items])
            )
        return items


def sized(moments: list[int], sizes: list[int]) -> Upstream:
    """Return a list whose items have texts of such sizes in turn."""
    items = items_at(moments)
    for index, item in enumerate(items):
        item["text"] = WORDS * sizes[index % len(sizes)]
    return Upstream(items)


@pytest.mark.parametrize("name", LISTS)
@settings(max_examples=12, deadline=None, suppress_health_check=SLOW)
@given(
    moments=st.lists(st.integers(0, 5), min_size=1, max_size=25),
    sizes=st.lists(st.integers(0, 30), min_size=1, max_size=4),
    most=st.integers(900, 3_000),
    limit=st.integers(1, 25),
)
async def test_every_item_comes_once_whole_also_when_others_arrive(
    name: str, moments: list[int], sizes: list[int], most: int, limit: int
) -> None:
    upstream = sized(moments, sizes)
    expected = list(upstream.items)
    walker = Walker(name, upstream, most)
    found = await walker.walk(
        "next_cursor", lambda: upstream.arrive(1_000), fields=["*"], limit=limit
    )
    assert sorted(item["id"] for item in found) == sorted(item["id"] for item in expected)
    by_id = {item["id"]: item for item in expected}
    assert all(item == by_id[item["id"]] or is_marker(item.get("text")) for item in found)


async def test_a_list_ends_at_a_whole_item_and_says_so() -> None:
    upstream = sized(list(range(30)), [20])
    invoker = ResultInvoker(ScriptedUpstream(response(upstream.items)))
    tool = REGISTRY.find("list_all_vapi_files")
    result = await invoker.invoke(tool, {"fields": ["*"]}, granted(max_result_tokens=2_000))
    page = orjson.loads(result.text)
    assert 1 < page["result_count"] == len(page["result"]) < 25
    assert page["result"] == list(reversed(upstream.items))[: page["result_count"]]
    assert result.notes == (
        (
            f"{page['result_count']} of 25 items are here, to stay within 2,000 tokens; "
            "next_cursor continues with the next one."
        ),
    )


async def test_the_way_back_over_cut_pages_leaves_nothing_out() -> None:
    upstream = sized(list(range(40)), [3, 25, 9])
    walker = Walker("list_all_vapi_chats", upstream, 1_500)
    page = await walker.page(fields=["*"], limit=10)
    while page["next_cursor"]:
        page = await walker.page(next_cursor=page["next_cursor"])
    items = list(page["result"])
    while page["prev_cursor"]:
        page = await walker.page(next_cursor=page["prev_cursor"])
        items = [*page["result"], *items]
    assert [item["id"] for item in items] == [f"item-{n}" for n in reversed(range(40))]
    again = await walker.page(next_cursor=page["next_cursor"])
    assert again["result"][0]["id"] == items[page["result_count"]]["id"]


async def test_an_item_that_alone_is_too_large_is_cut_inside() -> None:
    items = items_at([2, 1])
    items[0] |= {"artifact": {"transcript": WORDS * 2_000}, "cost": 1.5}
    walker = Walker("list_all_vapi_calls", Upstream(items), 2_000)
    page = await walker.page(fields=["*"])
    only = page["result"][0]
    assert only["cost"] == 1.5
    assert only["artifact"]["transcript"][MARK]["read"] == {
        "tool": "get_single_vapi_call_by_id",
        "arguments": {"id": only["id"], "part": "artifact.transcript"},
    }
    rest = await walker.page(next_cursor=page["next_cursor"])
    assert [item["id"] for item in rest["result"]] == ["item-1"]


async def test_items_without_a_date_are_not_lost_where_a_page_is_cut() -> None:
    items = [{"id": f"item-{n}", "text": WORDS * 20} for n in range(12)]

    async def answer(request: UpstreamRequest) -> UpstreamResponse:
        return response(items[: int(dict(request.query)["limit"])])

    invoker = ResultInvoker(ScriptedUpstream(answer))
    tool, grant = REGISTRY.find("list_all_vapi_calls"), granted(max_result_tokens=1_500)
    seen: list[str] = []
    arguments: dict[str, Any] = {"fields": ["*"]}
    while True:
        page = orjson.loads((await invoker.invoke(tool, arguments, grant)).text)
        seen += [item["id"] for item in page["result"]]
        if page["next_cursor"] is None:
            break
        arguments = {"next_cursor": page["next_cursor"]}
    assert seen == [item["id"] for item in items]


async def test_of_a_long_list_only_what_may_fit_is_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    weighed: list[str] = []

    def at_most(text: str) -> int:
        weighed.append(text)
        return tokens_at_most(text)

    monkeypatch.setattr(budget, "tokens_at_most", at_most)
    invoker = ResultInvoker(ScriptedUpstream(response(sized(list(range(200)), [40]).items)))
    tool, grant = REGISTRY.find("list_all_vapi_files"), granted(max_result_tokens=2_000)
    result = await invoker.invoke(tool, {"fields": ["*"], "limit": 200}, grant)
    assert orjson.loads(result.text)["result_count"] == 2
    # Of 400,000 characters: a beginning, the few items that fit, and what goes out.
    assert sum(map(len, weighed)) < 40_000
    assert len(weighed) < 15


@pytest.mark.parametrize(("many", "is_many"), [(3, False), (400, True)])
async def test_a_long_list_is_shaped_beside_the_loop(
    many: int, *, is_many: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[bool] = []

    def answer(listing: Listing, page: Page, chosen: Sequence[Any]) -> Written | None:
        threads.append(threading.current_thread() is not threading.main_thread())
        return shaped(listing, page, chosen)

    shaped = Listing.answer
    monkeypatch.setattr(Listing, "answer", answer)
    upstream = ScriptedUpstream(response(sized(list(range(many)), [1]).items))
    invoker, tool = ResultInvoker(upstream), REGISTRY.find("list_all_vapi_files")
    await invoker.invoke(tool, {"fields": ["*"], "limit": many}, granted())
    assert threads == [is_many]
