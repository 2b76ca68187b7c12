"""Words to look for: alternatives and phrases."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vapi_mcp.invocation.answers.wanted_words import WantedWords, read_words


@pytest.mark.parametrize(
    ("text", "alternatives"),
    [
        ("refund now", (("refund", "now"),)),
        ("refund|money back", (("refund",), ("money", "back"))),
        ("refund OR chargeback", (("refund",), ("chargeback",))),
        ('"money  back" soon', (("money back", "soon"),)),
        ("“money back”", (("money back",),)),
        ('"a|b"|c', (("a|b",), ("c",))),
        ('"never closed', (("never closed",),)),
        ("| refund ||", (("refund",),)),
        ('or "" |', (("or",),)),
        (" ", ()),
    ],
)
def test_a_text_is_read_as_alternatives(text: str, alternatives: tuple[object, ...]) -> None:
    assert read_words(text) == alternatives


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ("REFUND|fee", True),
        ("fee|back money", True),
        ('"money back"', True),
        ('"back money"', False),
        ("refund fee", False),
        ("", True),
    ],
)
def test_one_alternative_is_enough(asked: str, *, holds: bool) -> None:
    assert WantedWords(asked).are_in("A refund, my money\nback, please.") is holds


# With letters whose cases are odd: a dotless i, a dotted I, a long s, a sharp s.
LETTERS = "aiIsSkK \u0131\u0130\u017f\u00df\u212a"


@given(st.text(alphabet=LETTERS, max_size=8), st.text(alphabet=LETTERS, max_size=20))
@settings(max_examples=400)
def test_a_quick_look_misses_nothing(asked: str, text: str) -> None:
    words = WantedWords(asked)
    assert words.may_be_in(text) or not words.are_in(text)
