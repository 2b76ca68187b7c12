"""Waiting and the control of running calls, by the official client, from the simulated Vapi."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import get_args

import pytest

from tests.support.e2e.connecting import HTTP, Connection, Way, answer_of, connected
from tests.support.e2e.stack import ORG, Stack, small_world, stacked
from tests.support.e2e.story import Story
from vapi_mcp.accounts.records import ServerConfig

WAYS: tuple[Way, ...] = get_args(Way)
FULL = ServerConfig(catalogue="full")
WEB = {"provider": "daily"}


@asynccontextmanager
async def full_stack(way: Way) -> AsyncGenerator[tuple[Stack, Connection]]:
    async with stacked(small_world(), config=FULL) as stack:
        async with connected(way, stack.url(way), "--catalogue", "full") as connection:
            yield stack, connection


@pytest.mark.parametrize("way", WAYS)
async def test_a_client_hears_the_state_while_it_waits(way: Way) -> None:
    told: list[str] = []

    async def listen(progress: float, total: float | None, message: str | None) -> None:
        del total
        told.append(message or "")
        assert progress == len(told)

    async with full_stack(way) as (_, connection):
        story = Story(connection.call)
        (assistant, *_) = await story.walk("list_all_vapi_assistants", limit=1000)
        placed = await story.ok("create_a_vapi_call", assistantId=assistant["id"], transport=WEB)
        given = {"id": placed["id"], "seconds": 2}
        result = await connection.client.call_tool(
            "wait_for_a_vapi_call", given, progress_callback=listen
        )
    answer = answer_of(result)
    assert answer.json["status"] != "ended"
    assert any(each.startswith("Not over after 2 s: it is ") for each in answer.notes)
    assert told[0].endswith("; 2 s left")


@pytest.mark.parametrize("way", HTTP)
async def test_the_control_url_gets_no_key_and_is_in_no_log(
    way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "vapi_mcp")
    async with full_stack(way) as (stack, connection):
        story = Story(connection.call)
        placed = await story.ok("create_a_vapi_call", assistantId=ORG, transport=WEB)
        read = "get_single_vapi_call_by_id"
        await story.until(lambda call: call["status"] == "in-progress", read, id=placed["id"])
        said = await connection.call("say_in_a_vapi_call", id=placed["id"], content="Hello again.")
        sent = dict(zip(stack.upstream.requests, stack.upstream.keys, strict=True))
    assert not said.is_error
    assert sent[f"POST /{placed['id']}/control"] == ""
    assert sent[f"GET /call/{placed['id']}"] == "sandbox-key"
    assert f"{placed['id']}/control" not in f"{said}{caplog.text}"
