"""Links at places that earlier items had: what leaves an item is what a walk takes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapi_mcp.invocation.answers.links.link_places import (
    LinkPlaces,
    common_ending,
    has_url_with_query,
)
from vapi_mcp.invocation.answers.links.secret_links import SecretLinks
from vapi_mcp.invocation.json_writing import exact_json

_TOOLS: Mapping[str, str | None] = {"monoUrl": "a_tool", "listenUrl": None}
_SIGNED = "https://x.test/a?sig=1"
_KEYS = st.sampled_from(["monoUrl", "listenUrl", "otherUrl", "url", "a", "b.monoUrl", 'x"monoUrl'])
_TEXTS = st.sampled_from(
    [
        _SIGNED,
        "https://x.test/a?b=1",
        "https://x.test/a",
        'https://x.test/"a\\?token=1',
        'said "https://x.test/a?sig=1" twice?',
        "wss://x.test",
        "why?",
    ]
)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(_TEXTS, st.none(), st.just(2**70)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_KEYS, inner, max_size=4)),
    max_leaves=10,
)


@given(st.lists(_VALUES, min_size=1, max_size=8), st.sampled_from([(), ("a.monoUrl", "url")]))
def test_items_leave_the_links_behind_that_a_walk_finds(
    items: list[Any], asked: tuple[str, ...]
) -> None:
    looked, walked = SecretLinks(_TOOLS, asked), SecretLinks(_TOOLS, asked)
    kept = looked.removed_from_items(items)
    assert (kept, [*looked.found]) == ([walked.removed(each) for each in items], [*walked.found])


def test_a_link_at_a_new_place_leaves_a_later_item() -> None:
    items = [{"a": {"monoUrl": "x"}}, {"a": {"monoUrl": "x"}, "b": [{"url": _SIGNED}]}]
    links = SecretLinks(_TOOLS, ())
    assert links.removed_from_items(items) == [{"a": {}}, {"a": {}, "b": [{}]}]
    assert links.found == {"a.monoUrl": "a_tool", "b.url": None}


def test_places_where_no_item_had_a_link_yet_are_named_in_the_order_of_the_item() -> None:
    items = [{"a": None, "monoUrl": None, "listenUrl": None}, {"listenUrl": "x", "monoUrl": "y"}]
    links = SecretLinks(_TOOLS, ())
    assert links.removed_from_items(items)[1] == {}
    assert [*links.found] == ["listenUrl", "monoUrl"]


def test_where_all_is_at_known_places_no_walk_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    walks: list[Any] = []
    walk = SecretLinks.removed

    def removed(self: SecretLinks, value: Any, path: tuple[str, ...] = ()) -> Any:
        walks.append(path)
        return walk(self, value, path)

    monkeypatch.setattr(SecretLinks, "removed", removed)
    items = [{"id": at, "monoUrl": "x", "url": _SIGNED} for at in range(20)]
    assert SecretLinks(_TOOLS, ()).removed_from_items(items) == [{"id": at} for at in range(20)]
    assert walks == [()]


@given(_VALUES)
def test_bytes_never_hold_fewer_marks_than_there_are(value: Any) -> None:
    assert LinkPlaces(_TOOLS).marks_in(exact_json(value)) >= _marks(value)
    assert has_url_with_query(exact_json(value)) or not _marks(value, ending="\n")


def _marks(value: Any, ending: str = "Url") -> int:
    if isinstance(value, list):
        return sum(_marks(each, ending) for each in value)
    if not isinstance(value, dict):
        return 0
    urls = sum(isinstance(v, str) and v.startswith("https://") and "?" in v for v in value.values())
    keys = sum(key.endswith(ending) for key in value)
    return urls + keys + sum(_marks(each, ending) for each in value.values())


@pytest.mark.parametrize(
    ("keys", "ending"),
    [(("monoUrl", "listenUrl"), "Url"), (("one",), "one"), (("ab", "cd"), ""), ((), "\n")],
)
def test_the_ending_is_what_all_keys_end_with(keys: tuple[str, ...], ending: str) -> None:
    assert common_ending(keys) == ending
