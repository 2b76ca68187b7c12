from __future__ import annotations

import asyncio
import os
import sys
from contextlib import AbstractAsyncContextManager
from typing import Any

import orjson
import pytest

from tests.support.app import ACCOUNT, message, modern
from tests.support.pipes import LocalHouse, Pipe
from tests.support.registry import NAMES, registry
from tests.support.upstream import FakeUpstream, LiveUpstream
from vapi_mcp.accounts.records import Account, Grant, Server, ServerConfig
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.protocol.greeting.instructions import instructions_for
from vapi_mcp.registry.scope import Scope

CALL = {"name": "list_all_vapi_assistants", "arguments": {}}
ASSISTANTS = Scope(tags=frozenset({"assistants"}))
INITIALIZE = message(
    "initialize",
    {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
    id=0,
)


DEEP = b'{"a":' * 200 + b"1" + b"}" * 200
HUGE = b"1" * 5000


def serving_pipe(
    upstream: FakeUpstream,
    scope: Scope = Scope(),  # noqa: B008 - it is frozen
) -> AbstractAsyncContextManager[Pipe]:
    return LocalHouse(upstream, Grant(ACCOUNT, Server("stdio", "stdio", ACCOUNT.id, scope))).piped()


async def test_handshake_client_initializes_lists_and_calls() -> None:
    upstream = FakeUpstream()
    async with serving_pipe(upstream, ASSISTANTS) as pipe:
        pipe.send(INITIALIZE)
        hello = await pipe.answer()
        pipe.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        pipe.send(message("tools/list"))
        listed = await pipe.answer()
        pipe.send(message("tools/call", CALL, id=2))
        called = await pipe.answer()
    assert hello["result"]["protocolVersion"] == "2025-06-18"
    assert hello["result"]["instructions"] == instructions_for(
        registry(), ASSISTANTS, ServerConfig()
    )
    assert len(listed["result"]["tools"]) == 5
    assert (called["id"], called["result"]["isError"]) == (2, False)
    assert len(upstream.requests) == 1


async def test_modern_client_needs_no_handshake() -> None:
    async with serving_pipe(FakeUpstream()) as pipe:
        pipe.send(modern("tools/list"))
        listed = await pipe.answer()
    assert len(listed["result"]["tools"]) == len(NAMES)
    assert listed["result"]["resultType"] == "complete"


@pytest.mark.parametrize("times", [1, 2])
async def test_client_that_discovers_first_may_still_shake_hands(times: int) -> None:
    async with serving_pipe(FakeUpstream()) as pipe:
        for _ in range(times):
            pipe.send(modern("server/discover"))
            assert "2026-07-28" in (await pipe.answer())["result"]["supportedVersions"]
        pipe.send(INITIALIZE)
        hello = await pipe.answer()
        pipe.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        pipe.send(message("tools/list"))
        listed = await pipe.answer()
    assert hello["result"]["protocolVersion"] == "2025-06-18"
    assert len(listed["result"]["tools"]) == len(NAMES)


async def test_client_that_discovers_first_may_go_on_without_a_handshake() -> None:
    async with serving_pipe(FakeUpstream()) as pipe:
        pipe.send(modern("server/discover"))
        await pipe.answer()
        pipe.send(modern("tools/list"))
        listed = await pipe.answer()
    assert listed["result"]["resultType"] == "complete"


@pytest.mark.parametrize(
    ("line", "code", "request_id"),
    [
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":9,"method":7}', -32600, 9),
        (b'{"jsonrpc":"2.0","id":9,"method":"ping","params":{"a":NaN}}', -32602, 9),
        (b'{"jsonrpc":"2.0","id":9,"method":"ping","params":{"a":1e400}}', -32602, 9),
        (b'{"jsonrpc":"2.0","id":9,"method":"ping","params":{"a":%s}}' % HUGE, -32602, 9),
        (b'{"jsonrpc":"2.0","id":9,"method":"ping","params":{"a":"\xff"}}', -32602, 9),
        (b'{"jsonrpc":"2.0","id":9,"method":"ping","params":{"a":"\xed\xa0\x80"}}', -32602, 9),
        (b'{"jsonrpc":"2.0","id":9,"method":"ping","params":{"a":1,}}', -32700, 9),
        (b'{"jsonrpc":"2.0","id":9,"method":"ping","params":{"a":"\\udc00"}}', -32602, 9),
        (b'{"method":"ping","params":{"a":"\\ud800"},"jsonrpc":"2.0","id":"z"}', -32602, "z"),
        (b'{"jsonrpc":"2.0","id":9,"method":"ping","params":' + DEEP + b"}", -32700, 9),
        (b'{"method":"ping","params":' + DEEP + b',"jsonrpc":"2.0","id":"z"}', -32700, "z"),
        (b"hello", -32700, None),
        (b"[]", -32600, None),
    ],
)
async def test_bad_line_is_answered_and_the_next_one_too(
    line: bytes, code: int, request_id: int | str | None
) -> None:
    async with serving_pipe(FakeUpstream()) as pipe:
        pipe.send(b"")
        pipe.send(line)
        refused = await pipe.answer()
        pipe.send(message("ping", id="after"))
        after = await pipe.answer()
    assert (refused["error"]["code"], refused["id"]) == (code, request_id)
    assert after == {"jsonrpc": "2.0", "id": "after", "result": {}}


async def test_what_was_asked_before_the_end_of_input_is_answered() -> None:
    upstream = FakeUpstream(hold=True)
    async with serving_pipe(upstream) as pipe:
        pipe.send(INITIALIZE)
        pipe.send(message("tools/call", CALL, id="last"))
        await upstream.entered.wait()
        pipe.leave()
        upstream.release.set()
        assert (await pipe.answer())["id"] == 0
        last = await pipe.answer()
    assert (last["id"], last["result"]["isError"]) == ("last", False)


async def test_cancelled_call_does_not_hold_up_the_end() -> None:
    upstream = FakeUpstream(hold=True)
    async with serving_pipe(upstream) as pipe:
        pipe.send(INITIALIZE)
        pipe.send(message("tools/call", CALL, id="gone"))
        await upstream.entered.wait()
        cancelled = message("notifications/cancelled", {"requestId": "gone"})
        del cancelled["id"]
        pipe.send(cancelled)
        await upstream.cancelled.wait()
        assert (await pipe.answer())["id"] == 0


@pytest.mark.parametrize("build", [message, modern])
async def test_text_of_a_chat_arrives_before_vapi_sends_the_next_and_ends_when_cancelled(
    build: Any,
) -> None:
    upstream = LiveUpstream()
    chat = {
        "name": "create_a_vapi_chat",
        "arguments": {"assistantId": "a1", "input": "hello", "stream": True},
        "_meta": {"progressToken": "p"},
    }
    async with serving_pipe(upstream) as pipe:
        if build is message:
            pipe.send(INITIALIZE)
            assert (await pipe.answer())["id"] == 0
        pipe.send({**build("tools/call", chat), "id": "chat"})
        for step, text in enumerate(("Hel", "lo"), start=1):
            event = {"id": "c1", "path": "chat.output[0].content", "delta": text}
            upstream.say(b"data: " + orjson.dumps(event) + b"\n\n")
            told = await pipe.answer()
            assert told["method"] == "notifications/progress"
            assert told["params"] == {"progressToken": "p", "progress": step, "message": text}
        upstream.say(None)
        answer = await pipe.answer()
        assert "Hello" in answer["result"]["content"][0]["text"]
        pipe.send({**build("tools/call", chat), "id": "gone"})
        upstream.say(b'data: {"path": "chat.output[0].content", "delta": "Hel"}\n\n')
        assert (await pipe.answer())["method"] == "notifications/progress"
        cancelled = message("notifications/cancelled", {"requestId": "gone"})
        del cancelled["id"]
        pipe.send(cancelled)
        await upstream.cancelled.wait()


async def test_prints_of_other_code_stay_off_the_wire(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Chatty(FakeUpstream):
        async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
            print("stray", flush=True)  # noqa: T201 - what this test is about
            os.write(1, b"deeper\n")
            return await super().send(request, account)

    grant = Grant(ACCOUNT, Server("stdio", "stdio", ACCOUNT.id))
    house = LocalHouse(Chatty(), grant)
    # pytest's own stand-in does not write to descriptor 1, as the real one does.
    monkeypatch.setattr(sys, "stdout", os.fdopen(1, "w", closefd=False))
    given, wanted = os.pipe()
    kept = os.dup(0)
    os.dup2(given, 0)
    os.close(given)
    try:
        with os.fdopen(wanted, "wb") as client:
            client.writelines(
                orjson.dumps(line) + b"\n" for line in (INITIALIZE, message("tools/call", CALL))
            )
        async with asyncio.timeout(10):
            await house.run()
    finally:
        os.dup2(kept, 0)
        os.close(kept)
    out, err = capfd.readouterr()
    assert [orjson.loads(line)["id"] for line in out.splitlines()] == [0, 1]
    assert "stray" in err
    assert "deeper" in err
