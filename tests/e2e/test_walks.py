"""The law of lists: a walk shows every item exactly once, whatever its page sizes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import cycle
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.support.e2e.connecting import Connection, connected
from tests.support.e2e.stack import stacked
from tests.support.e2e.story import specs
from vapi_mcp.sandbox.resources.catalogue import RESOURCES
from vapi_mcp.sandbox.seed import seed_world
from vapi_mcp.sandbox.state.snapshot import StateSnapshot

LISTS = sorted(
    name
    for name, spec in specs().items()
    if spec.output.kind == "list" and spec.catalogue == "core"
)
KINDS = {resource.path: resource.kind for resource in RESOURCES}
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
MOST = 30


@cache
def tied_world() -> StateSnapshot:
    """Return an organisation in which up to six objects of a kind share a moment."""
    world = seed_world(7, datetime.now(UTC))
    for kind, items in world.resources.items():
        world.resources[kind] = dict(list(items.items())[:MOST])
        for index, item in enumerate(world.resources[kind].values()):
            moment = NOON + timedelta(milliseconds=index // 6)
            item["createdAt"] = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
    return world


def expected_ids(name: str, arguments: dict[str, Any]) -> list[str]:
    """Return the ids a list has to show, from the simulated organisation itself."""
    path = specs()[name].operation.removeprefix("GET ")
    items = tied_world().resources[KINDS.get(path, "provider-resource")].values()
    provider = arguments.get("provider")
    return sorted(item["id"] for item in items if provider in (None, item.get("provider")))


def walks() -> list[tuple[str, dict[str, Any]]]:
    """Return every list with the arguments it cannot do without."""
    place = {"resource_name": "pronunciation-dictionary"}
    providers = [{"provider": provider, **place} for provider in ("11labs", "cartesia")]
    return [
        (name, arguments)
        for name in LISTS
        for arguments in (providers if name == "list_all_vapi_providers" else [{}])
    ]


async def walk(
    connection: Connection, name: str, arguments: dict[str, Any], sizes: list[int]
) -> list[str]:
    """Return the ids of a walk that takes another limit at every step."""
    ids: list[str] = []
    cursor: dict[str, str] = {}
    for size in cycle(sizes):
        answer = await connection.call(name, **arguments, **cursor, limit=size, fields=["id"])
        page = answer.json
        assert not answer.is_error, page
        assert page["result_count"] == len(page["result"]) <= size
        ids += [item["id"] for item in page["result"]]
        if page["next_cursor"] is None:
            break
        assert page["result"], "a page with a page after it is never empty"
        cursor = {"next_cursor": page["next_cursor"]}
    return ids


def test_objects_of_every_kind_share_moments() -> None:
    for kind, items in tied_world().resources.items():
        assert len({item["createdAt"] for item in items.values()}) < len(items), kind


@settings(max_examples=4, deadline=None, database=None, phases=[Phase.generate])
@given(sizes=st.lists(st.integers(1, 12), min_size=1, max_size=5))
async def test_walk_shows_every_item_exactly_once(sizes: list[int]) -> None:
    async with (
        stacked(tied_world()) as server,
        connected("modern HTTP", server.url("modern HTTP")) as connection,
    ):
        for name, arguments in walks():
            found = await walk(connection, name, arguments, sizes)
            assert sorted(found) == expected_ids(name, arguments), (name, arguments)


@pytest.mark.parametrize("size", [1, 1000])
async def test_smallest_and_largest_page_show_the_same(size: int) -> None:
    async with (
        stacked(tied_world(), max_answer_bytes=2**24) as server,
        connected("legacy HTTP", server.url("legacy HTTP")) as connection,
    ):
        for name, arguments in walks():
            found = await walk(connection, name, arguments, [size])
            assert sorted(found) == expected_ids(name, arguments), (name, arguments)
