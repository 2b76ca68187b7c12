"""Over stdio, both lanes agree where a limit, a client or the audit log stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.contract.lanes import Reply
from tests.contract.pipe_lanes import both_pipe_lanes
from tests.contract.test_fast_lane import (
    CALL,
    GET,
    ID,
    LIST,
    ORDER,
    REPLIES,
    Build,
    both_eras,
    calling,
    usual,
)
from tests.contract.test_lanes_in_trouble import KEYED, LEFT, MEDIA, SAID_WITH_429, asking
from tests.contract.test_pipe_lane import greet, opening
from tests.support.app import registry
from vapi_mcp.audit import writer
from vapi_mcp.errors import StoreError
from vapi_mcp.store.memory.memory_store import MemoryStore


@both_eras
@pytest.mark.parametrize("said", SAID_WITH_429.values(), ids=SAID_WITH_429)
async def test_a_limit_of_vapi_is_told_alike(build: Build, said: dict[str, str]) -> None:
    with both_pipe_lanes() as lanes:
        lanes.answer(Reply(429, b'{"message": "Too many requests"}', headers=said))
        async with lanes.talking() as talk:
            await greet(talk, build)
            for name, arguments in ((GET, {"id": ID}), (LIST, {}), (CALL, ORDER), (CALL, KEYED)):
                answer, was_fast = await talk.same(calling(build, name, arguments))
                assert was_fast
                assert "429" in answer["result"]["content"][0]["text"]


@both_eras
@pytest.mark.parametrize(("name", "arguments"), LEFT)
async def test_a_client_that_leaves_in_the_middle_leaves_the_same_behind(
    build: Build, name: str, arguments: dict[str, Any]
) -> None:
    with both_pipe_lanes() as lanes:
        lanes.answer(REPLIES["an object"])
        await lanes.leave_during(*opening(build), calling(build, name, arguments) | {"id": 7})
        rows, asked = lanes.fast.done()
        assert any("tools/call" in row for row in rows)
        assert asked
        await lanes.same(*opening(build), calling(build, name, arguments) | {"id": 8})


@both_eras
@pytest.mark.parametrize("broken", [("add_entries",), ("add_entries", "claim", "answer")])
async def test_a_row_that_cannot_be_kept_is_told_alike(
    build: Build, broken: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise StoreError

    monkeypatch.setattr(writer, "_PATIENCE", 0.01)
    for method in broken:
        monkeypatch.setattr(MemoryStore, method, fail)
    with both_pipe_lanes() as lanes:
        lanes.answer(REPLIES["an object"])
        async with lanes.talking() as talk:
            await greet(talk, build)
            for request in (*asking(build), calling(build, CALL, KEYED)):
                _, was_fast = await talk.same(request)
                assert was_fast


@both_eras
@pytest.mark.parametrize("inline_media", [True, False])
async def test_media_in_an_answer_are_the_same(build: Build, inline_media: bool) -> None:
    artifacts = [tool for tool in registry().tools.values() if tool.spec.output.kind == "artifact"]
    with both_pipe_lanes(inline_media=inline_media) as lanes:
        async with lanes.talking() as talk:
            await greet(talk, build)
            for reply in MEDIA:
                lanes.answer(reply)
                for tool in artifacts:
                    for more in ({}, {"inline": True}, {"save_to": "no/such/folder/x.wav"}):
                        request = calling(build, tool.name, {**usual(tool), **more})
                        _, was_fast = await talk.same(request)
                        assert was_fast
