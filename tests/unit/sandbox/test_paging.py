from __future__ import annotations

from typing import Any

from tests.support.sandbox import Driver, drive


async def _assistants(sandbox: Driver, count: int, apart: float = 1) -> list[str]:
    ids: list[str] = []
    for _ in range(count):
        ids.append((await sandbox.assistant())["id"])
        sandbox.clock.forward(apart)
    return ids


def _ids(items: Any) -> list[str]:
    return [item["id"] for item in items]


async def test_a_window_list_is_newest_first_and_cut_at_its_limit() -> None:
    async with drive() as sandbox:
        ids = await _assistants(sandbox, 3)
        assert _ids(await sandbox.ok("GET", "/assistant")) == ids[::-1]
        assert _ids(await sandbox.ok("GET", "/assistant?limit=2")) == [ids[2], ids[1]]
        assert await sandbox.ok("GET", "/assistant?limit=0") == []


async def test_a_window_list_ends_at_a_hundred_by_default() -> None:
    async with drive() as sandbox:
        await _assistants(sandbox, 101)
        assert len(await sandbox.ok("GET", "/assistant")) == 100
        assert len(await sandbox.ok("GET", "/assistant?limit=1000")) == 101


async def test_date_filters_are_strict_or_inclusive_to_the_millisecond() -> None:
    async with drive() as sandbox:
        ids = await _assistants(sandbox, 3, apart=0.001)
        second = "2026-11-20T12:00:00.001Z"
        for bound, found in {
            "Gt": [ids[2]],
            "Ge": [ids[2], ids[1]],
            "Lt": [ids[0]],
            "Le": [ids[1], ids[0]],
        }.items():
            listed = await sandbox.ok("GET", "/assistant", params={f"createdAt{bound}": second})
            assert _ids(listed) == found
        other_zone = {"createdAtGe": "2026-11-20T13:00:00.001+01:00"}
        assert _ids(await sandbox.ok("GET", "/assistant", params=other_zone)) == [ids[2], ids[1]]


async def test_updates_move_items_in_the_updated_filters_only() -> None:
    async with drive() as sandbox:
        ids = await _assistants(sandbox, 2)
        await sandbox.ok("PATCH", f"/assistant/{ids[0]}", {"name": "Bo"})
        since = {"updatedAtGe": "2026-11-20T12:00:02.000Z"}
        assert _ids(await sandbox.ok("GET", "/assistant", params=since)) == [ids[0]]
        assert _ids(await sandbox.ok("GET", "/assistant")) == ids[::-1]


async def test_items_of_one_instant_keep_a_stable_order() -> None:
    async with drive() as sandbox:
        ids = await _assistants(sandbox, 20, apart=0)
        listed = _ids(await sandbox.ok("GET", "/assistant"))
        assert listed == sorted(ids, reverse=True)
        assert listed == _ids(await sandbox.ok("GET", "/assistant"))


async def test_pages_cover_everything_once_and_say_where_they_are() -> None:
    async with drive() as sandbox:
        for _ in range(5):
            await sandbox.ok("POST", "/session", {})
            sandbox.clock.forward(1)
        whole = await sandbox.ok("GET", "/session")
        pages = [await sandbox.ok("GET", f"/session?limit=2&page={n}") for n in (1, 2, 3, 4)]
        backwards = await sandbox.ok("GET", "/session?sortOrder=ASC")
    assert whole["metadata"] == {
        "itemsPerPage": 100,
        "totalItems": 5,
        "currentPage": 1,
        "totalPages": 1,
        "hasNextPage": False,
        "sortOrder": "DESC",
        "itemsBeyondRetention": False,
    }
    assert [len(page["results"]) for page in pages] == [2, 2, 1, 0]
    assert [page["metadata"]["hasNextPage"] for page in pages] == [True, True, False, False]
    walked = [item for page in pages for item in page["results"]]
    assert walked == whole["results"]
    assert _ids(backwards["results"]) == _ids(whole["results"])[::-1]


async def test_page_bounds_are_repeated_in_the_metadata() -> None:
    async with drive() as sandbox:
        bound = "2026-11-20T12:00:00.000Z"
        page = await sandbox.ok("GET", "/eval", params={"createdAtLe": bound, "limit": 0})
    assert page["metadata"]["createdAtLe"] == bound
    assert (page["metadata"]["totalPages"], page["results"]) == (0, [])


async def test_pages_sort_by_cost() -> None:
    async with drive() as sandbox:
        assistant_id = (await sandbox.assistant())["id"]
        for text in ("Hi", "long " * 2000, "Middling " * 200):
            await sandbox.ok("POST", "/chat", {"assistantId": assistant_id, "input": text})
        chats = (await sandbox.ok("GET", "/chat?sortBy=cost"))["results"]
        rising = (await sandbox.ok("GET", "/chat?sortBy=cost&sortOrder=ASC"))["results"]
    costs = [chat["cost"] for chat in chats]
    assert costs == sorted(costs, reverse=True)
    assert len(set(costs)) == 3
    assert _ids(rising) == _ids(chats)[::-1]


async def test_lists_filter_by_what_they_offer() -> None:
    async with drive() as sandbox:
        customer = {"number": "+14155550123", "email": "bo@example.com", "externalId": "7"}
        mine = (await sandbox.ok("POST", "/session", {"name": "Mine", "customer": customer}))["id"]
        other = (await sandbox.ok("POST", "/session", {"name": "Other"}))["id"]
        for query, found in {
            "name=Mine": [mine],
            "number=%2B14155550123": [mine],
            "customerNumberAny=%2B1%2C%2B14155550123": [mine],
            "email=bo@example.com": [mine],
            "externalId=8": [],
            f"idAny={other},x": [other],
            f"id={other}": [other],
            "assistantIdAny=a,b": [],
            "phoneNumberIdAny=a&phoneNumberIdAny=b": [],
        }.items():
            assert _ids((await sandbox.ok("GET", f"/session?{query}"))["results"]) == found, query


async def test_numbers_are_searched_in_name_number_and_uri_in_any_case() -> None:
    async with drive() as sandbox:
        twilio = {"provider": "twilio", "twilioAccountSid": "AC1"}
        desk = (await sandbox.number(**twilio, number="+14155550100", name="Front Desk"))["id"]
        sip = (await sandbox.number(provider="vapi", sipUri="sip:Lobby@sip.vapi.ai"))["id"]
        for text, found in {"desk": [desk], "5550": [desk], "LOBBY": [sip], "zz": []}.items():
            page = await sandbox.ok("GET", "/v2/phone-number", params={"search": text})
            assert _ids(page["results"]) == found
