"""Parts of a process that are loaded when something first needs them."""

from __future__ import annotations

import asyncio

import pytest

from vapi_mcp.late import Late


async def test_whoever_asks_at_once_or_later_gets_the_one_part() -> None:
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    late = Late(make)
    found = [*await asyncio.gather(*(late.get() for _ in range(3))), late.now(), await late.get()]
    assert found == made * 5


async def test_a_part_that_could_not_be_made_is_made_for_the_next_one() -> None:
    ends = [ValueError("not yet"), None]

    def make() -> str:
        if end := ends.pop(0):
            raise end
        return "part"

    late = Late(make)
    with pytest.raises(ValueError, match="not yet"):
        await late.get()
    assert await late.get() == "part"


async def test_a_part_is_made_ahead_of_the_first_question() -> None:
    made = asyncio.Event()
    loop = asyncio.get_running_loop()
    late = Late(lambda: loop.call_soon_threadsafe(made.set))
    async with late.loading(after=0), asyncio.timeout(10):
        await made.wait()
