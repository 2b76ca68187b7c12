"""Bodies of requests: read whole, within bounds of size and time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope

from vapi_mcp.http.bodies import read_json_body, replay
from vapi_mcp.http.errors import Refusal

LIMIT = 10


def scope(**headers: str) -> Scope:
    named = {"content_type": "application/json", **headers}
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()]
    return {"type": "http", "headers": raw}


def arriving(*chunks: bytes, left: Message | None = None) -> Receive:
    """Return a `receive` that gives a body in chunks, then `left` instead of its end."""
    parts: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks
    ]
    waiting = iter([*parts, left or {"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Message:
        return next(waiting)

    return receive


async def read(receive: Receive, given: Scope | None = None, seconds: float = 5.0) -> bytes:
    return await read_json_body(given or scope(), receive, limit=LIMIT, seconds=seconds)


async def refusal(receive: Receive, given: Scope | None = None, seconds: float = 5.0) -> Refusal:
    with pytest.raises(Refusal) as found:
        await read(receive, given, seconds)
    return found.value


async def test_a_body_within_the_limit_comes_whole() -> None:
    assert await read(arriving(b"01234", b"56789")) == b"0123456789"


@pytest.mark.parametrize("value", ["application/json; charset=utf-8", "Application/JSON "])
async def test_json_may_have_parameters_and_any_case(value: str) -> None:
    assert await read(arriving(b"{}"), scope(content_type=value)) == b"{}"


@pytest.mark.parametrize("value", ["", "text/plain", "application/json-patch+json"])
async def test_what_says_it_is_not_json_is_refused_unread(value: str) -> None:
    refused = await refusal(arriving(b"{}"), scope(content_type=value))
    assert (refused.status, refused.message, refused.headers) == (
        415,
        "Content-Type must be application/json",
        {"Connection": "close"},
    )


@pytest.mark.parametrize("chunks", [[b"0123456789a"], [b"01234", b"56789", b"a"]])
async def test_a_body_beyond_the_limit_is_refused(chunks: Iterable[bytes]) -> None:
    refused = await refusal(arriving(*chunks))
    assert (refused.status, refused.message, refused.headers) == (
        413,
        "the request's body exceeds the limit of 10 bytes",
        {"Connection": "close"},
    )


async def test_a_body_that_declares_far_too_much_is_refused_unread() -> None:
    async def receive() -> Message:
        raise AssertionError

    assert (await refusal(receive, scope(content_length="41"))).status == 413


async def test_a_body_that_does_not_arrive_is_refused() -> None:
    async def receive() -> Message:
        return await asyncio.get_running_loop().create_future()

    refused = await refusal(receive, seconds=0.01)
    assert (refused.status, refused.message, refused.headers) == (
        408,
        "the request's body did not arrive within 0.01 seconds",
        {"Connection": "close"},
    )


async def test_a_client_that_leaves_is_no_refusal() -> None:
    with pytest.raises(ClientDisconnect):
        await read(arriving(b"{", left={"type": "http.disconnect"}))


async def test_a_body_is_replayed_once_before_what_comes_after_it() -> None:
    receive = replay(b"{}", arriving(left={"type": "http.disconnect"}))
    assert [await receive(), await receive()] == [
        {"type": "http.request", "body": b"{}", "more_body": False},
        {"type": "http.disconnect"},
    ]
