"""Walking lists: every item exactly once, whatever the page sizes and however dates are tied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapi_mcp.errors import UpstreamFailed
from vapi_mcp.invocation.lists.walks import (
    LARGEST_LIMIT,
    DateWindows,
    NumberedPages,
    Page,
    Walk,
    WholeList,
    covering,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def stamp(milliseconds: float) -> str:
    moment = START + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def items_at(moments: list[int]) -> list[dict[str, Any]]:
    return [{"id": f"item-{n}", "createdAt": stamp(ms)} for n, ms in enumerate(moments)]


class Upstream:
    """Lists as Vapi gives them, newest first; `arrive` puts a new item on top."""

    def __init__(self, items: list[dict[str, Any]]) -> None:
        self.items = items
        self.requests: list[Mapping[str, Any]] = []

    def arrive(self, milliseconds: int) -> None:
        name = f"late-{len(self.items)}"
        self.items = [*self.items, {"id": name, "createdAt": stamp(milliseconds)}]

    def _newest_first(self, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        self.requests.append(query)
        end = query.get("createdAtLt", "9999")
        kept = [item for item in self.items if item["createdAt"] < end]
        return sorted(kept, key=lambda item: (item["createdAt"], item["id"]), reverse=True)

    async def window(self, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        assert 1 <= query["limit"] <= LARGEST_LIMIT
        return self._newest_first(query)[: query["limit"]]

    async def pages(self, query: Mapping[str, Any]) -> dict[str, Any]:
        assert 1 <= query["limit"] <= LARGEST_LIMIT
        found = self._newest_first(query)
        begin = (query["page"] - 1) * query["limit"]
        return {
            "results": found[begin : begin + query["limit"]],
            "metadata": {"totalItems": len(found)},
        }

    async def whole(self, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        return list(reversed(self._newest_first(query)))


def walks(upstream: Upstream) -> list[tuple[Walk, Any]]:
    return [
        (DateWindows(), upstream.window),
        (NumberedPages(lambda: START), upstream.pages),
        (WholeList(), upstream.whole),
    ]


async def walked(walk: Walk, ask: Any, sizes: list[int], *, between: Any = None) -> list[str]:
    """All ids of a walk, with a page size for each step."""
    seen: list[str] = []
    state: Any = None
    for step in range(10_000):
        page: Page = await walk.page(ask, {}, sizes[step % len(sizes)], state)
        assert len(page.items) <= sizes[step % len(sizes)]
        seen += [item["id"] for item in page.items]
        if page.after is None:
            return seen
        assert page.items, "a page before the end is never empty"
        state = page.after
        if between:
            between()
    raise AssertionError("the walk does not end")


@given(
    moments=st.lists(st.integers(0, 6), max_size=60),
    sizes=st.lists(st.integers(1, 20), min_size=1, max_size=5),
)
async def test_every_item_comes_exactly_once(moments: list[int], sizes: list[int]) -> None:
    items = items_at(moments)
    for index in range(3):
        walk, ask = walks(Upstream(items))[index]
        seen = await walked(walk, ask, sizes)
        assert sorted(seen) == sorted(item["id"] for item in items)


@given(
    moments=st.lists(st.integers(0, 6), min_size=1, max_size=40),
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=4),
)
async def test_items_that_arrive_meanwhile_move_nothing(
    moments: list[int], sizes: list[int]
) -> None:
    items = items_at(moments)
    for index in range(3):
        upstream = Upstream(items)
        walk, ask = walks(upstream)[index]
        seen = await walked(walk, ask, sizes, between=lambda u=upstream: u.arrive(1_000))
        assert sorted(seen) == sorted(item["id"] for item in items)


async def test_more_ties_than_a_page_are_walked_by_asking_for_more() -> None:
    upstream = Upstream(items_at([5] * 300 + [1, 2, 3]))
    seen = await walked(DateWindows(), upstream.window, [10])
    assert len(seen) == len(set(seen)) == 303


async def test_a_thousand_ties_end_with_an_error_and_not_with_a_loss() -> None:
    upstream = Upstream(items_at([5] * 1_200))
    with pytest.raises(UpstreamFailed, match="in one millisecond"):
        await walked(DateWindows(), upstream.window, [500])


async def test_a_page_of_a_thousand_asks_for_no_more_than_vapi_gives() -> None:
    upstream = Upstream(items_at(list(range(1_500))))
    seen = await walked(DateWindows(), upstream.window, [1_000])
    assert len(set(seen)) == 1_500


async def test_finer_times_than_printed_are_not_lost() -> None:
    """Storage may keep microseconds while answers print milliseconds."""
    printed = items_at([3, 3, 3, 2])

    async def ask(query: Mapping[str, Any]) -> list[dict[str, Any]]:
        # All three newest are stored half a millisecond later than printed.
        end = query.get("createdAtLt", "9999")
        stored = [(item["createdAt"][:-1] + "500", item) for item in printed]
        return [item for when, item in stored if when < end][: query["limit"]]

    assert len(set(await walked(DateWindows(), ask, [1]))) == 4


async def test_the_callers_own_earlier_bound_stays() -> None:
    upstream = Upstream(items_at([1, 2, 3, 4, 5]))
    page = await DateWindows().page(upstream.window, {"createdAtLt": stamp(3)}, 1, None)
    again = await DateWindows().page(upstream.window, {"createdAtLt": stamp(3)}, 9, page.after)
    assert [item["id"] for item in (*page.items, *again.items)] == ["item-1", "item-0"]


async def test_numbered_pages_go_back_as_well() -> None:
    upstream = Upstream(items_at(list(range(10))))
    walk = NumberedPages(lambda: START)
    first = await walk.page(upstream.pages, {}, 4, None)
    second = await walk.page(upstream.pages, {}, 4, first.after)
    back = await walk.page(upstream.pages, {}, 4, second.before)
    assert first.before is None
    assert back.items == first.items


async def test_other_orders_are_pinned_to_the_clock_from_the_first_page() -> None:
    upstream = Upstream(items_at([1, 2, 3]))
    later = START + timedelta(seconds=1)
    await NumberedPages(lambda: later).page(upstream.pages, {"sortBy": "cost"}, 2, None)
    assert upstream.requests[0]["createdAtLt"] == stamp(1_000)


async def test_items_beyond_retention_are_said_in_words() -> None:
    async def ask(query: Mapping[str, Any]) -> dict[str, Any]:
        return {"results": [], "metadata": {"totalItems": 0, "itemsBeyondRetention": True}}

    page = await NumberedPages(lambda: START).page(ask, {}, 2, None)
    assert page.notes == ("Older items exist, but the plan's retention hides them.",)


@pytest.mark.parametrize("answer", [{"a": 1}, "text", None, 5])
async def test_an_answer_that_is_no_list_is_an_error(answer: Any) -> None:
    async def ask(query: Mapping[str, Any]) -> Any:
        return answer

    for walk, _ in walks(Upstream([])):
        with pytest.raises(UpstreamFailed, match="not answer with a list"):
            await walk.page(ask, {}, 2, None)


@given(offset=st.integers(0, 5_000), limit=st.integers(1, 500))
def test_one_page_covers_any_range(offset: int, limit: int) -> None:
    number, size, skip = covering(offset, limit)
    assert (number - 1) * size + skip == offset
    assert limit <= size <= LARGEST_LIMIT
    assert skip + limit <= size
