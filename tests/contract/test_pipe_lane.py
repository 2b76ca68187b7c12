"""Over stdio, the fast lane answers as the SDK's server does, with the same rows.

Each line goes to two servers: one with the fast lane, one without. Answers, requests to Vapi and
rows of the audit log have to be equal. `FAST_LANE_MESSAGES` sets how many generated messages are
compared.
"""

from __future__ import annotations

import asyncio
import os
import random
from math import ceil
from typing import Any

import orjson
import pytest

from tests.contract.lanes import Reply
from tests.contract.pipe_lanes import PipeLanes, Talk, both_pipe_lanes
from tests.contract.test_fast_lane import (
    CALL,
    CONFIGS,
    GET,
    LIST,
    ORDER,
    REPLIES,
    UNUSUAL,
    Build,
    both_eras,
    calling,
    common,
    generated,
    usual,
)
from tests.support.app import message, modern, registry
from tests.support.pipes import Line
from vapi_mcp.protocol.greeting.handshake import HANDSHAKES
from vapi_mcp.registry.registry import Registry

CLIENT = {"name": "test", "version": "1"}
ENDS = [b"", b"{", b"[]", b"null", b"\xff", b"1", b'{"jsonrpc":"2.0","method":"x","id":null}']


def shaking(version: str = "2025-11-25", **capabilities: Any) -> Line:
    said = {"protocolVersion": version, "capabilities": capabilities, "clientInfo": CLIENT}
    return message("initialize", said, id="hello")


def notification(method: str, **params: Any) -> Line:
    return {"jsonrpc": "2.0", "method": method, "params": params}


OPENING = [shaking(), notification("notifications/initialized")]


def opening(build: Build) -> list[Line]:
    return OPENING if build is message else []


async def greet(talk: Talk, build: Build, hello: Line | None = None) -> None:
    """Shake hands, where the era has that."""
    if build is message:
        await talk.same(hello or OPENING[0])
        talk.tell(OPENING[1])


@both_eras
@pytest.mark.parametrize("reply", [each for each in REPLIES if each != "our own failure"])
async def test_all_tools_at_once_are_answered_alike(build: Build, reply: str) -> None:
    calls = [calling(build, name, usual(tool)) | {"id": name} for name, tool in _tools().items()]
    with both_pipe_lanes(catalogue="full") as lanes:
        lanes.answer(REPLIES[reply])
        await lanes.same(*opening(build), *calls)
        streaming = sum(tool.spec.output.kind == "stream" for tool in _tools().values())
        assert lanes.taken >= len(calls) - streaming


def _tools() -> Any:
    tools: Registry = registry()
    return tools.tools


@both_eras
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
async def test_every_config_is_answered_alike(build: Build, config: dict[str, Any]) -> None:
    with both_pipe_lanes(**config) as lanes:
        async with lanes.talking() as talk:
            await greet(talk, build)
            for reply in ("an object", "large integers", "a list", "nothing", "refused", "late"):
                lanes.answer(REPLIES[reply])
                for request in common(build):
                    await talk.same(request)


@both_eras
@pytest.mark.parametrize("method", ["tools/call", "tools/list", "ping", "prompts/list", "tools/x"])
async def test_unusual_parameters_are_answered_alike(build: Build, method: str) -> None:
    with both_pipe_lanes() as lanes:
        async with lanes.talking() as talk:
            await greet(talk, build)
            for params in UNUSUAL.values():
                await talk.same(build(method, params))


@both_eras
async def test_every_id_is_answered_alike(build: Build) -> None:
    with both_pipe_lanes() as lanes:
        async with lanes.talking() as talk:
            await greet(talk, build)
            for id_ in [0, -1, "", "é\u2028", "a" * 300, 2**53, 1.5, None, True, [], {}, "7", 7]:
                for request in (build("ping"), calling(build, LIST), build("tools/list")):
                    await talk.same({**request, "id": id_})


