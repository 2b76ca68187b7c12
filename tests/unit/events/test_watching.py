"""What happened at Vapi is found once, for those who asked for it, and nothing else is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import AsyncMock

import orjson
import pytest

from tests.support.events import POLL, World
from tests.support.records import NOW, later
from vapi_mcp.accounts.only import Only
from vapi_mcp.accounts.records import Server, ServerConfig
from vapi_mcp.errors import UpstreamFailed
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.rfc3339 import write_moment

CALLS, CAMPAIGNS = "GET /call", "GET /v2/campaign"


def call(name: str = "c1", *, ended: float = 10, **values: Any) -> dict[str, Any]:
    moment = write_moment(later(ended))
    return {
        "id": name,
        "type": "outboundPhoneCall",
        "status": "ended",
        "assistantId": "a1",
        "phoneNumberId": "p1",
        "customer": {"number": "+14155550142"},
        "artifact": {"transcript": "nobody else may read this"},
        "endedReason": "customer-ended-call",
        "cost": 0.25,
        "createdAt": write_moment(later(-100)),
        "startedAt": write_moment(later(-90)),
        "endedAt": moment,
        "updatedAt": moment,
        **values,
    }


async def test_a_call_that_ended_is_told_with_what_a_reader_needs() -> None:
    world = World()
    await world.subscribe()
    world.upstream.answers[CALLS] = [call()]
    (event,) = await world.look()

    assert event == {
        "eventId": event["eventId"],
        "name": "call.ended",
        "timestamp": "2026-03-01T12:30:25Z",
        "cursor": None,
        "data": {
            "callId": "c1",
            "type": "outboundPhoneCall",
            "assistantId": "a1",
            "phoneNumberId": "p1",
            "startedAt": write_moment(later(-90)),
            "endedAt": write_moment(later(10)),
            "endedReason": "customer-ended-call",
            "cost": 0.25,
            "endedReasonClass": "normal",
            "readWith": "get_single_vapi_call_by_id",
        },
    }


async def test_an_event_is_told_once_however_often_its_call_changes() -> None:
    world = World()
    await world.subscribe()
    world.upstream.answers[CALLS] = [call()]
    assert len(await world.look()) == 1
    world.upstream.answers[CALLS] = [call(analysis={"summary": "late"})]
    assert await world.look() == []


@pytest.mark.parametrize(
    "item",
    [
        call(status="in-progress"),
        call(ended=-1),
        call(assistantId="a2"),
        call(assistantId=None),
        {"id": 5, "status": "ended"},
        {"status": "ended"},
        "no object",
        call(endedAt="once", updatedAt=None),
    ],
)
async def test_what_is_not_asked_for_is_not_told(item: Any) -> None:
    world = World()
    await world.subscribe(assistantId="a1")
    world.upstream.answers[CALLS] = [item]
    assert await world.look() == []


async def test_only_technical_reasons_are_failures() -> None:
    world = World()
    await world.subscribe("call.failed")
    world.upstream.answers[CALLS] = [
        call("c1"),
        call("c2", endedReason="customer-did-not-answer"),
        call("c3", endedReason="pipeline-error-openai-llm-failed"),
    ]
    (event,) = await world.look()
    assert (event["data"]["callId"], event["data"]["endedReasonClass"]) == ("c3", "technical")


async def test_a_campaign_that_ended_is_told() -> None:
    world = World()
    await world.subscribe("campaign.done", campaignId="k1")
    done = {"status": "ended", "name": "Spring", "updatedAt": write_moment(later(5))}
    running = {"status": "in-progress", "updatedAt": write_moment(later(5))}
    world.upstream.answers[CAMPAIGNS] = {
        "results": [{"id": "k1", **done}, {"id": "k2", **done}, {"id": "k3", **running}],
        "metadata": {},
    }
    (event,) = await world.look()
    assert event["data"]["campaignId"] == "k1"
    assert event["data"]["name"] == "Spring"


async def test_an_amount_that_is_exceeded_is_told_once_a_day() -> None:
    world = World()
    await world.subscribe("spend.over", dollars=10)
    world.spent = 10.0
    assert await world.look() == []
    world.spent = 10.5
    assert await world.look(60) == []
    (event,) = await world.look(300)
    assert event["data"] == {
        "day": "2026-03-01",
        "dollars": 10.0,
        "spent": 10.5,
        "readWith": "create_a_vapi_analytics",
    }
    assert await world.look(300) == []
    (event,) = await world.look(12 * 3600)
    assert event["data"]["day"] == "2026-03-02"


async def test_one_reading_serves_all_subscriptions_of_an_account() -> None:
    world = World()
    for name in ("call.ended", "call.failed"):
        await world.subscribe(name)
    world.upstream.answers[CALLS] = [call(endedReason="pipeline-error-openai-llm-failed")]
    assert len(await world.look()) == 2
    assert len(world.upstream.requests) == 1


async def test_vapi_is_asked_only_so_often_and_only_for_what_changed() -> None:
    world = World()
    await world.subscribe()
    await world.look()
    assert await world.look(POLL - 1) == []
    assert len(world.upstream.requests) == 1
    await world.look(1)

    first, second = (dict(request.query) for request, _ in world.upstream.requests)
    assert first["updatedAtLt"] == write_moment(later(POLL), "milliseconds")
    assert second["updatedAtGe"] == write_moment(later(POLL - 120), "milliseconds")


async def test_nobody_asks_vapi_for_a_server_without_subscriptions() -> None:
    world = World()
    await world.look()
    assert world.upstream.requests == []


async def test_what_happens_while_vapi_is_away_is_told_later() -> None:
    world = World()
    await world.subscribe()
    world.upstream.failure = UpstreamFailed("away", status=502)
    assert await world.look() == []
    world.upstream.failure = None
    world.upstream.answers[CALLS] = [call()]
    assert len(await world.look()) == 1
    asked = dict(world.upstream.requests[-1][0].query)
    assert asked["updatedAtGe"] == write_moment(later(-120), "milliseconds")


async def test_an_answer_that_is_no_list_is_asked_again() -> None:
    world = World()
    await world.subscribe()
    world.upstream.answers[CALLS] = "no list"
    assert await world.look() == []
    world.upstream.answers[CALLS] = [call()]
    assert len(await world.look()) == 1


class _Pages(World):
    """A Vapi with more calls than a page holds, all of which changed in a few minutes."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.calls = [
            call(f"c{n}", ended=n / 100, createdAt=write_moment(later(n / 100)))
            for n in range(count)
        ]
        self.upstream.send = self.send

    async def send(self, request: UpstreamRequest, account: object) -> UpstreamResponse:
        query = dict(request.query)
        newest = [
            each
            for each in reversed(self.calls)
            if query["updatedAtGe"] <= each["updatedAt"] < query["updatedAtLt"]
            and each["createdAt"] <= query.get("createdAtLe", "9")
        ]
        return UpstreamResponse(200, {}, orjson.dumps(newest[: int(query["limit"])]))


