"""Events are brought at least once, with pauses, until they are taken or given up."""

from __future__ import annotations

from typing import Any
from unittest.mock import AsyncMock

import pytest

from tests.support.events import World
from tests.unit.events.test_watching import CALLS, call
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.audit.entry import LogFilter
from vapi_mcp.events.callbacks import CallbackFailed
from vapi_mcp.events.courier import PAUSES


async def heard(world: World) -> None:
    """Let one call end and be noticed, with nothing brought yet."""
    await world.subscribe()
    world.upstream.answers[CALLS] = [call()]
    world.after(30)
    assert await world.watcher.watch_due() == 1


async def test_an_event_that_is_taken_is_over() -> None:
    world = World()
    await heard(world)
    assert await world.courier.deliver_due() == 1
    assert await world.courier.deliver_due() == 0
    assert world.outcomes == ["delivered"]


async def test_an_event_is_signed_anew_for_each_attempt_under_one_id() -> None:
    world = World()
    await heard(world)
    world.subscriber.statuses = [500]
    await world.courier.deliver_due()
    world.after(40)
    await world.courier.deliver_due()

    first, second = (headers for _, _, headers in world.subscriber.got[1:])
    (one, two) = world.subscriber.events
    assert one == two
    assert first["webhook-id"] == second["webhook-id"] == one["eventId"]
    assert first["webhook-timestamp"] < second["webhook-timestamp"]
    assert first["webhook-signature"] != second["webhook-signature"]
    assert world.outcomes == ["waiting", "delivered"]


@pytest.mark.parametrize("how", ["status", "silence"])
async def test_pauses_grow_until_an_event_is_given_up(how: str) -> None:
    world = World()
    await heard(world)
    if how == "status":
        world.subscriber.statuses = [503] * 99
    else:
        world.subscriber.failure = CallbackFailed("timeout", "silence")
    await world.courier.deliver_due()
    for pause in PAUSES:
        world.after(pause * 0.85)
        assert await world.courier.deliver_due() == 0
        world.after(pause * 0.3)
        assert await world.courier.deliver_due() == 1
    world.after(100_000)
    assert await world.courier.deliver_due() == 0
    assert world.outcomes == ["waiting"] * len(PAUSES) + ["failed"]


async def test_a_subscriber_that_is_gone_ends_the_subscription() -> None:
    world = World()
    await heard(world)
    world.subscriber.statuses = [410]
    await world.courier.deliver_due()
    assert not await world.store.list_subscriptions(world.account.id, world.now)
    assert world.outcomes == ["failed"]


async def test_an_event_that_is_too_large_is_not_sent_again() -> None:
    world = World()
    await heard(world)
    world.subscriber.statuses = [413]
    await world.courier.deliver_due()
    world.after(3600)
    assert await world.courier.deliver_due() == 0
    assert len(await world.store.list_subscriptions(world.account.id, world.now)) == 1


async def test_an_event_of_an_expired_subscription_is_not_brought() -> None:
    world = World()
    await heard(world)
    world.after(7 * 86_400)
    await world.courier.deliver_due()
    assert world.subscriber.events == []


async def test_an_event_whose_server_is_gone_is_not_brought() -> None:
    world = World()
    await heard(world)
    await world.store.delete_server(world.account.id, world.server.id)
    await world.courier.deliver_due()
    assert world.subscriber.events == []


async def test_an_event_of_a_process_that_dies_is_brought_by_another() -> None:
    world = World()
    await heard(world)
    settle, world.store.settle_delivery = (
        world.store.settle_delivery,
        AsyncMock(side_effect=RuntimeError("killed")),
    )
    with pytest.raises(ExceptionGroup):
        await world.courier.deliver_due()
    world.store.settle_delivery = settle
    assert await world.courier.deliver_due() == 0
    world.after(61)
    assert await world.courier.deliver_due() == 1
    one, two = world.subscriber.events
    assert one == two


async def test_many_events_are_brought_in_one_go() -> None:
    world = World()
    await world.subscribe()
    calls: list[Any] = [call(f"c{number}") for number in range(40)]
    world.upstream.answers[CALLS] = calls
    assert len(await world.look()) == 40


async def test_a_failure_is_logged_without_the_url_or_a_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    await heard(world)
    world.subscriber.statuses = [413]
    await world.courier.deliver_due()
    (record,) = caplog.records
    assert "was not delivered to sub_" in record.getMessage()
    assert "it answered 413" in record.getMessage()
    async with world.log.running():
        pass
    page = await world.store.list_entries(LogFilter(log_type="admin"), Window())
    (entry,) = page.items
    assert (entry.action, entry.server_id) == ("event.undelivered", world.server.id)
    assert "app.example" not in repr(entry)
    assert "app.example" not in caplog.text
    assert "whsec_" not in caplog.text
