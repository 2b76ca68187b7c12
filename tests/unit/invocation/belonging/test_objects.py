"""Objects by id, and writes, of a server that is kept to one client."""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.invocation.belonging.conftest import Client, two_clients
from vapi_mcp.accounts.only import Only
from vapi_mcp.accounts.policy_record import Policy

BY_ID = {
    "get_single_vapi_assistant_by_id": {"id": "a-globex"},
    "get_single_vapi_call_by_id": {"id": "c-globex"},
    "get_single_vapi_tool_by_id": {"id": "t-globex"},
    "get_single_vapi_file_by_id": {"id": "f-globex"},
    "update_a_vapi_assistant_by_id": {"id": "a-globex", "name": "mine"},
    "delete_a_vapi_squad_by_id": {"id": "s-globex"},
    "delete_a_vapi_call_by_id": {"id": "c-globex"},
    "list_all_vapi_call_logs": {"id": "c-globex"},
    "list_all_vapi_mono_recordings": {"id": "c-globex"},
    "wait_for_a_vapi_call": {"id": "c-globex"},
    "wait_for_a_vapi_file": {"id": "f-globex"},
    "say_in_a_vapi_call": {"id": "c-globex", "content": "Hi."},
    "end_a_vapi_call": {"id": "c-globex"},
}
REFERRING = {
    "create_a_vapi_call": {
        "assistantId": "a-globex",
        "phoneNumberId": "p-acme",
        "customer": {"number": "+14155550123"},
    },
    "create_a_vapi_squad": {"members": [{"assistantId": "a-globex"}]},
    "create_a_vapi_chat": {"assistantId": "a-acme", "input": "hi", "previousChatId": "h-globex"},
    "update_a_vapi_phone_number_by_id": {
        "id": "p-acme",
        "provider": "vapi",
        "assistantId": "a-globex",
    },
    "create_a_vapi_assistant": {
        "model": {
            "provider": "openai",
            "model": "gpt-4o",
            "toolIds": ["t-globex"],
        }
    },
}
CALL: dict[str, Any] = {
    "assistantId": "a-acme",
    "phoneNumberId": "p-acme",
    "customer": {"number": "+14155550123"},
}
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def elsewhere(value: Any) -> Any:
    """Return arguments that name no object where they named one of globex."""
    if isinstance(value, dict):
        return {key: elsewhere(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [elsewhere(inner) for inner in value]
    return UNKNOWN if isinstance(value, str) and value.endswith("-globex") else value


def without_ids(answer: Any) -> str:
    """Return an answer without the ids that `elsewhere` tells apart."""
    return re.sub(rf"{UNKNOWN}|[a-z]-globex", "", str(answer))


@pytest.mark.parametrize(("tool", "arguments"), [*BY_ID.items(), *REFERRING.items()])
async def test_what_is_of_others_answers_as_what_is_not_there(
    acme: Client, tool: str, arguments: dict[str, Any]
) -> None:
    before, answers, counts = deepcopy(acme.organisation.objects), list[Any](), list[int]()
    for given in (arguments, elsewhere(arguments)):
        acme.organisation.requests.clear()
        answers.append(without_ids(await acme.ask(tool, **given)))
        counts.append(len(acme.organisation.requests))

    assert answers[0] == answers[1]
    assert "statusCode" in answers[0]
    assert "globex" not in answers[0]
    assert counts[0] == counts[1]
    assert acme.organisation.objects == before


NO_SUCH_OBJECT: list[tuple[str, dict[str, Any], str]] = [
    (
        "create_a_vapi_assistant",
        {"model": {"provider": "openai", "model": "gpt-4o", "toolIds": ["t-acme", "x"]}},
        "model.toolIds[1]",
    ),
    ("create_a_vapi_squad", {"members": [{"assistantId": "x"}]}, "members[0].assistantId"),
    ("create_a_vapi_chat", {"assistantId": "x", "input": "hi"}, "assistantId"),
    ("delete_a_vapi_call_by_id", {"id": "c-acme", "ids": ["c-acme", "x"]}, "ids[1]"),
]


@pytest.mark.parametrize(("tool", "arguments", "place"), NO_SUCH_OBJECT)
async def test_the_refusal_of_a_reference_names_its_place_and_id(
    acme: Client, tool: str, arguments: dict[str, Any], place: str
) -> None:
    refused = await acme.ask(tool, **arguments)

    assert f'{place}: there is no object with the id "x".' in refused["message"]


async def test_what_belongs_is_read_and_changed(acme: Client) -> None:
    read = await acme.ask("get_single_vapi_call_by_id", id="c-acme")
    await acme.ask("update_a_vapi_assistant_by_id", id="a-acme", name="Front desk")

    assert read["assistantId"] == "a-acme"
    assert acme.organisation.objects["/assistant"]["a-acme"]["name"] == "Front desk"


async def test_a_tag_stays_whatever_an_update_says(acme: Client) -> None:
    await acme.ask("update_a_vapi_assistant_by_id", id="a-acme", metadata={"client": "globex"})

    assert acme.organisation.objects["/assistant"]["a-acme"]["metadata"] == {"client": "acme"}


async def test_an_update_moves_nothing_out(acme: Client) -> None:
    answer = await acme.ask(
        "update_a_vapi_phone_number_by_id", id="p-acme", provider="vapi", clear=["assistantId"]
    )

    assert answer["statusCode"] == 409
    assert acme.organisation.objects["/phone-number"]["p-acme"]["assistantId"] == "a-acme"


async def test_a_tool_that_others_use_too_is_only_read(acme: Client) -> None:
    read = await acme.ask("get_single_vapi_tool_by_id", id="t-both")
    changed = await acme.ask("delete_a_vapi_tool_by_id", id="t-both")

    assert read["id"] == "t-both"
    assert changed["statusCode"] == 403
    assert "t-both" in acme.organisation.objects["/tool"]


async def test_several_calls_are_deleted_only_if_all_belong(acme: Client) -> None:
    answer = await acme.ask(
        "delete_a_vapi_call_by_id", id="c-acme", ids=["c-acme", "c-globex"], understood=True
    )

    assert "statusCode" in answer
    assert {"c-acme", "c-globex"} <= acme.organisation.objects["/call"].keys()


async def test_what_a_server_makes_belongs_to_all_servers_of_the_client(acme: Client) -> None:
    made = await acme.ask(
        "create_a_vapi_eval",
        type="chat.mockConversation",
        messages=[
            {"role": "user", "content": "hi"},
            {"role": "assistant", "judgePlan": {"type": "exact", "content": "hello"}},
        ],
    )
    reader = Client(acme.organisation, acme.only, acme.store, "reader")
    stranger = Client(acme.organisation, Only(assistants=("a-globex",)), acme.store, "other")

    assert await reader.ids("list_all_vapi_evals") == [made["id"]]
    assert await stranger.ids("list_all_vapi_evals") == []


async def test_what_is_made_has_the_tags(acme: Client) -> None:
    made = await acme.ask("create_a_vapi_assistant", name="Night desk", metadata={"shift": "late"})

    assert made["metadata"] == {"shift": "late", "client": "acme"}
    assert made["id"] in await acme.ids("list_all_vapi_assistants")


async def test_a_key_of_one_client_is_free_for_another() -> None:
    organisation = two_clients()
    acme = Client(organisation, Only(assistants=("a-acme",)), server="one")
    globex = Client(organisation, Only(assistants=("a-globex",)), acme.store, "two")
    first = await acme.ask("create_a_vapi_assistant", name="Same", idempotency_key="k-1")
    second = await globex.ask("create_a_vapi_assistant", name="Same", idempotency_key="k-1")
    again = await acme.ask("create_a_vapi_assistant", name="Same", idempotency_key="k-1")

    assert first["id"] == again["id"] != second["id"]


async def test_analytics_have_the_rows_of_owned_assistants(acme: Client) -> None:
    acme.organisation.analytics = [
        {
            "name": "calls",
            "timeRange": {},
            "result": [
                {"assistantId": "a-acme", "count": 3},
                {"assistantId": "a-globex", "count": 9},
                {"assistantId": None, "count": 4},
            ],
        }
    ]
    query = {
        "name": "calls",
        "table": "call",
        "operations": [{"operation": "count", "column": "id"}],
    }
    answer = await acme.ask("create_a_vapi_analytics", queries=[query])
    sent = acme.organisation.requests[-1].body

    assert answer[0]["result"] == [{"assistantId": "a-acme", "count": 3}]
    assert b'"groupBy":["assistantId"]' in (sent or b"")


async def test_what_spans_the_organisation_says_why_it_is_refused(acme: Client) -> None:
    answer = await acme.ask("list_all_vapi_reporting_boards")

    assert answer["statusCode"] == 403
    assert "counts the calls of the whole organisation" in answer["message"]


async def test_a_limit_on_spending_counts_the_calls_of_the_client(acme: Client) -> None:
    calls = acme.organisation.objects["/call"]
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    calls["c-acme"] |= {"cost": 4.5, "createdAt": soon}
    calls["c-globex"] |= {"cost": 100, "createdAt": soon}
    acme.policy = Policy(max_spend_per_day=4)
    held = await acme.ask("create_a_vapi_call", **CALL)
    acme.policy = Policy(max_spend_per_day=50)
    made = await acme.ask("create_a_vapi_call", **CALL)

    assert held["statusCode"] == 403
    assert "id" in made
    assert "104" not in str(held)


async def test_a_running_call_that_belongs_is_controlled_at_its_url(acme: Client) -> None:
    control = "https://control.vapi.ai/secret-part/control"
    acme.organisation.objects["/call"]["c-acme"] |= {
        "status": "in-progress",
        "monitor": {"controlUrl": control},
    }

    told = await acme.ask("say_in_a_vapi_call", id="c-acme", content="Hi.")

    assert told == {"id": "c-acme", "sent": {"type": "say", "content": "Hi."}}
    assert acme.organisation.requests[-1].url == control
