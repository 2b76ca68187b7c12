"""The conditions of `where`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.finding.conditions import read_conditions

NOW = datetime(2026, 11, 28, 14, 30, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
CALL: dict[str, Any] = {
    "id": "call-1",
    "status": "ended",
    "endedReason": "pipeline-error-openai-llm-failed",
    "cost": 1.25,
    "isTest": False,
    "name": None,
    "createdAt": "2026-11-28T09:00:00.000Z",
    "startedAt": "2026-11-28T09:00:05.000Z",
    "endedAt": "2026-11-28T09:02:35.500Z",
    "customer": {"number": "+14155550123"},
    "artifact": {
        "transcript": "AI: Hello.\nUser: I want my Refund, now.",
        "messages": [{"role": "bot", "message": "Hello."}, {"role": "user", "message": "Refund"}],
    },
}


def holds(where: dict[str, Any], item: dict[str, Any] = CALL) -> bool:
    return all(each.look(item).is_met for each in read_conditions(where, NOW))


@pytest.mark.parametrize(
    "where",
    [
        {"status": "ended"},
        {"status": "Ended"},
        {"status": ["queued", "ended"]},
        {"endedReason": "*error*"},
        {"endedReason": "pipeline*failed"},
        {"endedReason": "*"},
        {"endedReason": "!*voicemail*"},
        {"cost": 1.25},
        {"cost": "1.25"},
        {"cost": ">1"},
        {"cost": ">= 1.25"},
        {"cost": "<$2"},
        {"isTest": False},
        {"isTest": "false"},
        {"name": None},
        {"name": "null"},
        {"endedReason": "!null"},
        {"nothing.here": None},
        {"nothing": "!something"},
        {"createdAt": ">-24h"},
        {"createdAt": "today"},
        {"createdAt": "2026-11-28"},
        {"createdAt": "<=2026-11-28"},
        {"createdAt": ">2026-11-27"},
        {"createdAt": ">2026-11-28"},
        {"createdAt": "<2026-11-29"},
        {"duration": ">150"},
        {"customer.number": "+14155550123"},
        {"customer": {"number": "*0123"}},
        {"artifact.transcript": "~refund want"},
        {"artifact.messages": "~hello refund"},
        {"artifact.messages.role": "user"},
        {"artifact.messages.message": "=Refund"},
        {},
    ],
    ids=str,
)
def test_a_call_meets(where: dict[str, Any]) -> None:
    assert holds(where)


@pytest.mark.parametrize(
    "where",
    [
        {"status": "queued"},
        {"status": "end"},
        {"status": ["queued", "ringing"]},
        {"endedReason": "error*"},
        {"endedReason": "*error"},
        {"endedReason": "!*error*"},
        {"cost": ">1.25"},
        {"cost": "<1"},
        {"isTest": True},
        {"isTest": 0},
        {"name": "*"},
        {"name": "!null"},
        {"status": None},
        {"createdAt": ">2026-11-29"},
        {"createdAt": "<2026-11-28"},
        {"createdAt": "yesterday"},
        {"createdAt": ">-1h"},
        {"status": ">1"},
        {"duration": "<150"},
        {"artifact.transcript": "~refund please"},
        {"artifact.messages.role": "system"},
        {"status": "ended", "cost": ">2"},
        {"endedReason": "==*error*"},
    ],
    ids=str,
)
def test_a_call_does_not_meet(where: dict[str, Any]) -> None:
    assert not holds(where)


@pytest.mark.parametrize(
    ("word", "start", "end"),
    [
        ("today", "2026-11-28", "2026-11-29"),
        ("yesterday", "2026-11-27", "2026-11-28"),
        ("this week", "2026-11-23", "2026-11-30"),
        ("last week", "2026-11-16", "2026-11-23"),
        ("this month", "2026-11-01", "2026-12-01"),
        ("this year", "2026-01-01", "2027-01-01"),
        ("2026-11-20", "2026-11-20", "2026-11-21"),
    ],
)
def test_a_period_begins_with_its_first_moment_in_each_comparison(
    word: str, start: str, end: str
) -> None:
    first, after = (datetime.fromisoformat(f"{each}T00:00:00Z") for each in (start, end))
    moments = [first - MILLISECOND, first, after - MILLISECOND, after]

    met = {
        sign: [holds({"at": sign + word}, {"at": each.isoformat()}) for each in moments]
        for sign in (">", ">=", "<", "<=", "")
    }

    assert met == {
        ">": [False, True, True, True],
        ">=": [False, True, True, True],
        "<": [True, False, False, False],
        "<=": [True, True, True, False],
        "": [False, True, True, False],
    }


@pytest.mark.parametrize(
    ("where", "problem"),
    [
        ({f"k{n}": 1 for n in range(11)}, "at most 10 conditions"),
        ({"a": [1] * 11}, "takes 1 to 10 values, not 11"),
        ({"a": []}, "takes 1 to 10 values, not 0"),
        ({"a": [[1]]}, "has to be a value"),
        ({"a": {}}, "has to be a value"),
        ({"a": "x" * 201}, "at most 200 characters, not 201"),
        ({"a": ">soon"}, "compares with a number or a time"),
        ({"a": "~"}, "needs words after ~"),
        ({"": 1}, "is no key"),
        ({".".join("a" * 21): 1}, "is no key"),
    ],
    ids=["many", "values", "none", "nested", "empty", "long", "time", "words", "key", "steps"],
)
def test_what_has_no_form_is_refused(where: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidArguments) as refused:
        read_conditions(where, NOW)
    assert problem in refused.value.message
    assert "Nothing was sent" in refused.value.message


@given(st.lists(st.sampled_from("ab*"), max_size=12), st.text(alphabet="ab", max_size=12))
def test_a_pattern_matches_as_one_of_a_shell(pattern: list[str], text: str) -> None:
    from fnmatch import fnmatchcase  # noqa: PLC0415 - the model

    written = "".join(pattern)
    if "*" in written:
        assert holds({"k": written}, {"k": text}) == fnmatchcase(text, written)


def test_a_hostile_pattern_is_read_once_over_the_text() -> None:
    # Backtracking would take longer than the universe is old.
    [condition] = read_conditions({"k": "*a" * 100}, NOW)
    assert not condition.look({"k": "a" * 99 + "b" * 200_000}).is_met