@pytest.mark.parametrize("version", [*HANDSHAKES, "2099-01-01"])
async def test_every_version_of_the_handshake_era_is_answered_alike(version: str) -> None:
    for config in ({}, {"structured_content": True}):
        with both_pipe_lanes(**config) as lanes:
            async with lanes.talking() as talk:
                await greet(talk, message, shaking(version))
                for reply in REPLIES.values():
                    lanes.answer(reply)
                    for name in (GET, LIST, CALL):
                        await talk.same(calling(message, name, usual(registry().tools[name])))


@both_eras
async def test_lines_that_are_no_message_are_answered_alike(build: Build) -> None:
    with both_pipe_lanes() as lanes:
        async with lanes.talking() as talk:
            await greet(talk, build)
            for line in ENDS:
                talk.tell(line)
                if line:
                    await talk.hear()
                await talk.same(build("tools/list"))


OPENINGS: dict[str, list[Line]] = {
    "no handshake": [message("tools/list", id=1), calling(message, LIST) | {"id": 2}],
    "no handshake, then modern": [message("ping", id=1), calling(modern, LIST) | {"id": 2}],
    "modern, then a handshake": [calling(modern, LIST) | {"id": 1}, shaking()],
    "modern, unusual, then a handshake": [
        calling(modern, LIST) | {"id": 1},
        modern("prompts/list") | {"id": 2},
        shaking(),
    ],
    "modern, then legacy": [modern("tools/list") | {"id": 1}, calling(message, LIST) | {"id": 2}],
    "a discovery, modern, a handshake": [
        modern("server/discover", {"_meta": {"com.example/x": 1}}) | {"id": 1},
        modern("tools/list") | {"id": 2},
        shaking(),
        modern("prompts/list") | {"id": 3},
    ],
    "a discovery, then a handshake": [
        modern("server/discover") | {"id": 1},
        *OPENING,
        calling(message, LIST) | {"id": 2},
        message("prompts/list", id=3),
    ],
    "a handshake, then modern": [*OPENING, calling(modern, LIST) | {"id": 1}],
    "two handshakes": [
        *OPENING,
        shaking("2025-03-26") | {"id": 1},
        calling(message, LIST) | {"id": 2},
    ],
    "an unusual handshake": [shaking(tasks={}), calling(message, LIST) | {"id": 1}],
    "initialized alone": [OPENING[1], calling(message, LIST) | {"id": 1}],
    "a wrong envelope": [
        modern("tools/list", {"_meta": {"io.modelcontextprotocol/protocolVersion": "2027-01-01"}}),
        calling(modern, LIST) | {"id": 2},
        shaking(),
    ],
    "an answer nobody waits for": [
        *OPENING,
        {"jsonrpc": "2.0", "id": 5, "result": {}},
        calling(message, LIST) | {"id": 1},
    ],
}


@pytest.mark.parametrize("lines", OPENINGS.values(), ids=OPENINGS)
async def test_every_order_of_eras_is_answered_alike(lines: list[Line]) -> None:
    with both_pipe_lanes() as lanes:
        async with lanes.talking() as talk:
            for line in lines:
                talk.tell(line)
                if line.get("method") and "id" in line:
                    await talk.hear()


@pytest.mark.parametrize(
    "capabilities",
    [
        {"tasks": {}},
        {"extensions": {"io.example/x": {}}},
        {"experimental": {"a": {}}, "tools": True},
    ],
)
async def test_calls_go_fast_once_the_sdk_accepts_an_unusual_handshake(
    capabilities: dict[str, Any],
) -> None:
    with both_pipe_lanes(confirm="all_writes") as lanes:
        async with lanes.talking() as talk:
            await greet(talk, message, shaking(**capabilities))
            assert (await talk.same(calling(message, LIST)))[1]
            assert not (await talk.same(message("prompts/list")))[1]
            refused = message("initialize", {"protocolVersion": 7}, id="again")
            await talk.same(refused)
            assert (await talk.same(calling(message, CALL, {"customer": 5})))[1]
            await talk.same(shaking(elicitation={}, tasks={}))
            assert not (await talk.same(calling(message, CALL, {"customer": 5})))[1]
            assert (await talk.same(message("ping")))[1]


