"""The time of a call's requests to Vapi is counted."""

from __future__ import annotations

import pytest

from tests.support.invocation import ACCOUNT, response
from tests.support.upstream import ScriptedUpstream
from vapi_mcp.errors import UpstreamFailed
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.invocation.timed import TimedUpstream

REQUEST = UpstreamRequest("GET", "/call")


async def test_requests_of_a_call_add_up_also_those_that_fail() -> None:
    answers = iter([True, False])

    async def answer(_: UpstreamRequest) -> UpstreamResponse:
        if next(answers):
            return response({})
        raise UpstreamFailed("away", status=502)

    timed = TimedUpstream(ScriptedUpstream(answer))
    assert timed.seconds is None
    await timed.send(REQUEST, ACCOUNT)
    first = timed.seconds
    with pytest.raises(UpstreamFailed):
        await timed.send(REQUEST, ACCOUNT)
    assert first is not None
    assert timed.seconds > first > 0
