"""A call as a player shows it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from vapi_mcp.invocation.playback.playback import playback_of

_CALL: dict[str, Any] = {
    "id": "call-1",
    "type": "inboundPhoneCall",
    "status": "ended",
    "customer": {"name": "Ann", "number": "+14155550123", "sipUri": "sip:x"},
    "startedAt": "2026-11-01T10:00:00.000Z",
    "endedAt": "2026-11-01T10:00:30.500Z",
    "endedReason": "customer-ended-call",
    "cost": 0.063,
    "costBreakdown": {
        "transport": 0.0,
        "stt": 0.0082,
        "llm": 0.0025,
        "tts": 0.009,
        "vapi": 0.0421,
        "chat": 0,
        "total": 0.063,
        "analysisCostBreakdown": {"summary": 0.0006, "structuredOutput": 0.0006, "summaryX": 9},
    },
    "messages": [{"role": "bot", "message": "The older place", "secondsFromStart": 1}],
    "artifact": {
        "messages": [
            {"role": "system", "message": "Be kind", "secondsFromStart": 0},
            {"role": "bot", "message": "Hello", "secondsFromStart": 1.5, "duration": 1000},
            {"role": "user", "message": "Book me in", "secondsFromStart": 3.0, "duration": 2000},
            {"role": "bot", "message": "Let me look", "secondsFromStart": 5.8, "duration": 700},
            {
                "role": "tool_calls",
                "secondsFromStart": 6.5,
                "toolCalls": [
                    {"id": "a", "function": {"name": "check", "arguments": "{}"}},
                    {"id": "b", "function": {"name": "book", "arguments": "{}"}},
                    "broken",
                ],
            },
            {"role": "tool_call_result", "toolCallId": "a", "secondsFromStart": 7.5},
        ],
        "performanceMetrics": {
            "turnLatencies": [{"turnLatency": 800, "modelLatency": 400, "other": 1}]
        },
    },
}


def test_a_player_gets_turns_tool_calls_cost_and_end_of_a_call() -> None:
    recording = {"url": "https://vapi.example/media/x", "peaks": [1, 2]}

    shown = playback_of(_CALL, recording)

    ended = shown["call"].pop("ended")
    assert shown == {
        "call": {
            "id": "call-1",
            "type": "inboundPhoneCall",
            "status": "ended",
            "startedAt": "2026-11-01T10:00:00.000Z",
            "customer": "Ann · +14155550123",
            "seconds": 30.5,
            "cost": {
                "usd": 0.063,
                "parts": [
                    {"name": "transcriber", "usd": 0.0082},
                    {"name": "model", "usd": 0.0025},
                    {"name": "voice", "usd": 0.009},
                    {"name": "vapi", "usd": 0.0421},
                    {"name": "analysis", "usd": 0.0012},
                ],
            },
        },
        "turns": [
            {"role": "assistant", "text": "Hello", "start": 1.5, "end": 2.5},
            {"role": "customer", "text": "Book me in", "start": 3.0, "end": 5.0},
            {
                "role": "assistant",
                "text": "Let me look",
                "start": 5.8,
                "end": 6.5,
                "waited": 0.8,
                "latency": {"turn": 800, "model": 400},
            },
        ],
        "leftOut": 0,
        "toolCalls": [
            {"name": "check", "start": 6.5, "end": 7.5},
            {"name": "book", "start": 6.5, "end": None},
        ],
        "recording": recording,
    }
    assert (ended["reason"], ended["class"]) == ("customer-ended-call", "normal")
    assert all(ended[name] for name in ("meaning", "advice"))


def test_latencies_that_fit_no_answer_are_left_out() -> None:
    artifact = {**_CALL["artifact"], "performanceMetrics": {"turnLatencies": [{}, {}]}}

    turns = playback_of({**_CALL, "artifact": artifact})["turns"]

    assert [turn.get("latency") for turn in turns] == [None, None, None]
    assert turns[2]["waited"] == 0.8


def test_messages_of_the_older_place_are_read_where_the_artifact_has_none() -> None:
    assert playback_of({"messages": _CALL["messages"]})["turns"] == [
        {"role": "assistant", "text": "The older place", "start": 1, "end": 1.0}
    ]


@pytest.mark.parametrize(
    "call",
    [
        {},
        {"artifact": None, "messages": None, "customer": None, "costBreakdown": []},
        {"artifact": {"messages": "x", "performanceMetrics": 1}, "messages": ["x", 1, None]},
        {
            "artifact": {
                "messages": [
                    {"role": "bot", "message": "no time"},
                    {"role": "bot", "message": " ", "secondsFromStart": 1},
                    {"role": "user", "message": "before", "secondsFromStart": -1},
                    {"role": ["bot"], "message": "odd", "secondsFromStart": 1},
                    {"role": "user", "message": 5, "secondsFromStart": True},
                    {"role": "tool_calls", "toolCalls": [{"function": {"name": "x"}}]},
                    {"role": "tool_calls", "secondsFromStart": 1, "toolCalls": {}},
                    {"role": "tool_call_result", "toolCallId": [], "secondsFromStart": 1},
                ],
                "performanceMetrics": {"turnLatencies": {}},
            },
            "cost": True,
            "endedReason": 7,
            "id": 5,
        },
    ],
)
def test_a_call_without_sound_parts_is_an_empty_player(call: dict[str, Any]) -> None:
    assert playback_of(call) == {
        "call": {},
        "turns": [],
        "leftOut": 0,
        "toolCalls": [],
        "recording": None,
    }


def test_an_unknown_kind_of_end_is_named_and_not_explained() -> None:
    ended = playback_of({"type": "evalRun", "endedReason": "mockConversation.done"})

    assert ended["call"]["ended"] == {"reason": "mockConversation.done"}


def test_a_long_call_is_cut_and_says_so() -> None:
    spoken = {"role": "user", "message": "word " * 500, "secondsFromStart": 1}
    made = {
        "role": "tool_calls",
        "secondsFromStart": 1,
        "toolCalls": [{"id": "a", "function": {"name": "n" * 500}}],
    }

    shown = playback_of({"artifact": {"messages": [spoken, made] * 1000}})

    assert (len(shown["turns"]), shown["leftOut"]) == (100, 900)
    assert shown["turns"][0]["text"] == ("word " * 120)[:-1] + "…"
    assert len(shown["toolCalls"]) == 100
    assert len(orjson.dumps(shown)) < 100_000
