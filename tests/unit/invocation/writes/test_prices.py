"""What the simulated Vapi says of costs is understood."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.support.serving import serving
from tests.support.writes import Stage
from vapi_mcp.invocation.writes.prices import Prices
from vapi_mcp.sandbox.startup import build_sandbox
from vapi_mcp.security.credential import Credential
from vapi_mcp.upstream.client import UpstreamClient


async def test_spending_and_averages_are_read_from_vapi() -> None:
    async with (
        serving(build_sandbox()) as vapi,
        UpstreamClient(max_answer_bytes=2**24, allow_private=True) as client,
    ):
        account = replace(
            Stage().grant.account, credential=Credential("sandbox-key"), base_url=vapi.url
        )
        prices = Prices(client)
        spent = await prices.spent_since(account, datetime.now(UTC) - timedelta(days=30))
        assert spent is not None
        assert spent > 0
        assert (await prices.estimate(account, 2)).startswith("about $")
        assert await Prices(None).spent_since(account, datetime.now(UTC)) is None
