"""How far the estimate may be off, measured against the tokenizer itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.e2e.connecting import connected
from tests.support.e2e.scenario import tell_everything
from tests.support.e2e.stack import stacked
from tests.support.e2e.story import Answer, specs
from tests.support.tokens import count
from tests.support.transcripts import TRANSCRIPTS, gibberish
from vapi_mcp.invocation.answers.tokens import estimate_tokens
from vapi_mcp.sandbox.seed import seed_world

TEXTS = {**TRANSCRIPTS, **gibberish()}
# Nothing that a person says or a program encodes, and told as such.
POOR = {"punctuation": 0.4, "spaced": 0.8}


@pytest.mark.parametrize("name", TEXTS)
def test_text_of_any_script_is_at_most_4_percent_under_and_not_twice_over(name: str) -> None:
    assert POOR.get(name, 0.96) <= ratio(TEXTS[name]) < 1.9


async def test_answers_of_all_tools_are_estimated_closely_and_rather_over() -> None:
    texts: dict[str, set[str]] = {name: set() for name in specs()}
    async with stacked(seed_world(7, datetime.now(UTC)), max_answer_bytes=2**24) as server:
        async with connected("modern HTTP", server.url("modern HTTP")) as connection:

            async def noted(name: str, /, **arguments: Any) -> Answer:
                answer = await connection.call(name, **arguments)
                texts[name].add(orjson.dumps(answer.json).decode())
                return answer

            await tell_everything(noted)
            for name in ("list_all_vapi_calls", "list_all_vapi_assistants"):
                await noted(name, fields=["*"], limit=50)
    assert all(texts.values())
    found = [text for of_tool in texts.values() for text in of_tool]
    sizeable = [ratio(text) for text in found if count(text) >= 100]
    assert min(map(ratio, found)) > 0.85
    assert min(sizeable) > 0.97
    # A page cut to its budget may hold little but Hindi, of which the estimate is double.
    assert max(sizeable) < 1.5
    assert 1.03 < sum(map(estimate_tokens, found)) / sum(map(count, found)) < 1.12


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
