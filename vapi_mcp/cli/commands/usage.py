"""`vapi-mcp usage`: calls, minutes and cost of an account."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from vapi_mcp.admin.admin import COMMAND_LINE, Administration
from vapi_mcp.admin.usage.records import wire_usage
from vapi_mcp.admin.usage.use_cases import MOST_DAYS
from vapi_mcp.cli.admin import administers
from vapi_mcp.cli.commands.account import AccountId
from vapi_mcp.cli.options import AsJson
from vapi_mcp.cli.tables import print_object, print_rows
from vapi_mcp.cli.terminal import say

_DAYS = ("day", "assistant_id", "calls", "minutes", "cost")
_SERVERS = ("id", "name", "calls", "cost", "calls_with_cost")
_CAPS = ("server_id", "rule", "of", "used", "most")


@administers
async def usage(
    administration: Administration,
    *,
    account_id: AccountId,
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="Days until today, in UTC.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Print what the calls of an account cost, by day and assistant, and by server with its caps.

    Days and assistants are as Vapi reports them. Servers are by the log: the calls that each
    placed, and their cost where a row of the log tells it.
    """
    found = wire_usage(await administration.usage.get(COMMAND_LINE, account_id, days))
    if as_json:
        print_object(found, as_json=True)
        return
    _print(found)


def _print(found: dict[str, Any]) -> None:
    heads = ("since", "until", "problem")
    print_object({name: found[name] for name in heads} | (found["total"] or {}), as_json=False)
    caps = [{**cap, "server_id": each["id"]} for each in found["servers"] for cap in each["caps"]]
    for rows, columns in ((found["days"], _DAYS), (found["servers"], _SERVERS), (caps, _CAPS)):
        if rows:
            say("")
            print_rows(rows, columns, as_json=False)
    if not found["is_whole"]:
        say("\nNot all of it: there is more than one answer holds. Ask for fewer days.")
