"""A write goes through its steps once each, in few transactions."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.support.stores import Database
from tests.support.writes import CALL, NUMBER, ORDER, Stage
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.admin.requests import PolicyWords
from vapi_mcp.errors import WriteHeld
from vapi_mcp.invocation.arguments import aside
from vapi_mcp.invocation.writes import write
from vapi_mcp.invocation.writes.policy import rule
from vapi_mcp.invocation.writes.policy.rules import RULES, rules_of

KEY = "one-intention"
FULL = Policy(
    allowed_prefixes=("+1",),
    blocked_prefixes=("+1900",),
    calls_per_day=2,
    customers_per_day=2,
    allowed_assistants=(ORDER["assistantId"],),
    allowed_phone_numbers=(ORDER["phoneNumberId"],),
)


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what a write does."""
    found = Counter[str]()

    def watch(owner: Any, name: str) -> None:
        inner: Callable[..., Any] = getattr(owner, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            found[name] += 1
            return inner(*args, **kwargs)

        monkeypatch.setattr(owner, name, counted)

    watch(aside, "build_request")
    watch(write, "recipients_of")
    watch(rule, "parse_number")
    watch(Path, "read_bytes")
    for each in rules_of(FULL):
        watch(type(each), "check")
    return found


async def test_a_confirmed_write_under_every_rule_does_each_step_once(
    counts: Counter[str],
) -> None:
    stage = Stage(policy=FULL, confirm="spending")
    preview = await stage.call(idempotency_key=KEY)
    assert counts == {"build_request": 1, "recipients_of": 1, "parse_number": 1, "check": 6}
    counts.clear()
    code = orjson.loads(preview.text)["confirmation_code"]
    result = await stage.call(idempotency_key=KEY, confirmation_code=code)
    assert counts == {"build_request": 1, "recipients_of": 1, "parse_number": 1, "check": 6}
    assert (result.upstream_ids, len(stage.vapi.writes)) == (("call-1",), 1)


async def test_a_file_is_read_once(counts: Counter[str], tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    stage = Stage(confirm="none")
    given = {"path": str(tmp_path / "notes.txt"), "idempotency_key": KEY}
    await stage.call("create_a_vapi_file", **given)
    assert (counts["read_bytes"], len(stage.vapi.writes)) == (1, 1)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "data")


@asynccontextmanager
async def kept(database: Database, **config: Any) -> AsyncGenerator[tuple[Stage, list[str]]]:
    """Yield a stage over a database, and the kind of each transaction that it opens."""
    async with database.opened() as store:
        opened: list[str] = []
        for kind in ("reading", "writing"):
            inner = getattr(store.database, kind)

            def noted(*args: Any, kind: str = kind, inner: Any = inner, **kwargs: Any) -> Any:
                opened.append(kind)
                return inner(*args, **kwargs)

            setattr(store.database, kind, noted)
        yield Stage(records=store, **config), opened


async def test_a_confirmed_write_under_a_key_and_limits_takes_three_transactions(
    database: Database,
) -> None:
    async with kept(database, policy=FULL, confirm="spending") as (stage, opened):
        preview = await stage.call(idempotency_key=KEY)
        assert opened == ["reading", "reading", "writing"]  # the key, the day; the code is kept
        opened.clear()
        code = orjson.loads(preview.text)["confirmation_code"]
        await stage.call(idempotency_key=KEY, confirmation_code=code)
        # The claim of key, code and day together; then the answer.
        assert opened == ["reading", "writing", "writing"]
        opened.clear()
        again = await stage.call(idempotency_key=KEY)
        assert opened == ["reading"]
    assert again.notes[0].startswith("Replayed")


async def test_a_plain_write_takes_no_transaction(database: Database) -> None:
    async with kept(database) as (stage, opened):
        await stage.call()
    assert (opened, len(stage.vapi.writes)) == ([], 1)


async def test_a_code_stays_good_where_the_day_has_no_room(database: Database) -> None:
    policy = Policy(calls_per_day=1)
    async with kept(database, policy=policy, confirm="spending") as (stage, _):
        previews = [orjson.loads((await stage.call()).text) for _ in range(2)]
        first, second = (each["confirmation_code"] for each in previews)
        await stage.call(confirmation_code=first)
        with pytest.raises(WriteHeld, match="calls_per_day is 1; 1 of 1 used today"):
            await stage.call(confirmation_code=second)
        stage.clock.move(hours=12)
        with pytest.raises(
            WriteHeld, match="not valid for this call"
        ):  # ten minutes are over by then
            await stage.call(confirmation_code=second)
    assert len(stage.vapi.writes) == 1


async def test_of_many_at_once_with_one_code_one_is_sent(database: Database) -> None:
    async with kept(database, confirm="spending") as (stage, _):
        code = orjson.loads((await stage.call()).text)["confirmation_code"]
        tries = (stage.call(confirmation_code=code) for _ in range(6))
        found = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(each, WriteHeld) for each in found) == 5
    assert len(stage.vapi.writes) == 1


def test_a_rule_more_is_checked_and_in_the_model_of_requests() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert [*PolicyWords.model_fields] == [*names, "time_zone"]
    values: dict[str, Any] = {name: {"from": "09:00", "to": "20:00"} for name in names}
    assert [type(rule) for rule in rules_of(Policy(**values))] == [*RULES]


async def test_a_recipient_that_cannot_be_checked_is_refused_by_the_rule_that_wants_to() -> None:
    stage = Stage(policy=Policy(calls_per_day=5))
    hidden = {**ORDER, "customer": None, "customerId": ORDER["assistantId"]}
    with pytest.raises(WriteHeld) as held:
        await stage.call(CALL, **hidden)
    assert held.value.message == (
        "This server's policy does not allow it: calls_per_day is 5; a saved customer (customerId) "
        "cannot be checked. Nothing was sent. Give each customer with a number in E.164."
    )
    assert held.value.extra["rule"] == "calls_per_day"
    assert NUMBER not in str(stage.vapi.writes)
