"""How far the estimate may be off, measured against the tokenizer itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tokens import count
from tests.support.transcripts import TRANSCRIPTS, gibberish
from vapi_mcp.invocation.answers.tokens import estimate_tokens

TEXTS = {**TRANSCRIPTS, **gibberish()}
# Nothing that a person says or a program encodes, and told as such.
POOR = {"punctuation": 0.4, "spaced": 0.8}


@pytest.mark.parametrize("name", TEXTS)
def test_text_of_any_script_is_at_most_4_percent_under_and_not_twice_over(name: str) -> None:
    assert POOR.get(name, 0.96) <= ratio(TEXTS[name]) < 1.9


@given(st.text())
def test_any_text_has_an_estimate(text: str) -> None:
    assert estimate_tokens(text) > 0


@given(st.text(alphabet=st.characters(categories=("L", "N", "Zs")), max_size=200), st.text())
def test_longer_text_never_costs_noticeably_less(text: str, more: str) -> None:
    # A new neighbour may join two words into one, no more.
    assert estimate_tokens(text + more) >= estimate_tokens(text) - 1


def test_one_character_is_no_edge_to_nothing() -> None:
    assert estimate_tokens("") == estimate_tokens("a") == 2


def ratio(text: str) -> float:
    return estimate_tokens(text) / count(text)
