"""Answers about phone numbers say what can be done with each."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.invocation import ID, called

AT = "2026-01-01T00:00:00.000Z"
US, UK = "+14155550123", "+447700900112"
VAPI_LIMITS = (
    "a Vapi number dials inside the US only, and few people a day; only Twilio numbers send SMS; "
    "campaigns need an imported number"
)
SIP_LIMITS = (
    "it has a SIP address only, which receives calls; only Twilio numbers send SMS; campaigns need "
    "an imported number"
)
LINES: list[tuple[dict[str, Any], tuple[bool, bool, bool], str | None]] = [
    ({"provider": "twilio", "number": US, "smsEnabled": True}, (True, True, True), None),
    (
        {"provider": "twilio", "number": UK},
        (True, False, True),
        "only US numbers send SMS",
    ),
    (
        {"provider": "twilio", "number": US, "smsEnabled": False},
        (True, False, True),
        "smsEnabled is false, so it sends no SMS",
    ),
    (
        {"provider": "telnyx", "number": US, "status": "blocked"},
        (False, False, False),
        "the number is blocked; only Twilio numbers send SMS",
    ),
    (
        {"provider": "vonage", "number": US, "status": "active"},
        (True, False, True),
        "only Twilio numbers send SMS",
    ),
    ({"provider": "vapi", "number": US}, (True, False, False), VAPI_LIMITS),
    ({"provider": "vapi", "sipUri": "sip:a@sip.vapi.ai"}, (False, False, False), SIP_LIMITS),
]


@pytest.mark.parametrize(("line", "can", "limits"), LINES)
@pytest.mark.parametrize("tool", ["list_all_vapi_phone_numbers", "list_all_vapi_phone_numbers_v_2"])
async def test_a_list_says_what_each_number_can(
    tool: str, line: dict[str, Any], can: tuple[bool, bool, bool], limits: str | None
) -> None:
    items = [{"id": "a", "createdAt": AT, **line}]
    result = await called(items if tool.endswith("s") else {"results": items}, tool)
    (item,) = orjson.loads(result.text)["result"]
    assert (item["canDialOut"], item["canText"], item["canCampaign"]) == can
    assert item.get("limits") == limits
    assert result.notes == ()


@pytest.mark.parametrize(("line", "can", "limits"), LINES)
async def test_a_get_says_what_the_number_can(
    line: dict[str, Any], can: tuple[bool, bool, bool], limits: str | None
) -> None:
    result = await called({"id": ID, **line}, "get_single_vapi_phone_number_by_id", id=ID)
    assert orjson.loads(result.text) == {"id": ID, **line}
    dials, texts, campaigns = (str(each).lower() for each in can)
    why = f" ({limits})" if limits else ""
    assert result.notes == (
        f"canDialOut: {dials}, canText: {texts}, canCampaign: {campaigns}{why}.",
    )


async def test_numbers_are_found_by_what_they_can() -> None:
    items = [{"id": str(at), "createdAt": AT, **line} for at, (line, _, _) in enumerate(LINES)]
    result = await called(
        items, "list_all_vapi_phone_numbers", where={"canText": True}, fields=["id"]
    )
    assert orjson.loads(result.text)["result"] == [{"id": "0"}]