async def test_more_calls_than_a_page_holds_are_all_told() -> None:
    world = _Pages(250)
    await world.subscribe()
    events = await world.look()
    assert sorted(e["data"]["callId"] for e in events) == sorted(c["id"] for c in world.calls)


async def test_more_calls_than_ten_pages_hold_are_told_in_several_looks() -> None:
    world = _Pages(2_300)
    await world.subscribe()
    told: set[str] = set()
    for _ in range(4):
        told |= {each["data"]["callId"] for each in await world.look()}
    assert told == {each["id"] for each in world.calls}


async def test_a_server_that_is_deleted_or_expires_hears_nothing_more() -> None:
    for ends in (None, later(20)):
        world = World(expires_at=ends)
        await world.subscribe()
        if ends is None:
            await world.store.delete_server(world.account.id, world.server.id)
        world.upstream.answers[CALLS] = [call()]
        assert await world.look() == []


async def test_a_rotated_token_ends_the_subscriptions_that_the_old_one_made() -> None:
    world = World()
    subscribed = await world.subscribe()
    await world.store.replace_token(world.account.id, world.server.id, "another", world.now)
    world.upstream.answers[CALLS] = [call()]
    assert await world.look() == []
    assert await world.store.find_subscription(subscribed) is None


async def test_a_scope_that_shrinks_ends_subscriptions() -> None:
    world = World()
    await world.subscribe()

    def shrink(server: Server) -> Server:
        return replace(server, config=ServerConfig(tags=("squads",)))

    await world.store.update_server(world.account.id, world.server.id, shrink)
    world.upstream.answers[CALLS] = [call()]
    assert await world.look() == []
    assert not await world.store.list_subscriptions(world.account.id, NOW)


async def test_a_server_kept_to_one_client_reads_as_that_client() -> None:
    only = Only(assistants=("a1",))
    world = World(config=ServerConfig(only=only))
    await world.subscribe()
    await world.look()
    ((_, account),) = world.upstream.requests
    assert account.kept_to is not None
    assert account.kept_to.only == only


async def test_servers_of_one_account_with_and_without_only_are_read_apart() -> None:
    world = World()
    await world.subscribe()
    kept = Server("kept", "kept", world.account.id, config=ServerConfig(only=Only(squads=("s",))))
    world.store.add(kept, world.account, "its token")
    world.server = kept
    await world.subscribe()
    await world.look()
    assert sorted(account.kept_to is None for _, account in world.upstream.requests) == [
        False,
        True,
    ]


async def test_an_account_whose_key_vapi_refuses_is_left_alone() -> None:
    world = World()
    await world.subscribe()
    await world.store.update_account(world.account.id, lambda a: replace(a, status="needs_reauth"))
    await world.look()
    assert world.upstream.requests == []


async def test_a_look_that_fails_is_taken_again_when_its_claim_ends() -> None:
    world = World()
    await world.subscribe()
    world.upstream.answers[CALLS] = [call()]
    add, world.store.add_deliveries = (
        world.store.add_deliveries,
        AsyncMock(side_effect=RuntimeError("killed")),
    )
    world.after(POLL)
    with pytest.raises(RuntimeError):
        await world.watcher.watch_due()
    world.store.add_deliveries = add
    assert await world.look(60) == []
    assert len(await world.look(61)) == 1
