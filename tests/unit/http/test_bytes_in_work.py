from __future__ import annotations

from contextlib import ExitStack

import pytest

from vapi_mcp.errors import LimitReached
from vapi_mcp.http.mcp.bytes_in_work import BytesInWork


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BytesInWork, "most", 100)


def test_one_server_gets_half_and_all_together_the_whole() -> None:
    in_work = BytesInWork(10)
    with ExitStack() as held:
        first, second, third = (held.enter_context(in_work.message(name)) for name in "abc")
        first.add(30)
        first.add(20)
        with pytest.raises(LimitReached, match="limit is reached: 50 bytes of messages at once"):
            first.add(1)
        second.add(50)
        with pytest.raises(LimitReached, match="100 bytes of all messages at once"):
            third.add(1)
        first.let_go()
        third.add(50)


def test_bytes_are_free_again_once_a_message_is_answered_or_refused() -> None:
    in_work = BytesInWork(10)
    with in_work.message("a") as answered:
        answered.add(50)
    with in_work.message("a") as refused:
        refused.add(50)
        with pytest.raises(LimitReached):
            refused.add(1)
    with in_work.message("a") as next_one:
        next_one.add(50)


def test_two_of_the_largest_messages_fit_into_a_share() -> None:
    with BytesInWork(1000).message("a") as held:
        held.add(2000)
        with pytest.raises(LimitReached):
            held.add(1)