async def test_a_client_that_can_ask_its_user_is_asked_on_both() -> None:
    with both_pipe_lanes(confirm="all_writes") as lanes:
        async with lanes.talking() as talk:
            await greet(talk, message, shaking(elicitation={}))
            talk.tell(calling(message, CALL, ORDER) | {"id": "call"})
            question = await talk.hear()
            assert question["method"] == "elicitation/create"
            reply = {"action": "accept", "content": {"confirm": True}}
            talk.tell({"jsonrpc": "2.0", "id": question["id"], "result": reply})
            assert (await talk.hear())["id"] == "call"


@both_eras
async def test_a_cancelled_call_has_no_answer_and_the_same_row(build: Build) -> None:
    for cancelled in (7, "7"):
        with both_pipe_lanes() as lanes:
            for lane in (lanes.fast, lanes.slow):
                lane.upstream.release.clear()
            async with lanes.talking() as talk:
                await greet(talk, build)
                talk.tell(calling(build, LIST) | {"id": 7})
                for lane in (lanes.fast, lanes.slow):
                    await lane.upstream.entered.wait()
                talk.tell(notification("notifications/cancelled", requestId=cancelled))
                for lane in (lanes.fast, lanes.slow):
                    await lane.upstream.cancelled.wait()
                    lane.upstream.release.set()
                answer, _ = await talk.same(calling(build, LIST) | {"id": 8})
                assert answer["id"] == 8


@both_eras
async def test_long_lines_are_answered_alike(build: Build) -> None:
    with both_pipe_lanes() as lanes:
        async with lanes.talking() as talk:
            await greet(talk, build)
            lanes.answer(Reply(body=orjson.dumps({"id": "a", "text": "x" * 2_000_000})))
            for arguments in ({"id": "x" * 300_000}, {"id": "a", "fields": ["*"] * 100_001}):
                # More than a pipe holds, so that a thread has to write it.
                await asyncio.to_thread(talk.tell, calling(build, GET, arguments))
                await talk.hear()
            await talk.same(calling(build, GET, {"id": "a", "fields": ["*"]}))


@both_eras
async def test_many_calls_at_once_are_answered_before_the_end(build: Build) -> None:
    calls = [calling(build, LIST) | {"id": number} for number in range(64)]
    with both_pipe_lanes() as lanes:
        lanes.answer(REPLIES["pages"])
        answers = await lanes.same(*opening(build), *calls)
        assert len(answers) == 64 + len(opening(build)[:1])
        assert lanes.taken >= 64


async def test_generated_messages_are_answered_alike() -> None:
    generate = random.Random(2026)  # noqa: S311 - repeatable, and no secret
    count, taken = int(os.environ.get("FAST_LANE_MESSAGES", "1200")), 0
    each = ceil(count / len(CONFIGS) / 2)
    for build in (message, modern):
        for config in CONFIGS.values():
            with both_pipe_lanes(**config) as lanes:
                async with lanes.talking() as talk:
                    await greet(talk, build)
                    for _ in range(each):
                        await _compared(lanes, talk, generate, build)
                taken += lanes.taken
    assert count / 2 < taken < each * len(CONFIGS) * 2


async def _compared(lanes: PipeLanes, talk: Talk, generate: random.Random, build: Build) -> None:
    lanes.answer(generate.choice([*REPLIES.values()]))
    request = generated(generate, build)
    indent = generate.choice([None, orjson.OPT_INDENT_2])
    await talk.same(orjson.dumps(request, option=indent).replace(b"\n", b""))
