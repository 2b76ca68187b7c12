"""How far the estimate may be off for the answers of all tools."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from tests.support.e2e.connecting import connected
from tests.support.e2e.scenario import tell_everything
from tests.support.e2e.stack import stacked
from tests.support.e2e.story import Answer, specs
from tests.support.tokens import count
from vapi_mcp.invocation.answers.tokens import estimate_tokens
from vapi_mcp.sandbox.seed import seed_world


async def test_answers_of_all_tools_are_estimated_closely_and_rather_over() -> None:
    core = [name for name, spec in specs().items() if spec.catalogue == "core"]
    texts: dict[str, set[str]] = {name: set() for name in core}
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


def ratio(text: str) -> float:
    return estimate_tokens(text) / count(text)
