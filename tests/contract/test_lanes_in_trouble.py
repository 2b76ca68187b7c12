"""Both lanes agree where a limit, a guard, a client or the audit log stands in the way."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

import orjson
import pytest

from tests.contract.lanes import Lanes, Reply, both_lanes
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
from tests.support.app import ACCOUNT, headers_of, message, registry
from vapi_mcp.accounts import rate_limits
from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.audit import writer
from vapi_mcp.errors import StoreError
from vapi_mcp.security.tokens import API_PREFIX, new_token
from vapi_mcp.store.memory.memory_store import MemoryStore

WAV = Reply(
    body=b"RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0"
    b"data\x08\0\0\0" + bytes(8),
    media_type="audio/wav",
)
# More than goes into an answer.
LONG = Reply(body=WAV.body + bytes(800_000), media_type="audio/wav")
LOG = Reply(body=gzip.compress(b'{"a": 1}\n'), media_type="application/gzip")
OF_NO_TYPE = replace(WAV, media_type="application/octet-stream")
MEDIA = (WAV, OF_NO_TYPE, LONG, LOG, REPLIES["refused"], REPLIES["late"])
KEYED = {**ORDER, "idempotency_key": "one"}
SESSION = "create_a_vapi_session"
LEFT: list[tuple[str, dict[str, Any]]] = [
    (GET, {"id": ID}),
    (LIST, {}),
    (CALL, ORDER),
    (SESSION, {"name": "a"}),
    (SESSION, {"name": "a", "idempotency_key": "one"}),
]
SAID_WITH_429: dict[str, dict[str, str]] = {
    "seconds": {"retry-after": "7"},
    "no seconds": {"retry-after": "soon"},
    "a throttler with a name": {"retry-after-long": "60", "x-ratelimit-remaining": "17"},
    "a draft": {"ratelimit": '"default";r=0;t=30', "ratelimit-policy": '"default";q=10;w=60'},
    "nothing": {},
}
OTHER_ACCOUNT = replace(ACCOUNT, id="account-2")
API_TOKENS: dict[str, tuple[ApiToken, bool]] = {
    "of all": (ApiToken("1", "all"), True),
    "of an administrator": (ApiToken("2", "admin", "admin"), True),
    "of this account": (ApiToken("3", "account", account_id=ACCOUNT.id), True),
    "of this server": (ApiToken("4", "server", server_id="server-2"), True),
    "of another server": (ApiToken("5", "server", server_id="server-1"), False),
    "of another account": (ApiToken("6", "account", account_id=OTHER_ACCOUNT.id), False),
    "of another tenant": (ApiToken("7", "tenant", tenant_id="tenant-2"), False),
}


def asking(build: Build) -> list[dict[str, Any]]:
    """Return one request of each kind that the fast lane answers."""
    short = build("ping" if build is message else "server/discover")
    return [build("tools/list"), short, calling(build, LIST), calling(build, CALL, ORDER)]


@both_eras
async def test_calls_and_requests_over_the_limit_of_a_minute_are_refused_alike(
    build: Build,
) -> None:
    async with both_lanes(server_calls_per_minute=3) as lanes:
        for _ in range(3):
            for request in asking(build):
                await lanes.same(request)
        refused, _ = await lanes.same(calling(build, LIST))
        assert b"calls a minute" in refused.body
        listed, _ = await lanes.same(build("tools/list"))
        assert listed.status == 429
        assert b"retry-after" in dict(listed.headers)


@both_eras
async def test_calls_over_the_limit_at_once_are_refused_alike(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "_PATIENCE", 0.0)
    async with both_lanes(server_calls_at_once=1) as lanes, held_call(lanes, build):
        for request in asking(build):
            _, was_fast = await lanes.same(request)
            assert was_fast
        refused, _ = await lanes.same(calling(build, LIST))
        assert b"at once" in refused.body


@contextmanager
def held(lanes: Lanes) -> Generator[None]:
    """Let Vapi answer nothing for a while."""
    both = (lanes.fast.upstream, lanes.slow.upstream)
    for upstream in both:
        upstream.release.clear()
        upstream.entered.clear()
        upstream.cancelled.clear()
    try:
        yield
    finally:
        for upstream in both:
            upstream.release.set()


@asynccontextmanager
async def held_call(lanes: Lanes, build: Build) -> AsyncGenerator[None]:
    """Have one call of the usual server under way in both."""
    request = calling(build, GET, {"id": ID})
    target, headers = f"/mcp/{lanes.token}", list(headers_of(request).items())
    with held(lanes):
        async with asyncio.TaskGroup() as group:
            for lane in (lanes.fast, lanes.slow):
                group.create_task(lane.post(target, orjson.dumps(request), headers))
                await lane.upstream.entered.wait()
            yield
            for lane in (lanes.fast, lanes.slow):
                lane.upstream.release.set()


@both_eras
@pytest.mark.parametrize("said", SAID_WITH_429.values(), ids=SAID_WITH_429)
async def test_a_limit_of_vapi_is_told_alike(build: Build, said: dict[str, str]) -> None:
    async with both_lanes() as lanes:
        lanes.answer(Reply(429, b'{"message": "Too many requests"}', headers=said))
        for name, arguments in ((GET, {"id": ID}), (LIST, {}), (CALL, ORDER), (CALL, KEYED)):
            answer, was_fast = await lanes.same(calling(build, name, arguments))
            assert was_fast
            assert b"429" in answer.body


@both_eras
@pytest.mark.parametrize(("api_token", "opens"), API_TOKENS.values(), ids=API_TOKENS)
async def test_a_guarded_server_takes_the_same_api_tokens(
    build: Build, api_token: ApiToken, opens: bool
) -> None:
    async with both_lanes() as lanes:
        for lane in (lanes.fast, lanes.slow):
            await lane.store.add_account(OTHER_ACCOUNT)
        guarded = lanes.serve(require_api_token_auth=True)
        secret = await lanes.keep(api_token)
        for request in asking(build):
            for token, more in ways_to_bring(guarded, secret):
                headers = [*headers_of(request).items(), *more]
                answer, was_fast = await lanes.same(request, token=token, headers=headers)
                assert (answer.status, was_fast) == ((200, True) if opens else (401, False))


def ways_to_bring(server_token: str, api_token: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the token in the URL, empty for none, and the headers with the rest."""
    bearer, own = f"Bearer {server_token}", ("X-Api-Token", api_token)
    return [
        (server_token, [own]),
        (server_token, [("Authorization", f"Bearer {api_token}")]),
        ("", [("Authorization", bearer), own]),
    ]


