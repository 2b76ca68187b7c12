"""The ready-made workflows, step by step as their prompts say, through the official client.

`pytest tests/e2e/test_workflows.py -rP` prints what each conversation costs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from tests.support.e2e.connecting import Way, connected
from tests.support.e2e.following import Follower
from tests.support.e2e.stack import stacked
from tests.support.e2e.workflows import FULL_ONLY, WORKFLOWS, Workflow
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.sandbox.seed import seed_world
from vapi_mcp.specs.tools.prompts import load_prompts
from vapi_mcp.specs.tools.toolspec import Catalogue

# What a small model can hold, and what we allow ourselves of it: a quarter.
CONTEXT = 200_000
MOST = CONTEXT // 4

each_workflow = pytest.mark.parametrize("name", WORKFLOWS)


@asynccontextmanager
async def following(way: Way, catalogue: Catalogue = "core") -> AsyncGenerator[Follower]:
    """Connect to everything over HTTP, with a seeded Vapi of its own behind it."""
    world = seed_world(86, datetime.now(UTC))
    async with (
        stacked(world, max_answer_bytes=2**24, config=ServerConfig(catalogue=catalogue)) as stack,
        connected(way, stack.url(way)) as connection,
    ):
        yield Follower(connection.client)


def test_every_prompt_is_followed() -> None:
    assert {prompt.name for prompt in load_prompts()} <= WORKFLOWS.keys()


@each_workflow
@pytest.mark.parametrize("way", ["modern HTTP", "legacy HTTP"])
async def test_workflow_is_done_as_its_prompt_says(way: Way, name: str) -> None:
    async with following(way, "full" if name in FULL_ONLY else "core") as agent:
        await WORKFLOWS[name](agent)
    print(f"{name}: {agent.spent:,} tokens over {way}")  # noqa: T201 - asked for with -rP
    assert agent.spent < MOST


async def test_workflows_are_done_over_stdio() -> None:
    async def done(workflow: Workflow) -> int:
        flags = ("--catalogue", "full") if workflow.__name__ in FULL_ONLY else ()
        async with connected("modern stdio", "", *flags) as connection:
            agent = Follower(connection.client)
            await workflow(agent)
            return agent.spent

    assert max(await asyncio.gather(*map(done, WORKFLOWS.values()))) < MOST
