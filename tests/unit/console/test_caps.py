"""The page of a server shows what is used today of its caps."""

from __future__ import annotations

import re

from tests.support.app import ACCOUNT, hosted
from tests.support.console import signed_in
from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.invocation.writes.records import Claim, DailyUse, Tally

POLICY = Policy(calls_per_day=20, calls_per_day_per_assistant=5, max_spend_per_day=4)


def cells(page: str) -> list[list[str]]:
    """Return the table of caps as text."""
    _, _, rest = page.partition("<h2>Used today</h2>")
    rows = re.findall(r"<tr>(.*?)</tr>", rest.partition("</table>")[0], re.DOTALL)[1:]
    found = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]
    return [[re.sub(r"<[^>]+>", "", cell) for cell in row] for row in found]


async def test_caps_stand_beside_what_is_used_of_them() -> None:
    async with hosted() as server, signed_in(server) as (_, browser):
        server.add_server(config=ServerConfig(policy=POLICY))
        use = DailyUse(
            owner=f"{ACCOUNT.id}/server-1",
            day=utc_now().date(),
            calls=3,
            numbers=frozenset(),
            limits={"calls_per_day": 20},
            tallies=(Tally("calls_per_day_per_assistant", "riley", 3, 5),),
        )
        assert await server.store.claim(Claim(now=utc_now(), use=use)) is None
        page = (await browser.get(f"/servers/{ACCOUNT.id}/server-1")).text
        assert cells(page) == [
            ["Calls per day", "all", "3", "20"],
            ["Calls per day per assistant", "riley", "3", "5"],
            ["Max spend per day", "all", "see charts", "4"],
        ]


async def test_a_server_without_caps_shows_none() -> None:
    async with hosted() as server, signed_in(server) as (_, browser):
        server.add_server()
        assert "Used today" not in (await browser.get(f"/servers/{ACCOUNT.id}/server-1")).text
