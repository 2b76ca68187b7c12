"""The fast lane answers as the SDK's server does, with the same rows in the audit log.

Each message goes to two apps: one with the fast lane, one without. Status, headers, body, requests
to Vapi, rows and metrics have to be equal. `FAST_LANE_MESSAGES` sets how many generated messages
are compared.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from tests.contract.lanes import Lanes, Reply, both_lanes, failing
from tests.support.app import headers_of, message, modern, registry
from tests.support.registry import ALL_NAMES
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.invocation.failures.transport_errors import timed_out, unreachable
from vapi_mcp.registry.scope import FULL
from vapi_mcp.registry.tool import Tool
from vapi_mcp.security.tokens import new_token

Build = Callable[..., dict[str, Any]]

GET, LIST, CALL = "get_single_vapi_assistant_by_id", "list_all_vapi_squads", "create_a_vapi_call"
ID = "5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a10"
ORDER = {"assistantId": ID, "phoneNumberId": ID, "customer": {"number": "+14155550123"}}
OBJECT = {
    "id": ID,
    "name": "é 漢 \U0001f600",
    "cost": 0.25,
    "count": 12345678901234567890123,
    "share": 1e16,
    "customer": {"number": "+14155550123", "name": "<script>"},
    "artifact": {"recordingUrl": "https://storage.example/a.wav?X-Amz-Signature=abc"},
    "results": [],
}
REPLIES = {
    "an object": Reply(body=orjson.dumps({**OBJECT, "count": 1})),
    "large integers": Reply(body=b'{"id": "a", "count": 12345678901234567890123, "x": 1e400}'),
    "a list": Reply(body=orjson.dumps([{"id": "a", "createdAt": "2026-01-01T00:00:00.000Z"}])),
    "pages": Reply(body=b'{"results": [{"id": "a"}], "metadata": {"totalItems": 1}}'),
    "nothing": Reply(body=b""),
    "no JSON": Reply(body=b"<html>"),
    "broken text": Reply(body=b'{"id": "a", "name": "\xff"}'),
    "refused": Reply(404, b'{"message": "Couldn\'t get it. sandbox-key", "statusCode": 404}'),
    "invalid": Reply(400, b'{"message": ["name must be a string"], "statusCode": 400}'),
    "limited": Reply(429, b'{"message": "Too many"}'),
    "broken": Reply(500, b'{"message": "oops"}'),
    "late": failing(timed_out(30, writes=True)),
    "away": failing(unreachable("api.vapi.ai", "refused")),
    "our own failure": Reply(failure=RuntimeError("a slip")),
}
CONFIGS: dict[str, dict[str, Any]] = {
    "usual": {},
    "structured": {"structured_content": True},
    "notes inside": {"notes": "inside"},
    "no notes": {"notes": "none"},
    "structured, notes inside": {"structured_content": True, "notes": "inside"},
    "discovery": {"tool_exposure": "discovery"},
    "codes": {"confirm": "all_writes", "confirm_by": "code"},
    "questions": {"confirm": "all_writes", "confirm_by": "question"},
    "either": {"confirm": "spending"},
    "policy": {"policy": Policy(allowed_prefixes=("+44",), calls_per_day=1)},
    "small": {"max_result_tokens": 500},
    "links": {"inline_media": False},
    "reads": {"methods": ("read",)},
    "full": {"catalogue": "full"},
}
both_eras = pytest.mark.parametrize("build", [message, modern], ids=["legacy", "modern"])


def calling(build: Build, name: Any, arguments: Any = None, **more: Any) -> dict[str, Any]:
    params = {"name": name, **({} if arguments is None else {"arguments": arguments}), **more}
    return build("tools/call", params)


def _headers(request: dict[str, Any]) -> dict[str, str]:
    """Return the headers of a request; a name that is no text stands in none."""
    named = request["params"].get("name", "")
    given = headers_of({**request, "params": {**request["params"], "name": str(named)}})
    return given if named else {key: value for key, value in given.items() if key != "Mcp-Name"}


def usual(tool: Tool) -> dict[str, Any]:
    """Return arguments for a tool that name an object, where it takes an id."""
    given: dict[str, Any] = {a.name: ID for a in tool.arguments.values() if a.place == "path"}
    return ORDER if tool.name == CALL else given


@both_eras
async def test_all_tools_are_answered_alike_on_every_kind_of_outcome(build: Build) -> None:
    async with both_lanes() as lanes:
        token = lanes.serve(FULL, catalogue="full")
        for reply in REPLIES.values():
            lanes.answer(reply)
            for name, tool in registry().tools.items():
                _, was_fast = await lanes.same(calling(build, name, usual(tool)), token=token)
                assert was_fast is (tool.spec.output.kind != "stream"), name


@both_eras
async def test_tools_of_our_own_are_answered_alike(build: Build) -> None:
    there = {"type": "number", "number": "+14155550199"}
    calls = {
        "wait_for_a_vapi_call": {"id": ID},
        "restore_a_vapi_change": {"id": "vapi-change-1"},
        "say_in_a_vapi_call": {"id": ID, "content": "Hi."},
        "transfer_a_vapi_call": {"id": ID, "destination": there},
        "end_a_vapi_call": {"id": ID},
    }
    control = {"controlUrl": "https://control.vapi.ai/x/control"}
    states = [{"status": "ended"}, {"status": "in-progress", "monitor": control}]
    async with both_lanes() as lanes:
        token = lanes.serve(catalogue="full")
        for state in (*states, None):
            body = orjson.dumps({"id": ID, **state}) if state else b"{}"
            lanes.answer(Reply(body=body) if state else Reply(404, body))
            for name, arguments in calls.items():
                if name.startswith("wait") and state == states[1]:
                    continue  # how often it looks is left to chance
                _, was_fast = await lanes.same(calling(build, name, arguments), token=token)
                assert was_fast


@both_eras
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
async def test_every_config_is_answered_alike(build: Build, config: dict[str, Any]) -> None:
    async with both_lanes() as lanes:
        token = lanes.serve(**config)
        for reply in ("an object", "large integers", "a list", "nothing", "refused", "late"):
            lanes.answer(REPLIES[reply])
            for request in common(build):
                await lanes.same(request, token=token)


def common(build: Build) -> list[dict[str, Any]]:
    """Return what clients ask most, and what goes wrong most."""
    return [
        build("tools/list"),
        build("tools/list"),
        build("ping"),
        calling(build, GET, {"id": ID}),
        calling(build, GET, {"id": ID, "fields": ["name", "gone"]}),
        calling(build, GET, {"id": ID, "part": "customer"}),
        calling(build, LIST),
        calling(build, LIST, {"limit": 1, "fields": ["*"]}),
        calling(build, LIST, {"limit": "1"}),
        calling(build, CALL, ORDER),
        calling(build, CALL, {**ORDER, "dry_run": True}),
        calling(build, CALL, {**ORDER, "idempotency_key": "one"}),
        calling(build, CALL, {**ORDER, "idempotency_key": "one"}),
        calling(build, CALL, {**ORDER, "confirmation_code": "made-up"}),
        calling(build, CALL, {"customer": {"number": "555"}}),
        calling(build, "search_tools", {"query": "calls"}),
        calling(build, "call_tool", {"name": LIST, "arguments": {}}),
        calling(build, "no_such_tool", {}),
    ]


REFUSED: dict[str, tuple[Any, dict[str, str]]] = {
    "no JSON": (b"{", {}),
    "twice the same key": (b'{"jsonrpc": "2.0", "id": 1, "id": 2, "method": "ping"}', {}),
    "a batch": (b"[]", {}),
    "another type": (b"{}", {"Content-Type": "text/plain"}),
    "no answer it takes": (message("ping"), {"Accept": "text/html"}),
    "another site": (message("ping"), {"Origin": "https://elsewhere.example"}),
    "a page of this machine": (message("ping"), {"Origin": "http://localhost:3000"}),
}


@pytest.mark.parametrize("given", REFUSED.values(), ids=REFUSED)
async def test_what_is_refused_or_not_usual_is_answered_alike(
    given: tuple[Any, dict[str, str]],
) -> None:
    request, odd = given
    headers = {**headers_of(message("ping")), **odd}
    async with both_lanes() as lanes:
        for token in (None, new_token(), "vms_short"):
            await lanes.same(request, token=token, headers=list(headers.items()))


@both_eras
async def test_usual_requests_pass_all_middleware(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with both_lanes() as lanes:
        await lanes.same(build("tools/list"))
        with monkeypatch.context() as patched:
            patched.delattr("vapi_mcp.http.mcp.streamable.StreamableHttp._serve")
            for request in (build("tools/list"), calling(build, GET, {"id": ID})):
                headers = list(headers_of(request).items())
                target = f"/mcp/{lanes.token}"
                answer = await lanes.fast.post(target, orjson.dumps(request), headers)
                assert (answer.status, len(answer.rows)) == (200, 1)
        lanes.slow.rows.clear()
        for request in (build("tools/list"), calling(build, GET, {"id": ID})):
            # The metrics of both are compared at the end.
            headers = list(headers_of(request).items())
            await lanes.slow.post(f"/mcp/{lanes.token}", orjson.dumps(request), headers)


UNUSUAL: dict[str, Any] = {
    "no arguments": {"name": LIST},
    "null arguments": {"name": LIST, "arguments": None},
    "arguments as text": {"name": LIST, "arguments": '{"limit": 1}'},
    "arguments as a list": {"name": LIST, "arguments": []},
    "a number as a name": {"name": 7},
    "no name": {},
    "a token": {"name": LIST, "_meta": {"progressToken": 1}},
    "more of meta": {"name": LIST, "_meta": {"com.example/x": {"a": 1}}},
    "a task": {"name": LIST, "task": {"ttl": 1}},
    "answers": {"name": LIST, "inputResponses": {}, "requestState": "x"},
    "a cursor": {"cursor": "x"},
}


@both_eras
@pytest.mark.parametrize(
    "method",
    [
        "tools/call",
        "tools/list",
        "ping",
        "server/discover",
        "notifications/initialized",
        "prompts/list",
        "tools/x",
    ],
)
@pytest.mark.parametrize("params", UNUSUAL.values(), ids=UNUSUAL)
async def test_unusual_parameters_are_answered_alike(
    build: Build, method: str, params: dict[str, Any]
) -> None:
    async with both_lanes() as lanes:
        request = build(method, params)
        await lanes.same(request, headers=list(_headers(request).items()))


async def test_a_large_integer_in_the_envelope_is_answered_alike() -> None:
    client = {"name": "x", "version": "1", "build": 2**70}
    request = modern("ping", {"_meta": {"io.modelcontextprotocol/clientInfo": client}})
    call = {**request, "method": "tools/call", "params": {**request["params"], "name": LIST}}
    async with both_lanes() as lanes:
        for each in (call, {**request, "method": "tools/list"}):
            body = json.dumps(each).encode()
            _, was_fast = await lanes.same(body, headers=list(headers_of(each).items()))
            assert not was_fast


@both_eras
@pytest.mark.parametrize("id_", [0, -1, "", "é\u2028", "a" * 300, 2**53, 1.5, None, True, [], {}])
async def test_every_id_is_answered_alike(build: Build, id_: Any) -> None:
    async with both_lanes() as lanes:
        for request in (build("ping"), calling(build, LIST), build("tools/list")):
            await lanes.same({**request, "id": id_})
        await lanes.same({name: each for name, each in build("ping").items() if name != "id"})


CLIENT = {"name": "test", "version": "1"}
FORMS = {"elicitation": {"form": {}}, "roots": {"listChanged": True}}
GREETINGS: dict[str, tuple[dict[str, Any], bool]] = {
    "plain": ({}, True),
    "titled": ({"clientInfo": {**CLIENT, "title": "Test"}}, True),
    "can ask": ({"capabilities": FORMS}, True),
    "old": ({"protocolVersion": "2024-11-05"}, True),
    "not yet known": ({"protocolVersion": "2099-01-01"}, True),
    "an icon": ({"clientInfo": {**CLIENT, "icons": [{"src": "https://a.example/i"}]}}, False),
    "an experiment": ({"capabilities": {"experimental": {"x": {}}}}, False),
    "no version": ({"protocolVersion": None}, False),
    "a client without a name": ({"clientInfo": {"version": "1"}}, False),
    "meta": ({"_meta": {}}, False),
}


@pytest.mark.parametrize(("changed", "is_plain"), GREETINGS.values(), ids=GREETINGS)
@pytest.mark.parametrize("config", [CONFIGS["usual"], CONFIGS["discovery"], CONFIGS["reads"]])
async def test_a_handshake_is_answered_alike(
    changed: dict[str, Any], is_plain: bool, config: dict[str, Any]
) -> None:
    said = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": CLIENT, **changed}
    async with both_lanes() as lanes:
        token = lanes.serve(**config)
        _, was_fast = await lanes.same(message("initialize", said), token=token)
        assert was_fast is is_plain
        note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        for each in (note, {**note, "params": {}}):
            headers = list(headers_of({**note, "params": {}}).items())
            _, was_fast = await lanes.same(each, token=token, headers=headers)
            assert was_fast


@pytest.mark.parametrize(
    "config", [*CONFIGS.values(), {"catalogue": "full"}], ids=[*CONFIGS, "full"]
)
async def test_a_discovery_is_answered_alike(config: dict[str, Any]) -> None:
    async with both_lanes() as lanes:
        token = lanes.serve(**config)
        for request in (modern("server/discover"), message("server/discover")):
            _, was_fast = await lanes.same(request, token=token)
            assert was_fast is ("_meta" in request["params"])


HEADERS: dict[str, dict[str, str | None]] = {
    "accepts JSON only": {"Accept": "application/json"},
    "accepts events only": {"Accept": "text/event-stream"},
    "accepts all": {"Accept": "*/*"},
    "accepts nothing": {"Accept": None},
    "accepts pictures": {"Accept": "image/png"},
    "another type": {"Content-Type": "text/plain"},
    "a charset": {"Content-Type": "application/json; charset=utf-8"},
    "no type": {"Content-Type": None},
    "an older version": {"MCP-Protocol-Version": "2025-03-26"},
    "an unknown version": {"MCP-Protocol-Version": "1999-01-01"},
    "the modern version": {"MCP-Protocol-Version": "2026-07-28"},
    "another method": {"Mcp-Method": "prompts/list"},
    "another name": {"Mcp-Name": "other"},
    "no method": {"Mcp-Method": None},
    "a parameter": {"Mcp-Param-Region": "us"},
    "a session": {"Mcp-Session-Id": "x"},
    "an event": {"Last-Event-ID": "1"},
    "an origin": {"Origin": "https://evil.example"},
    "an agent": {"User-Agent": "Cursor/1.0"},
    "packed": {"Accept-Encoding": "gzip"},
}


@both_eras
@pytest.mark.parametrize("changed", HEADERS.values(), ids=HEADERS)
async def test_headers_are_answered_alike(build: Build, changed: dict[str, str | None]) -> None:
    async with both_lanes() as lanes:
        for request in (calling(build, LIST, {}), build("tools/list"), build("ping")):
            given = {**headers_of(request), **changed}
            headers = [(name, value) for name, value in given.items() if value is not None]
            for _ in range(2):
                await lanes.same(request, headers=headers)


@pytest.mark.parametrize("query", ["?methods=read", "?tags=calls", "?tools=nothing", "?x=1"])
@both_eras
async def test_a_narrowed_scope_is_answered_alike(build: Build, query: str) -> None:
    async with both_lanes() as lanes:
        for request in (build("tools/list"), calling(build, CALL, ORDER), calling(build, LIST)):
            for _ in range(2):
                await lanes.same(request, query=query)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]', b"\xff", b"1"],
)
async def test_what_is_no_request_is_answered_alike(body: bytes) -> None:
    async with both_lanes() as lanes:
        await lanes.same(body, headers=list(headers_of(message("ping")).items()))


async def test_generated_messages_are_answered_alike() -> None:
    generate = random.Random(2026)  # noqa: S311 - repeatable, and no secret
    count = int(os.environ.get("FAST_LANE_MESSAGES", "1200"))
    async with both_lanes() as lanes:
        tokens = [lanes.serve(**config) for config in CONFIGS.values()]
        for _ in range(count):
            await _compared(lanes, generate, tokens)
        assert count / 3 < lanes.taken < count


async def _compared(lanes: Lanes, generate: random.Random, tokens: list[str]) -> None:
    lanes.answer(generate.choice([*REPLIES.values()]))
    build = generate.choice([message, modern])
    request = generated(generate, build)
    given = headers_of(
        request if isinstance(request["params"].get("name", ""), str) else build("x")
    )
    if generate.random() < 0.1:
        given |= generate.choice([*HEADERS.values()])  # pyright: ignore[reportArgumentType] - below
    headers = [(key, value) for key, value in given.items() if value is not None]
    await lanes.same(request, token=generate.choice(tokens), headers=headers)


def generated(generate: random.Random, build: Build) -> dict[str, Any]:
    """Return a request: mostly a call of any tool, with odd arguments."""
    name = generate.choice(ALL_NAMES)
    arguments = {**usual(registry().tools[name]), **odd(generate, name)}
    request = generate.choice(
        [
            calling(build, name, arguments),
            calling(build, name, arguments),
            calling(build, name, arguments),
            build("tools/call", {"name": name, **generate.choice([*UNUSUAL.values()])}),
            build("tools/list"),
            build(generate.choice(["ping", "tools/list", "prompts/list", "resources/list"])),
        ]
    )
    request["id"] = generate.choice([1, 0, "a", "é", -5, 2**40])
    return request


def odd(generate: random.Random, name: str) -> dict[str, Any]:
    """Return some arguments of a tool, with values that fit and values that do not."""
    names = [*registry().tools[name].arguments, "unknown"]
    values = [
        "x",
        "",
        5,
        -1,
        1.5,
        True,
        None,
        [],
        ["*"],
        {},
        {"a": {"b": 1}},
        "é\u2028",
        "2026-01-01",
    ]
    chosen = generate.sample(names, k=min(len(names), generate.choice([0, 0, 1, 2])))
    return {each: generate.choice(values) for each in chosen if each != "save_to"}
