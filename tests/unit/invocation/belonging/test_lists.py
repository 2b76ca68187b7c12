"""Lists of a server that is kept to one client."""

from __future__ import annotations

import pytest

from tests.unit.invocation.belonging.conftest import Client, two_clients
from vapi_mcp.accounts.only import Only

SEEN = {
    "list_all_vapi_assistants": ["a-acme"],
    "list_all_vapi_squads": ["s-acme"],
    "list_all_vapi_phone_numbers": ["p-acme"],
    "list_all_vapi_phone_numbers_v_2": ["p-acme"],
    "list_all_vapi_calls": ["c-acme"],
    "list_all_vapi_chats": ["h-acme"],
    "list_all_vapi_tools": ["t-both", "t-acme"],
    "list_all_vapi_files": [],
}


@pytest.mark.parametrize(("tool", "ids"), SEEN.items())
async def test_a_list_holds_what_belongs_by_metadata(
    acme: Client, tool: str, ids: list[str]
) -> None:
    assert await acme.ids(tool) == ids


@pytest.mark.parametrize(("tool", "ids"), SEEN.items())
async def test_a_list_holds_what_belongs_by_the_names_of_assistants(
    named: Client, tool: str, ids: list[str]
) -> None:
    assert await named.ids(tool) == ids


async def test_a_kind_that_is_named_is_closed() -> None:
    client = Client(two_clients(), Only(assistants=("a-acme",), phone_numbers=("p-free",)))

    assert await client.ids("list_all_vapi_phone_numbers") == ["p-free"]
    assert await client.ids("list_all_vapi_calls") == []


async def test_an_assistant_that_only_owned_squads_use_belongs_to_these() -> None:
    acme = Client(two_clients(), Only(squads=("s-globex",)))
    acme.organisation.objects["/squad"].pop("s-mixed")
    acme.organisation.objects["/phone-number"].pop("p-globex")

    assert await acme.ids("list_all_vapi_assistants") == ["a-globex"]


async def test_an_assistant_that_others_use_too_does_not_belong_because_it_is_used() -> None:
    acme = Client(two_clients(), Only(squads=("s-globex",)))

    assert await acme.ids("list_all_vapi_assistants") == []


async def test_a_filter_by_an_id_of_others_finds_nothing_and_asks_as_little_as_by_none(
    acme: Client,
) -> None:
    counts = list[int]()
    for named in ("a-globex", "a-unknown"):
        acme.organisation.requests.clear()
        assert await acme.ids("list_all_vapi_calls", assistantId=named) == []
        counts.append(len(acme.organisation.requests))

    assert counts[0] == counts[1]


async def test_a_filter_by_several_ids_finds_what_belongs_of_them(acme: Client) -> None:
    both = await acme.ids("list_all_vapi_sessions", assistantIdAny="a-acme, a-globex")
    asked = [dict(each.query) for each in acme.organisation.requests if each.path == "/session"]
    theirs = await acme.ids("list_all_vapi_chats", assistantIdAny="a-globex,a-unknown")

    assert both == theirs == []
    assert [each["assistantIdAny"] for each in asked] == ["a-acme"]
    assert "GET /chat" not in acme.organisation.asked


async def test_a_total_counts_what_belongs(acme: Client) -> None:
    counted = await acme.ask("list_all_vapi_chats")
    by_assistant = await acme.ask("list_all_vapi_calls", count_by="assistantId")

    assert counted["total"] == 1
    assert [row["count"] for row in by_assistant["result"]] == [1]
    assert "globex" not in str(by_assistant)


async def test_a_walk_finds_what_belongs_behind_hundreds_of_others() -> None:
    acme = Client(two_clients(), Only(assistants=("a-acme",)))
    for at in range(700):
        acme.organisation.add("/call", {"id": f"o-{at}", "assistantId": "a-globex"})

    assert await acme.ids("list_all_vapi_calls") == ["c-acme"]


async def test_a_long_list_with_numbered_pages_is_read_on_as_far_as_it_is_asked_for() -> None:
    acme = Client(two_clients(), Only(assistants=("a-acme",)))
    for at in range(6000):
        owner = "a-acme" if at % 50 == 0 else "a-globex"
        acme.organisation.add("/chat", {"id": f"x-{at}", "assistantId": owner})
    first = await acme.ask("list_all_vapi_chats", limit=50)
    pages = acme.organisation.asked.count("GET /chat")
    rest = [first]
    while cursor := rest[-1]["next_cursor"]:
        rest.append(await acme.ask("list_all_vapi_chats", next_cursor=cursor))

    assert len([each for page in rest for each in page["result"]]) == 121
    assert len({each["id"] for page in rest for each in page["result"]}) == 121
    assert pages < 15
    assert "total" not in first


async def test_a_list_that_is_too_long_asks_for_a_filter() -> None:
    acme = Client(two_clients(), Only(assistants=("a-acme",)))
    for at in range(10_100):
        acme.organisation.add("/chat", {"id": f"x-{at}", "assistantId": "a-globex"})
    answer = await acme.ask("list_all_vapi_chats")

    assert answer["statusCode"] == 422
    assert "createdAtGe" in answer["hint"]


async def test_a_server_without_only_sees_everything_and_asks_for_nothing_more() -> None:
    everyone = Client(two_clients(), None)

    assert len(await everyone.ids("list_all_vapi_files")) == 1
    assert everyone.organisation.asked == ["GET /file"]
