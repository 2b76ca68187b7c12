"""The upstream that is loaded when something is first sent."""

from __future__ import annotations

import asyncio

from tests.support.sockets import GET, answering, serving
from vapi_mcp.invocation.messages import ArtifactLink, OpenArtifact
from vapi_mcp.upstream.late import LateUpstream

ANSWER = answering(b"{}", "Content-Type: application/json")


def _upstream() -> LateUpstream:
    return LateUpstream(max_answer_bytes=1_000_000, allow_private=True)


async def test_first_requests_that_come_at_once_share_one_client() -> None:
    async with serving(ANSWER) as (account, _), _upstream() as upstream:
        answers = await asyncio.gather(*(upstream.send(GET, account) for _ in range(3)))
        clients = {id(await upstream.load()) for _ in range(3)}
    assert [(each.status, each.body) for each in answers] == [(200, b"{}")] * 3
    assert len(clients) == 1


async def test_a_client_that_was_loaded_ahead_answers_every_kind_of_request() -> None:
    taken: list[bytes] = []

    async def take(piece: bytes) -> None:
        taken.append(piece)

    async with serving(ANSWER) as (account, seen), _upstream() as upstream, upstream.loading():
        sent = await upstream.send(GET, account)
        streamed = await upstream.stream(GET, account, take)
        located = await upstream.locate(GET, account)
        async with upstream.opened(GET, account, {}) as found:
            assert isinstance(found, OpenArtifact)
            opened = b"".join([chunk async for chunk in found.chunks])
    assert not isinstance(located, ArtifactLink)
    assert (sent.body, streamed.body, located.status, opened) == (b"{}", b"{}", 200, b"{}")
    assert taken == []
    assert len(seen) == 4
