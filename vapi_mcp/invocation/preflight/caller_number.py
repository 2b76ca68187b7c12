"""The phone line a call goes out on: some numbers only take calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, cast

from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import InvalidArguments, UpstreamFailed
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.failures.guidance import NextCall
from vapi_mcp.invocation.json_reading import read_json
from vapi_mcp.invocation.meanings.phone_lines import is_of_vapi, only_receives
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.registry.tool import Tool

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
# The read is a help and no condition, so it may not hold up the call for long.
_PATIENCE = 5.0
_FIND_ANOTHER = NextCall("GET /phone-number", {"fields": ["id", "name", "provider", "number"]})


async def check_line(tool: Tool, checked: Checked, upstream: Upstream, account: Account) -> Checked:
    """Look at the number that is to dial, once, before anybody is called.

    What cannot be looked at is left to Vapi.

    Raises:
        InvalidArguments: There is no such number, or it cannot dial out.
    """
    body = checked.body or {}
    number_id = _id_in(body)
    if not tool.spec.dials or number_id is None or not _has_numbers(body):
        return checked
    request = UpstreamRequest("GET", f"/phone-number/{number_id}", deadline=_PATIENCE)
    try:
        response = await upstream.send(request, account)
    except UpstreamFailed:
        return checked
    if response.status == HTTPStatus.NOT_FOUND:
        raise _refusal(f"phoneNumberId {number_id} is not a number of this account.")
    line = _line(response)
    if not is_of_vapi(line):
        return checked
    if only_receives(line):
        raise _refusal(
            f"phoneNumberId {number_id} is a Vapi number with a SIP address only: it "
            "receives calls but cannot dial out."
        )
    return replace(checked, notes=(*checked.notes, *_doubts(tool, body)))


def _doubts(tool: Tool, body: Mapping[str, Any]) -> list[str]:
    notes: list[str] = []
    abroad = [number for number in _numbers(body) if not number.startswith("+1")]
    if abroad:
        notes.append(
            f"A Vapi number dials inside the US only, so a call to {abroad[0]} will likely "
            "fail; an imported number can dial abroad."
        )
    if tool.spec.recipients == "campaign":
        notes.append(
            "Campaigns are meant for imported numbers: a Vapi number dials a few people a day only."
        )
    return notes


def _has_numbers(body: Mapping[str, Any]) -> bool:
    return "customerId" in body or bool(_numbers(body))


def _numbers(body: Mapping[str, Any]) -> list[str]:
    """Return the numbers that are to be dialled."""
    people: list[Any] = [body.get("customer"), *(body.get("customers") or ())]
    found = [
        cast("dict[str, Any]", each).get("number") for each in people if isinstance(each, dict)
    ]
    return [number for number in found if isinstance(number, str)]


def _id_in(body: Mapping[str, Any]) -> str | None:
    given = body.get("phoneNumberId")
    return given if isinstance(given, str) and _ID.fullmatch(given) else None


def _line(response: UpstreamResponse) -> dict[str, Any]:
    try:
        line = read_json(response.body).value if response.status == HTTPStatus.OK else None
    except ValueError:
        line = None
    return cast("dict[str, Any]", line) if isinstance(line, dict) else {}


def _refusal(why: str) -> InvalidArguments:
    return InvalidArguments(
        f"{why} No call was placed.",
        details=[{"argument": "phoneNumberId", "problem": why}],
        hint="Use the id of a phone number with a number; an imported one can also call abroad.",
        next_call=_FIND_ANOTHER,
    )
