"""The records of writes, in memory and on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.support.records import NOW, later
from tests.support.stores import Database, Memory
from vapi_mcp.invocation.writes.records import (
    Claim,
    CountedUse,
    DailyUse,
    ExceededLimit,
    Intent,
    MissingPermit,
    Permit,
    Tally,
    WriteRecords,
)
from vapi_mcp.security.keyring import new_key

Place = Memory | Database
PERMIT = Permit(
    id="permit", server_id="s", tool="t", arguments_hash="a", way="code", expires_at=later(600)
)


def intent(holder: str = "one", **values: Any) -> Intent:
    given: dict[str, Any] = {
        "id": "intent",
        "account_id": "acme",
        "tool": "create_a_vapi_call",
        "arguments_hash": "hash",
        "holder": holder,
        "created_at": NOW,
        "waits_until": later(35),
        "expires_at": later(86_400),
        **values,
    }
    return Intent(**given)


def use(*numbers: str, calls: int | None = None, **values: Any) -> DailyUse:
    given: dict[str, Any] = {"owner": "s", "day": NOW.date(), "limits": {}, **values}
    return DailyUse(
        numbers=frozenset(numbers), calls=len(numbers) if calls is None else calls, **given
    )


async def begin(store: WriteRecords, wanted: Intent) -> Intent:
    """Claim a key; return the intent that is kept under it then."""
    kept = await store.claim(Claim(now=NOW, intent=wanted)) or wanted
    assert isinstance(kept, Intent)
    return kept


async def use_up(store: WriteRecords, permit: Permit, now: datetime) -> bool:
    """Claim a permit; return whether it was there."""
    obstacle = await store.claim(Claim(now=now, permit=permit))
    assert obstacle in (None, MissingPermit(permit.way))
    return obstacle is None


async def count(store: WriteRecords, wanted: DailyUse) -> ExceededLimit | None:
    """Claim a use; return the limit that is in its way."""
    obstacle = await store.claim(Claim(now=NOW, use=wanted))
    assert obstacle is None or isinstance(obstacle, ExceededLimit)
    return obstacle


@contextmanager
def statements(engine: AsyncEngine) -> Generator[list[str]]:
    """Collect what is executed on the uses of days."""
    run: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "daily_uses" in statement:
            run.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield run
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


async def test_the_first_intent_of_an_id_is_kept_and_the_second_finds_it(place: Place) -> None:
    first = intent()
    async with place.opened() as store:
        assert await store.find_intent("intent") is None
        assert await begin(store, first) == first
        assert await begin(store, intent("two", arguments_hash="other")) == first
        assert await store.find_intent("intent") == first


async def test_of_many_intents_at_once_one_is_kept(place: Place) -> None:
    async with place.opened() as store:
        kept = await asyncio.gather(*(begin(store, intent(f"{n}")) for n in range(12)))
        assert len({each.holder for each in kept}) == 1


async def test_an_intent_that_is_over_makes_room_for_another(place: Place) -> None:
    second = intent("two", created_at=later(86_400), expires_at=later(2 * 86_400))
    async with place.opened() as store:
        await begin(store, intent())
        assert await begin(store, second) == second
        assert await store.find_intent("intent") == second


async def test_an_answer_comes_back_and_a_late_one_beats_an_unknown_outcome(place: Place) -> None:
    first = intent()
    async with place.opened() as store:
        await begin(store, first)
        await store.lose(first)
        assert await store.find_intent("intent") == replace(first, outcome="unknown")
        await store.answer(first, "what Vapi said")
        answered = replace(first, outcome="answered", answer="what Vapi said")
        assert await store.find_intent("intent") == answered
        await store.lose(first)
        assert await store.find_intent("intent") == answered


async def test_only_its_holder_settles_or_withdraws_an_intent(place: Place) -> None:
    first, stranger = intent(), intent("two")
    async with place.opened() as store:
        await begin(store, first)
        await store.answer(stranger, "no")
        await store.lose(stranger)
        await store.release(Claim(now=NOW, intent=stranger))
        assert await store.find_intent("intent") == first
        await store.release(Claim(now=NOW, intent=first))
        assert await store.find_intent("intent") is None
        assert await begin(store, stranger) == stranger


async def test_an_answer_lies_sealed_and_without_its_key_it_is_known_but_not_read(
    database: Database,
) -> None:
    async with database.opened() as store:
        await begin(store, intent())
        await store.answer(intent(), "+14155550123")
    [(sealed,)] = await database.run("SELECT sealed_answer FROM intents")
    assert "4155550123" not in sealed
    other = new_key()
    await database.run("UPDATE state SET canary = NULL")
    async with database.opened(other) as store:
        found = await store.find_intent("intent")
        assert (found.outcome, found.answer) == ("answered", None) if found else False


async def test_a_rotation_seals_answers_anew(database: Database) -> None:
    other = new_key()
    async with database.opened() as store:
        await begin(store, intent())
        await store.answer(intent(), "what Vapi said")
    async with database.opened(other, database.key) as store:
        assert await store.reseal() == 0
    async with database.opened(other) as store:
        found = await store.find_intent("intent")
        assert found
        assert found.answer == "what Vapi said"


@pytest.mark.parametrize("many", [1, 8])
async def test_a_permit_is_good_once(place: Place, many: int) -> None:
    async with place.opened() as store:
        await store.add_permit(PERMIT)
        tries = await asyncio.gather(*(use_up(store, PERMIT, NOW) for _ in range(many)))
        assert tries.count(True) == 1
        assert not await use_up(store, PERMIT, NOW)


async def test_a_permit_is_good_for_its_own_call_and_time_only(place: Place) -> None:
    async with place.opened() as store:
        await store.add_permit(PERMIT)
        for other in (
            replace(PERMIT, id="other"),
            replace(PERMIT, server_id="other"),
            replace(PERMIT, tool="other"),
            replace(PERMIT, arguments_hash="other"),
            replace(PERMIT, way="question"),
        ):
            assert not await use_up(store, other, NOW)
        assert not await use_up(store, PERMIT, later(600))
        assert await use_up(store, replace(PERMIT, expires_at=NOW), later(599))


async def test_calls_count_up_to_the_limit_of_their_owner_and_day(place: Place) -> None:
    limits = {"calls_per_day": 3}
    async with place.opened() as store:
        assert await count(store, use("+1", "+2", limits=limits)) is None
        assert await count(store, use("+1", "+2", limits=limits)) == ExceededLimit(
            "calls_per_day", 2
        )
        assert await store.find_exceeded(use("+1", limits=limits)) is None
        assert await count(store, use("+1", limits=limits)) is None
        assert await count(store, use("+1", limits=limits)) == ExceededLimit("calls_per_day", 3)
        assert await count(store, use("+1", owner="other", limits=limits)) is None
        tomorrow = NOW.date() + timedelta(days=1)
        assert await count(store, use("+1", day=tomorrow, limits=limits)) is None


async def test_a_customer_counts_once_a_day(place: Place) -> None:
    limits = {"customers_per_day": 2}
    async with place.opened() as store:
        assert await count(store, use("+1", "+2", limits=limits)) is None
        assert await count(store, use("+1", limits=limits)) is None
        assert await count(store, use("+3", limits=limits)) == ExceededLimit("customers_per_day", 2)
        assert await count(store, use("+1", "+2", limits=limits)) is None


async def test_what_was_given_back_is_free_again(place: Place) -> None:
    limits = {"calls_per_day": 2, "customers_per_day": 2}
    first, second = use("+1", "+2", limits=limits), use("+1", "+3", limits=limits)
    async with place.opened() as store:
        assert await count(store, first) is None
        await store.release(Claim(now=NOW, use=first))
        assert await count(store, second) is None
        assert await count(store, first) == ExceededLimit("calls_per_day", 2)


async def test_many_at_once_never_exceed_a_limit(place: Place) -> None:
    limits = {"calls_per_day": 20, "customers_per_day": 5}
    async with place.opened() as store:
        tries = [count(store, use(f"+{n % 9}", limits=limits)) for n in range(60)]
        broken = await asyncio.gather(*tries)
        assert broken.count(None) <= 20
        numbers = {n % 9 for n, rule in enumerate(broken) if rule is None}
        assert len(numbers) == 5


async def test_people_are_counted_from_when_they_are_limited(place: Place) -> None:
    calls, both = {"calls_per_day": 9}, {"calls_per_day": 9, "customers_per_day": 1}
    async with place.opened() as store:
        assert await count(store, use("+1", "+2", limits=calls)) is None
        assert await count(store, use("+3", limits=both)) is None
        await store.release(Claim(now=NOW, use=use("+1", "+2", limits=calls)))
        assert await count(store, use("+4", limits=both)) == ExceededLimit("customers_per_day", 1)
        assert await count(store, use("+3", limits={"calls_per_day": 1})) == ExceededLimit(
            "calls_per_day", 1
        )


async def test_a_campaign_for_thousands_counts_as_one_call_for_each_of_them_does(
    place: Place,
) -> None:
    limits = {"customers_per_day": 1_300}
    many = use(*(f"+{n}" for n in range(1_200)), limits=limits)
    async with place.opened() as store:
        assert await count(store, use("+0", "+7", "+1200", limits=limits)) is None
        assert await store.find_exceeded(many) is None
        assert await count(store, many) is None
        more = use(*(f"+{n}" for n in range(1_150, 1_301)), limits=limits)
        assert await count(store, more) == ExceededLimit("customers_per_day", 1_201)
        await store.release(Claim(now=NOW, use=many))
        assert await count(store, more) is None
        few = use(*(f"+{n}" for n in range(1_150)), limits=limits)
        assert await store.find_exceeded(few) == ExceededLimit("customers_per_day", 153)


@pytest.mark.parametrize(
    ("limits", "dry", "kept", "back"),
    [
        ({"calls_per_day": 9_999}, 1, 1, 2),
        ({"customers_per_day": 9_999}, 4, 8, 9),
    ],
)
async def test_a_campaign_for_thousands_takes_few_statements(
    database: Database, limits: dict[str, int], dry: int, kept: int, back: int
) -> None:
    many = use(*(f"+{n}" for n in range(1_200)), limits=limits)
    async with database.opened() as store:
        with statements(store.database.engine) as run:
            await store.find_exceeded(many)
            assert [each.split()[0] for each in run] == ["SELECT"] * dry
            run.clear()
            await count(store, many)
            assert len(run) == kept
            run.clear()
            await store.release(Claim(now=NOW, use=many))
            assert len(run) == back


@pytest.mark.parametrize("missing", ["intent", "permit", "use"])
async def test_a_claim_is_kept_as_a_whole_or_not_at_all(place: Place, missing: str) -> None:
    limits = {"calls_per_day": 1, "customers_per_day": 1}
    async with place.opened() as store:
        match missing:
            case "intent":
                await begin(store, intent("first"))
                await store.add_permit(PERMIT)
            case "permit":
                pass
            case _:
                await store.add_permit(PERMIT)
                await count(store, use("+1", limits=limits))
        claim = Claim(now=NOW, intent=intent("second"), permit=PERMIT, use=use("+2", limits=limits))
        obstacle = await store.claim(claim)
        match missing:
            case "intent":
                assert obstacle == intent("first")
                assert await use_up(store, PERMIT, NOW)
                assert await count(store, use("+2", limits=limits)) is None
            case "permit":
                assert obstacle == MissingPermit("code")
                assert await store.find_intent("intent") is None
                assert await count(store, use("+2", limits=limits)) is None
            case _:
                assert obstacle == ExceededLimit("calls_per_day", 1)
                assert await store.find_intent("intent") is None
                assert await use_up(store, PERMIT, NOW)


async def test_a_release_frees_key_and_day_and_leaves_the_permit_used(place: Place) -> None:
    claim = Claim(
        now=NOW, intent=intent(), permit=PERMIT, use=use("+1", limits={"calls_per_day": 1})
    )
    async with place.opened() as store:
        await store.add_permit(PERMIT)
        assert await store.claim(claim) is None
        await store.release(claim)
        assert await store.claim(claim) == MissingPermit("code")
        assert await store.claim(replace(claim, permit=None)) is None


async def test_no_number_stands_in_the_database(database: Database) -> None:
    async with database.opened() as store:
        await count(store, use("+14155550123", limits={"customers_per_day": 1}))
    rows = await database.run("SELECT name FROM daily_uses")
    assert len(rows) == 3
    assert "4155550123" not in str(rows)


async def test_what_is_over_is_swept_away(place: Place) -> None:
    day = timedelta(days=1)
    async with place.opened() as store:
        await begin(store, intent())
        await begin(store, intent(id="later", expires_at=NOW + 3 * day))
        await store.add_permit(PERMIT)
        await count(store, use("+1", limits={"calls_per_day": 1}))
        assert await store.sweep(NOW + day, 100) == 1
        assert await store.find_intent("intent") is None
        assert await store.find_intent("later") is not None
        assert not await use_up(store, PERMIT, NOW)
        assert await count(store, use("+1", limits={"calls_per_day": 1})) == ExceededLimit(
            "calls_per_day", 1
        )
        await store.sweep(NOW + 2 * day, 100)
        assert await count(store, use("+1", limits={"calls_per_day": 1})) is None


def tallied(*tallies: Tally, minutes: int = 0, **values: Any) -> DailyUse:
    """Return a use of counters, so many minutes after now."""
    moment = NOW + timedelta(minutes=minutes)
    calls = max(each.calls for each in tallies)
    return use(calls=calls, tallies=tallies, moment=moment, day=moment.date(), **values)


async def test_calls_of_each_assistant_and_number_count_by_the_day(place: Place) -> None:
    def of(assistant: str, calls: int = 1) -> Tally:
        return Tally("calls_per_day_per_assistant", assistant, calls, 3)

    line = Tally("calls_per_day_per_number", "riley", 1, 3)
    full = ExceededLimit("calls_per_day_per_assistant", 2, "riley")
    async with place.opened() as store:
        assert await count(store, tallied(of("riley", 2))) is None
        assert await count(store, tallied(of("riley", 2))) == full
        assert await store.find_exceeded(tallied(of("riley", 2))) == full
        assert await count(store, tallied(of("sam", 3), line)) is None
        assert await count(store, tallied(of("riley"), owner="other")) is None
        assert await count(store, tallied(of("riley"))) is None
        assert await count(store, tallied(line, of("riley"))) == replace(full, used=3)
        assert await count(store, tallied(line, minutes=1)) is None
        assert await count(store, tallied(of("riley"), minutes=24 * 60)) is None


@pytest.mark.parametrize(
    ("minutes", "is_near"), [(0, True), (59, True), (-59, True), (66, False), (-66, False)]
)
async def test_calls_to_a_customer_count_an_hour_before_and_after(
    place: Place, minutes: int, *, is_near: bool
) -> None:
    near = Tally("calls_per_hour_per_customer", "+1", 1, 2)
    async with place.opened() as store:
        assert await count(store, tallied(replace(near, calls=2))) is None
        assert await count(store, tallied(replace(near, of="+2"))) is None
        found = await count(store, tallied(near, minutes=minutes))
        full = ExceededLimit("calls_per_hour_per_customer", 2, "+1")
        assert found == (full if is_near else None)


async def test_an_hour_goes_over_midnight(place: Place) -> None:
    near = Tally("calls_per_hour_per_customer", "+1", 1, 1)
    to_midnight = 24 * 60 - NOW.hour * 60 - NOW.minute
    async with place.opened() as store:
        assert await count(store, tallied(near, minutes=to_midnight - 10)) is None
        assert await count(store, tallied(near, minutes=to_midnight + 10)) == ExceededLimit(
            "calls_per_hour_per_customer", 1, "+1"
        )


async def test_counters_that_were_given_back_are_free_again(place: Place) -> None:
    both = tallied(
        Tally("calls_per_day_per_number", "main", 1, 1),
        Tally("calls_per_hour_per_customer", "+1", 1, 1),
    )
    async with place.opened() as store:
        assert await count(store, both) is None
        assert await count(store, both) == ExceededLimit("calls_per_day_per_number", 1, "main")
        await store.release(Claim(now=NOW, use=both))
        assert await count(store, both) is None


async def test_many_at_once_never_exceed_a_counter(place: Place) -> None:
    near = Tally("calls_per_hour_per_customer", "+1", 1, 5)
    async with place.opened() as store:
        broken = await asyncio.gather(*(count(store, tallied(near)) for _ in range(20)))
        assert broken.count(None) == 5


async def test_a_customer_of_an_hour_stands_as_a_hash_and_nothing_stays_that_was_given_back(
    database: Database,
) -> None:
    people = [Tally("calls_per_hour_per_customer", f"+1415555{n}", 1, 2) for n in range(1_200)]
    async with database.opened() as store:
        assert await count(store, tallied(*people)) is None
        rows = await database.run("SELECT name FROM daily_uses")
        await store.release(Claim(now=NOW, use=tallied(*people)))
    assert len(rows) == 1_201
    assert "1415555" not in str(rows)
    assert await database.run("SELECT name FROM daily_uses") == []


async def test_what_is_used_of_a_day_is_read_with_the_most_used_first(place: Place) -> None:
    def of(assistant: str, calls: int) -> Tally:
        return Tally("calls_per_day_per_assistant", assistant, calls, 9)

    line = Tally("calls_per_day_per_number", "main", 2, 9)
    person = Tally("calls_per_hour_per_customer", "+1", 2, 9)
    async with place.opened() as store:
        await count(store, tallied(of("riley", 1), line, person))
        await count(store, tallied(of("sam", 2)))
        await count(store, tallied(of("kim", 1), owner="other"))
        await count(store, use("+1", limits={"customers_per_day": 9}))
        found = list(await store.read_uses("s", NOW.date(), 1))
        nothing = list(await store.read_uses("s", NOW.date() - timedelta(days=1), 1))
    assert found == [
        CountedUse("calls_per_day", 5),
        CountedUse("customers_per_day", 1),
        CountedUse("calls_per_day_per_assistant", 2, "sam"),
        CountedUse("calls_per_day_per_number", 2, "main"),
    ]
    assert nothing == []