@both_eras
async def test_a_guarded_server_refuses_what_is_no_api_token_of_its_own(build: Build) -> None:
    unknown = ("", "vma_short", new_token(API_PREFIX), new_token())
    async with both_lanes() as lanes:
        guarded = lanes.serve(require_api_token_auth=True)
        for request in asking(build):
            usual = list(headers_of(request).items())
            for given in (*unknown, guarded):
                for token, more in ways_to_bring(guarded, given):
                    headers = [*usual, *more]
                    answer, _ = await lanes.same(request, token=token, headers=headers)
                    assert answer.status == 401
            answer, _ = await lanes.same(request, token=guarded, headers=usual)
            assert answer.status == 401


@both_eras
@pytest.mark.parametrize(("name", "arguments"), LEFT)
async def test_a_client_that_leaves_in_the_middle_leaves_the_same_behind(
    build: Build, name: str, arguments: dict[str, Any]
) -> None:
    async with both_lanes() as lanes:
        lanes.answer(REPLIES["an object"])
        request = calling(build, name, arguments)
        with held(lanes):
            answer, was_fast = await lanes.same(request, leaves=True)
        assert (was_fast, len(answer.rows), len(answer.asked)) == (True, 1, 1)
        again, _ = await lanes.same(request)
        assert again.status == 200


@both_eras
@pytest.mark.parametrize("broken", [("add_entries",), ("add_entries", "claim", "answer")])
async def test_a_row_that_cannot_be_kept_is_told_alike(
    build: Build, broken: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise StoreError

    async with both_lanes() as lanes:
        lanes.answer(REPLIES["an object"])
        with monkeypatch.context() as patched:
            patched.setattr(writer, "_PATIENCE", 0.01)
            for method in broken:
                patched.setattr(MemoryStore, method, fail)
            for request in (*asking(build), calling(build, CALL, KEYED)):
                _, was_fast = await lanes.same(request)
                assert was_fast
        answer, _ = await lanes.same(calling(build, CALL, KEYED))
        assert answer.rows


@both_eras
@pytest.mark.parametrize("inline_media", [True, False])
async def test_media_in_an_answer_are_the_same(build: Build, inline_media: bool) -> None:
    artifacts = [tool for tool in registry().tools.values() if tool.spec.output.kind == "artifact"]
    async with both_lanes() as lanes:
        token = lanes.serve(inline_media=inline_media)
        for reply in MEDIA:
            lanes.answer(reply)
            for tool in artifacts:
                for more in ({}, {"inline": True}, {"inline": False}, {"save_to": "x.wav"}):
                    request = calling(build, tool.name, {**usual(tool), **more})
                    _, was_fast = await lanes.same(request, token=token)
                    assert was_fast
        assert len(artifacts) == 7
