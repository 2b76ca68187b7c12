"""What the simulated Vapi says of costs is understood."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.support.serving import serving
from tests.support.writes import CALL, Stage, registry
from vapi_mcp.accounts.records import Account
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.caller import NOBODY
from vapi_mcp.invocation.timed import TimedUpstream
from vapi_mcp.invocation.writes.newest_calls import calls_since
from vapi_mcp.invocation.writes.prices import Prices
from vapi_mcp.sandbox.startup import build_sandbox
from vapi_mcp.security.credential import Credential
from vapi_mcp.upstream.client import UpstreamClient


async def test_spending_averages_lines_and_ends_are_read_from_vapi() -> None:
    async with (
        serving(build_sandbox()) as vapi,
        UpstreamClient(max_answer_bytes=2**24, allow_private=True) as client,
    ):
        account = replace(
            Stage().grant.account, credential=Credential("sandbox-key"), base_url=vapi.url
        )
        prices, call = Prices(), _call(client, account)
        spent = await prices.spent_since(call, datetime.now(UTC) - timedelta(days=30))
        assert spent is not None
        assert spent > 0
        assert (await prices.estimate(call, 2)).startswith("about $")
        lines = await prices.lines(call)
        assert lines is not None
        assert (lines.read, lines.limit) == (25, None)
        ended = await calls_since(call, datetime.now(UTC) - timedelta(days=30))
        assert ended
        assert ended == sorted(ended, key=lambda each: each.began_at, reverse=True)
        assert {each.is_silent for each in ended} == {True, False}
        elsewhere = replace(account, base_url="http://127.0.0.1:1")
        assert await Prices().spent_since(_call(client, elsewhere), datetime.now(UTC)) is None


def _call(client: UpstreamClient, account: Account) -> Call:
    grant = replace(Stage().grant, account=account)
    return Call(registry().find(CALL), {}, grant, NOBODY, TimedUpstream(client))
