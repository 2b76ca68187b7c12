"""Prefixes hold for a number however it is written; what cannot be parsed is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.writes import CALL, ID, NUMBER, ORDER, Stage
from tests.unit.invocation.writes.test_policy import LONDON, order, passes, refused
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.errors import InvalidArguments, WriteHeld

NO_PREMIUM = Policy(blocked_prefixes=("+1900",))
BRITISH = Policy(allowed_prefixes=("+44",))
PREMIUM = "+19005550123"


def call_to(number: str) -> dict[str, Any]:
    return {**ORDER, "customer": {"number": number, "numberE164CheckEnabled": False}}


@pytest.mark.parametrize(
    "number",
    [
        "+1 900 234 5678",
        "+1-900-234-5678",
        "+1.900.234.5678",
        "tel:+19002345678",
        "TEL:+1-900-234-5678",
        "(+1)900 234 5678",
        "+1 (900) 234-5678",
        " +19002345678",
        "+1\u00a0900\u2011234\u20115678",
    ],
)
async def test_a_blocked_number_is_blocked_in_every_form(number: str) -> None:
    error = await refused(NO_PREMIUM, **call_to(number))
    assert error.extra["rule"] == "blocked_prefixes"
    await passes(NO_PREMIUM, **call_to(number.replace("900", "415")))


@pytest.mark.parametrize(
    "number",
    [
        "+1\u0669\u0660\u06602345678",
        "+\uff11\uff19\uff10\uff102345678",
        "\uff0b19002345678",
        "19002345678",
        "0019002345678",
        "9002345678",
        "+1900FLOWERS",
        "tel:9002345678;phone-context=+1",
        "+14155550123;ext=1",
        "+1415",
        "+999123456789",
        "sip:x@y.example",
    ],
)
async def test_what_is_no_number_in_these_digits_is_refused(number: str) -> None:
    error = await refused(NO_PREMIUM, **call_to(number))
    assert "can be checked" in error.message


async def test_without_a_policy_a_trunk_gets_its_own_forms() -> None:
    stage = Stage()
    await stage.call(CALL, **call_to("0019002345678"))
    assert len(stage.vapi.writes) == 1


async def test_digits_of_other_scripts_are_no_e164_number() -> None:
    stage = Stage()
    with pytest.raises(InvalidArguments, match=r"E\.164"):
        await stage.call(CALL, **order("+1415555\u0660\u0661\u0662\u0663"))


async def test_an_allowed_number_begins_so_in_both_readings() -> None:
    await passes(BRITISH, **call_to("+44 20 7183 8750"))
    await passes(Policy(blocked_prefixes=("+4470",)), **call_to("+44 (0)20 7183 8750"))
    await refused(Policy(blocked_prefixes=("+440",)), **call_to("+44 (0)20 7183 8750"))
    await refused(Policy(allowed_prefixes=("+442",)), **call_to("+44 (0)20 7183 8750"))


async def test_one_person_in_two_forms_counts_once() -> None:
    stage = Stage(policy=Policy(customers_per_day=1))
    await stage.call(CALL, **call_to(NUMBER))
    await stage.call(CALL, **call_to("tel:+1-415-555-0123"))
    with pytest.raises(WriteHeld, match="1 of 1 used today"):
        await stage.call(CALL, **order(LONDON))


def transferring(number: str) -> dict[str, Any]:
    return {"type": "transferCall", "destinations": [{"type": "number", "number": number}]}


def speaking(tool: dict[str, Any]) -> dict[str, Any]:
    return {"model": {"provider": "openai", "model": "gpt-4o", "tools": [tool]}}


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (CALL, {**ORDER, "assistantId": None, "assistant": speaking(transferring(PREMIUM))}),
        (
            CALL,
            {
                **ORDER,
                "assistantOverrides": {
                    "hooks": [
                        {
                            "on": "call.ending",
                            "do": [{"type": "tool", "tool": transferring(PREMIUM)}],
                        }
                    ]
                },
            },
        ),
        (
            CALL,
            {
                **ORDER,
                "assistantId": None,
                "squad": {"members": [{"assistant": speaking(transferring(PREMIUM))}]},
            },
        ),
        (
            "update_a_vapi_phone_number_by_id",
            {
                "id": ID,
                "provider": "vapi",
                "fallbackDestination": {"type": "number", "number": PREMIUM},
                "nested": "replace",
            },
        ),
        ("create_a_vapi_tool", transferring(PREMIUM)),
    ],
)
async def test_a_number_that_calls_are_handed_on_to_is_looked_at(
    tool: str, arguments: dict[str, Any]
) -> None:
    assert PREMIUM in (await refused(NO_PREMIUM, tool, **arguments)).message
    await passes(Policy(calls_per_day=5), tool, **arguments)


async def test_a_transfer_to_a_sip_address_cannot_be_checked() -> None:
    sip = {"type": "transferCall", "destinations": [{"type": "sip", "sipUri": "sip:a@b.example"}]}
    error = await refused(NO_PREMIUM, "create_a_vapi_tool", **sip)
    assert "cannot be checked" in error.message


async def test_a_text_without_a_visible_number_reaches_somebody() -> None:
    chat = {
        "input": "Hello",
        "sessionId": ID,
        "transport": {"type": "twilio.sms"},
        "stream": False,
    }
    for policy in (BRITISH, Policy(calls_per_day=5), Policy(customers_per_day=5)):
        error = await refused(policy, "create_a_vapi_chat", **chat)
        assert "the customer of this session or chat cannot be checked" in error.message
    await passes(Policy(allowed_phone_numbers=()), "create_a_vapi_chat", **chat)


async def test_a_customer_that_is_no_object_is_unknown() -> None:
    """Numbers in place of customers, seen in public repositories, 2026-11."""
    named = {"assistantId": ID, "phoneNumberId": ID}
    error = await refused(NO_PREMIUM, **named, customers=[PREMIUM])
    assert "a customer without a number cannot be checked" in error.message
    plan = [{"phoneNumberId": ID, "customers": [PREMIUM]}]
    campaign = {"name": "c", "assistantId": ID, "dialPlan": plan}
    with pytest.raises(WriteHeld, match="cannot be checked"):
        await Stage(policy=NO_PREMIUM).call("create_a_vapi_campaign", **campaign)
