"""Items that are written one by one: the bytes and the budget are those of the page as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapi_mcp.invocation.answers.budget import compact, excess, fits
from vapi_mcp.invocation.lists.slices import Slices, Weighed, envelope

_TEXTS = st.sampled_from(
    ["", "a b", "x" * 40, "12:30", "Grüße", "日本", "Ꮳ", "--==", '"\\\n', "é" * 9]
)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(_TEXTS, st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False), st.none()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(_TEXTS, inner)),
    max_leaves=12,
)
_PAGES = st.lists(_VALUES, max_size=30)
_AROUND = {"next_cursor": "abc", "prev_cursor": None, "result_count": 3}


@given(_PAGES, st.booleans())
def test_a_page_of_slices_has_the_bytes_of_the_page_as_a_whole(
    items: list[Any],
    goes_back: bool,
) -> None:
    texts = Slices(items, goes_back=goes_back).joined(0, len(items))
    assert texts is not None
    assert envelope(texts, _AROUND.items()) == compact({"result": items, **_AROUND})


def test_only_the_items_that_are_kept_are_in_it() -> None:
    assert Slices([{"id": at} for at in range(4)]).joined(1, 3) == '{"id":1},{"id":2}'


def test_beside_a_large_integer_no_slice_stands_for_the_page() -> None:
    slices = Slices([{"at": 1e-7}, {"count": 2**70}])
    assert slices.joined(0, 1) == '{"at":1e-7}'
    assert slices.joined(0, 2) is None


@given(_PAGES, st.integers(1, 400), st.booleans())
def test_a_page_that_its_items_show_to_be_over_does_not_fit(
    items: list[Any],
    most: int,
    goes_back: bool,
) -> None:
    costs = Slices(items, goes_back=goes_back).costs(most)
    assert not (costs.is_over and fits(compact({"result": items, **_AROUND}), (), most))


@given(_PAGES, st.integers(1, 600))
def test_a_page_that_fits_by_its_items_fits_as_a_whole(items: list[Any], most: int) -> None:
    slices = Slices(items)
    weighed = Weighed(slices.joined(0, len(items)) or "", sum(slices.costs(most).each))
    text, notes = envelope(weighed.texts, _AROUND.items()), ("a note",)
    if len(slices.costs(most).each) == len(items) and weighed.excess(text, notes, most) <= 0:
        assert excess(text, notes, most) <= 0


@pytest.mark.parametrize("goes_back", [False, True])
def test_items_are_weighed_from_the_end_that_is_kept_until_they_are_over(
    goes_back: bool,
) -> None:
    items = [{"text": "word " * size} for size in (1, 2, 3, 500, 500, 500, 3, 2, 1)]
    forward = Slices(items).costs(300)
    costs = Slices(items[::-1] if goes_back else items, goes_back=goes_back).costs(300)
    assert costs == forward
    assert forward.is_over
    assert len(forward.each) == 4
    assert [forward.held(room) for room in (0, sum(forward.each[:3]), 10_000)] == [1, 3, 4]


def test_a_long_list_is_not_short_and_a_page_of_a_few_words_is() -> None:
    items = ["word " * 100] * 10
    assert [Slices(items).is_short(most) for most in (1000, 1500, 1700)] == [False, False, True]
