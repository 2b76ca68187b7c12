"""A call that cannot be one is refused before it is shown or consent to it is asked."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.writes import CALL, ID, NUMBER, ORDER, Stage, reply
from vapi_mcp.errors import InvalidArguments

CAMPAIGN = "create_a_vapi_campaign"
PEOPLE = [{"number": NUMBER}]
WHOLE = {"name": "c", "assistantId": ID, "phoneNumberId": ID, "customers": PEOPLE}


def without(given: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in names}


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        (CALL, {"name": "x"}, "one of customer, customers, customerId is required"),
        (CALL, without({**ORDER}, "customer"), "one of customer, customers, customerId"),
        (CALL, without({**ORDER}, "assistantId"), "one of assistantId, assistant, squadId, squad"),
        (CALL, without({**ORDER}, "phoneNumberId"), "one of phoneNumberId, phoneNumber"),
        (CALL, {**ORDER, "customers": PEOPLE}, "customer and customers cannot be given together"),
        (CALL, {**ORDER, "squadId": ID}, "assistantId and squadId cannot be given together"),
        (CALL, {**ORDER, "customer": {"name": "Ann"}}, "neither number nor sipUri"),
        (
            CALL,
            {"assistantId": ID, "phoneNumberId": ID, "customers": [NUMBER]},
            "neither number nor sipUri",
        ),
        (CAMPAIGN, {"name": "c"}, "one of assistantId, squadId is required"),
        (CAMPAIGN, without(WHOLE, "customers"), "phoneNumberId and customers are required"),
        (
            CAMPAIGN,
            {**WHOLE, "dialPlan": [{"phoneNumberId": ID, "customers": PEOPLE}]},
            "dialPlan and phoneNumberId cannot be given together",
        ),
    ],
)
async def test_what_cannot_be_a_call_is_refused_before_all_else(
    tool: str, arguments: dict[str, Any], said: str
) -> None:
    stage = Stage(confirm="all_writes")
    for more in ({}, {"dry_run": True}):
        with pytest.raises(InvalidArguments) as refused:
            await stage.call(tool, **arguments, **more)
        assert said in refused.value.message
    assert stage.vapi.writes == []


async def test_a_call_with_nothing_in_it_is_refused_with_all_it_misses() -> None:
    stage = Stage(confirm="spending")
    with pytest.raises(InvalidArguments) as refused:
        await stage.call(CALL, name="x", dry_run=True)
    assert [each["argument"] for each in refused.value.extra["details"]] == [
        "assistantId",
        "customer",
        "phoneNumberId",
    ]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (CALL, {**without({**ORDER}, "assistantId"), "assistant": {"name": "x"}}),
        (CALL, {**ORDER, "customer": {"sipUri": "sip:a@b.example"}}),
        (CALL, {"assistantId": ID, "transport": {"provider": "vapi.websocket"}}),
        (CAMPAIGN, {"name": "c", "duplicateFromCampaignId": ID}),
        (
            CAMPAIGN,
            {
                "name": "c",
                "squadId": ID,
                "dialPlan": [{"phoneNumberId": ID, "customers": PEOPLE}],
            },
        ),
    ],
)
async def test_every_complete_form_is_sent(tool: str, arguments: dict[str, Any]) -> None:
    stage = Stage()
    await stage.call(tool, **arguments, understood=True)
    assert len(stage.vapi.writes) == 1


_STOPS = "update_a_vapi_campaign_by_id with status cancelled stops it"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"id": ID, "status": "scheduled"}, "This campaign rings people now. " + _STOPS),
        ({"id": ID, "status": "in-progress"}, "This campaign rings people now. " + _STOPS),
        (
            {"id": ID, "status": "scheduled", "schedulePlan": {"earliestAt": "2027-01-01T09:00Z"}},
            "This campaign rings people from 2027-01-01T09:00Z on. " + _STOPS,
        ),
        (
            {
                "id": ID,
                "status": "scheduled",
                "schedulePlan": {
                    "earliestAt": "2027-01-01T09:00Z",
                    "latestAt": "2027-01-01T12:00Z",
                },
            },
            "This campaign rings people from 2027-01-01T09:00Z on until 2027-01-01T12:00Z. "
            + _STOPS,
        ),
        ({"id": ID, "status": "cancelled"}, "The campaign is cancelled: it does not dial."),
    ],
)
async def test_an_answer_says_whether_a_campaign_dials(answer: dict[str, Any], said: str) -> None:
    stage = Stage()
    stage.vapi.answer = reply(answer)
    result = await stage.call(CAMPAIGN, **WHOLE, understood=True)
    assert orjson.loads(result.text)["id"] == ID
    assert [note for note in result.notes if note.startswith(said)]


async def test_more_ids_than_one_deletion_takes_are_refused_with_the_way_to_split_them() -> None:
    stage = Stage(confirm="off")
    with pytest.raises(InvalidArguments) as refused:
        await stage.call("delete_a_vapi_call_by_id", ids=[ID] * 1_001, understood=True)
    assert refused.value.message == (
        "delete_a_vapi_call_by_id: at most 1,000 ids at once, not 1,001; split them over several "
        "calls. Nothing was sent."
    )
    assert stage.vapi.writes == []


async def test_a_name_in_the_place_of_an_id_is_refused_with_the_way_to_the_id() -> None:
    stage = Stage()
    with pytest.raises(InvalidArguments) as refused:
        await stage.call(CALL, **{**ORDER, "assistantId": "Front Desk", "phoneNumberId": "+1415"})
    assert refused.value.message == (
        "create_a_vapi_call: assistantId 'Front Desk' is a name, not an id; the list of assistants "
        'finds the id by where {"name": "…"}; phoneNumberId \'+1415\' is a name, not an id; the '
        'list of phone numbers finds the id by where {"number": "…"}. Nothing was sent.'
    )
    with pytest.raises(InvalidArguments) as refused:
        await stage.call(CALL, **without({**ORDER}, "assistantId"), assistantName="Front Desk")
    assert refused.value.message == (
        "create_a_vapi_call: assistantName is no argument, assistantId is; the list of assistants "
        'finds the id by where {"name": "…"}; one of assistantId, assistant, squadId, squad is '
        "required. Nothing was sent."
    )
    assert stage.vapi.writes == []
